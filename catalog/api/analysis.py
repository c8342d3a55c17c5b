"""What a URL would bring, and whether an entity would be taken: nothing here is kept."""

import json
import re
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.permissions import require
from catalog.api.base import as_json, person, require_scope
from catalog.api.bodies import ANALYZE, VALIDATE
from catalog.config import current as configuration
from catalog.ingest.file import process_file
from catalog.ingest.report import sentence
from catalog.kinds import known_kinds
from catalog.model.urls import is_url, parts_of
from catalog.models import Source
from catalog.models.source import SourceKind
from catalog.permissions import may_register
from catalog.sources.registry import reader_for
from common.errors import CairnError, UserError

_REPOSITORY = re.compile(r"^/([^/]+(?:/[^/]+)*?)/([^/]+?)(?:\.git)?(?:/(?:-/)?(?:blob|tree|src)/.*)?/?$")
#: The annotation that names a repository, by a part of its host's name.
_SLUGS = ("github", "gitlab", "bitbucket")


def analyze_location(request: HttpRequest) -> HttpResponse:
    """The catalog files of a repository; when it has none, a first draft of one."""
    require_scope(request, "catalog:read")
    require(may_register(person(request)))
    body = ANALYZE.of(request)
    target = body["location"]["target"].strip()
    if not is_url(target):
        raise UserError("The given location.target is not a URL")
    existing = _existing(target, body.get("catalogFilename") or configuration().entity_filename)
    generated = [] if existing else [{"entity": _draft(target), "fields": []}]
    return as_json({"existingEntityFiles": existing, "generateEntities": generated})


def _existing(target: str, filename: str) -> list[dict[str, Any]]:
    """The documents of the catalog file at or in ``target``."""
    address = target if target.endswith((".yaml", ".yml")) else f"{target.rstrip('/').removesuffix('.git')}/{filename}"
    if address != target and (host := parts_of(target).netloc) and "/tree/" not in target and "/blob/" not in target:
        root = target.rstrip("/").removesuffix(".git")
        address = f"{root}/-/blob/HEAD/{filename}" if "gitlab" in host else f"{root}/blob/HEAD/{filename}"
    reader = reader_for(Source(kind=SourceKind.URL, target=address))
    try:
        result = process_file(reader.read(address), url=address, read=reader.read, kinds=known_kinds())
    except CairnError:
        return []
    registered = Source.objects.filter(kind=SourceKind.URL, target__in=[address, target]).exists()
    location = {"type": "url", "target": address}
    return [
        {"location": location, "isRegistered": registered, "entity": verdict.raw}
        for verdict in result.verdicts
        if verdict.raw is not None
    ]


def _draft(target: str) -> dict[str, Any]:
    """A component called as its repository is."""
    match = _REPOSITORY.match(parts_of(target).path)
    if match is None:
        raise UserError("The given location.target names no repository")
    owner, name = match.groups()
    host = next((slug for slug in _SLUGS if slug in parts_of(target).netloc), "")
    suffix = "org" if host == "bitbucket" else "com"
    annotations = {"annotations": {f"{host}.{suffix}/project-slug": f"{owner}/{name}"}} if host else {}
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": name, **annotations},
        "spec": {"type": "other", "lifecycle": "unknown"},
    }


def validate_entity(request: HttpRequest) -> HttpResponse:
    """Whether an entity would be taken if the file at ``location`` said it."""
    require_scope(request, "catalog:read")
    try:
        body = VALIDATE.of(request)
        kind, _, target = body["location"].partition(":")
        if kind != "url" or not is_url(target):
            raise UserError(
                f"Invalid location ref {body['location']}, only 'url:<target>' is supported, e.g. url:https://host/path"
            )
    except UserError as error:
        return _refused([error.message])
    reader = reader_for(Source(kind=SourceKind.URL, target=target))
    text = json.dumps(body["entity"]).encode()
    problems = process_file(text, url=target, read=reader.read, kinds=known_kinds()).problems
    return _refused([sentence(problem) for problem in problems]) if problems else HttpResponse(status=HTTPStatus.OK)


def _refused(messages: list[str]) -> HttpResponse:
    """Backstage's body for this endpoint alone."""
    errors = [{"name": "Error", "message": message} for message in messages]
    return as_json({"errors": errors}, status=HTTPStatus.BAD_REQUEST)

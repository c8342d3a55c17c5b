"""Locations: sources that are URLs, as Backstage's clients know them."""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.permissions import require
from catalog import actions
from catalog.api.base import as_json, body_of, person, require_scope
from catalog.config import current as configuration
from catalog.ingest.read import read_source
from catalog.ingest.wanted import wanted_of
from catalog.kinds import known_kinds
from catalog.models import Entity, Source
from catalog.models.source import PUSHED, SourceKind
from catalog.permissions import may_register, may_unregister
from catalog.sources.registry import reader_for
from common.errors import CairnError, Conflict, NotFound, UserError


def location_json(source: Source) -> dict[str, Any]:
    """A source as a location."""
    return {"id": str(source.pk), "type": "url", "target": source.target, "entityRef": entity_ref(source.target)}


def entity_ref(target: str) -> str:
    """The reference that Backstage gives the Location entity of a registration."""
    digest = hashlib.sha1(f"url:{target}".encode(), usedforsecurity=False).hexdigest()
    return f"location:default/generated-{digest}"


def locations(request: HttpRequest) -> HttpResponse:
    """All of them, each wrapped in ``data``."""
    rows = Source.objects.filter(kind=SourceKind.URL).order_by("pk")
    return as_json([{"data": location_json(source)} for source in rows])


def locations_by_query(request: HttpRequest) -> HttpResponse:
    """All of them, as a page."""
    rows = list(Source.objects.filter(kind=SourceKind.URL).order_by("pk"))
    return as_json({"items": [location_json(source) for source in rows], "totalItems": len(rows), "pageInfo": {}})


def register(request: HttpRequest) -> HttpResponse:
    """Register and read a URL; ``?dryRun=true`` reads it and keeps nothing."""
    require_scope(request, "catalog:write")
    require(may_register(person(request)))
    body = body_of(request)
    target = str(body.get("target") or "").strip()
    if body.get("type") != "url":
        raise UserError('Registered locations must be of an allowed type ["url"]')
    if not target:
        raise UserError("Missing target")
    if request.GET.get("dryRun") == "true":
        return as_json(_dry_run(target), status=201)
    existing = Source.objects.filter(kind=SourceKind.URL, target=target).first()
    if existing and request.GET.get("onConflict") != "refresh":
        raise Conflict(f"Location url:{target} already exists")
    source = existing or actions.register_source(kind=SourceKind.URL, target=target, by=person(request), origin="api")
    actions.sync_source(source=source, by=person(request))
    return as_json({"location": location_json(source), "entities": [], "exists": existing is not None}, status=201)


def _dry_run(target: str) -> dict[str, Any]:
    """What registering ``target`` would bring; one bad document makes it a 400, as Backstage has it."""
    try:
        read = read_source(reader_for(Source(kind=SourceKind.URL, target=target)), known_kinds())
    except CairnError as error:
        raise UserError(error.message, hint=error.hint) from None
    wanted, problems = wanted_of(read, f"url:{target}", configuration().rules)
    if problems:
        raise UserError("; ".join(problem.problem.message for problem in problems))
    exists = Source.objects.filter(kind=SourceKind.URL, target=target).exists()
    location = {"id": f"url:{target}", "type": "url", "target": target, "entityRef": entity_ref(target)}
    return {"location": location, "entities": [entity.document for entity in wanted.values()], "exists": exists}


def location(request: HttpRequest, pk: int) -> HttpResponse:
    """One location."""
    return as_json(location_json(_source(pk)))


def unregister(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget a location and all that it says."""
    source = _source(pk)
    require(may_unregister(person(request), source))
    actions.unregister_source(source=source, by=person(request))
    return HttpResponse(status=204)


def location_by_entity(request: HttpRequest, kind: str, namespace: str, name: str) -> HttpResponse:
    """The location that an entity comes from."""
    ref = f"{kind}:{namespace}/{name}".lower()
    entity = Entity.objects.visible_to(person(request)).filter(ref=ref, source__kind=SourceKind.URL).first()
    if entity is None:
        raise NotFound(f"found no origin for ref {ref}")
    return as_json(location_json(entity.source))


def refresh(request: HttpRequest) -> HttpResponse:
    """Read the source of an entity again, now."""
    require_scope(request, "catalog:write")
    require(may_register(person(request)))
    ref = str(body_of(request).get("entityRef") or "").lower()
    entity = Entity.objects.visible_to(person(request)).filter(ref=ref).select_related("source").first()
    if entity is None:
        raise NotFound(f"Entity with ref {ref} not found")
    if entity.source.kind not in PUSHED:
        actions.sync_source(source=entity.source, by=person(request))
    return HttpResponse(status=200)


def _source(pk: int) -> Source:
    source = Source.objects.filter(pk=pk, kind=SourceKind.URL).first()
    if source is None:
        raise NotFound(f"Found no location with ID {pk}")
    return source

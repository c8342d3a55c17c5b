"""Locations: sources that are URLs, as Backstage's clients know them."""

import operator
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from accounts.models import User
from accounts.permissions import require
from catalog import actions
from catalog.api.base import as_json, person, require_scope
from catalog.api.bodies import LOCATION, LOCATION_CHANGE, LOCATIONS_BY_QUERY, REFRESH
from catalog.api.paging import decode, encode
from catalog.config import current as configuration
from catalog.ingest.pipeline import gather
from catalog.ingest.registration import entity_name
from catalog.model.conditions import All, holds, of_query
from catalog.model.urls import is_url
from catalog.models import Entity, Source
from catalog.models.source import PUSHED, SLOW, SourceKind
from catalog.permissions import may_register, may_sync, may_unregister
from catalog.refresh_actions import request_sync
from common.errors import Conflict, NotFound, UserError
from common.long_poll import wait_until

DEFAULT_LIMIT = 1000
PATIENCE = 10


def location_json(source: Source) -> dict[str, Any]:
    """A source as a location."""
    return {"id": str(source.pk), "type": "url", "target": source.target, "entityRef": entity_ref(source.target)}


def entity_ref(target: str) -> str:
    """The reference of the Location entity that stands for a registration."""
    return f"location:default/{entity_name(target)}"


def locations(request: HttpRequest) -> HttpResponse:
    """All of them, each wrapped in ``data``."""
    return as_json([{"data": location_json(source)} for source in _all(person(request))])


def locations_by_query(request: HttpRequest) -> HttpResponse:
    """Those that a predicate on id, type, target and entityRef takes, by pages."""
    body = LOCATIONS_BY_QUERY.of(request)
    query, after = body.get("query"), 0
    if cursor := body.get("cursor"):
        state = decode(cursor, {"predicate", "after"})
        query, after = state["predicate"], state["after"]
    condition = of_query(query) if query is not None else All()
    found = [location for location in map(location_json, _all(person(request))) if holds(condition, _values(location))]
    rest = [location for location in found if int(location["id"]) > after]
    limit = body.get("limit", DEFAULT_LIMIT)
    page = rest[:limit]
    more = {"nextCursor": encode({"after": int(page[-1]["id"]), "predicate": query})} if len(rest) > limit else {}
    return as_json({"items": page, "totalItems": len(found), "pageInfo": more})


def _all(user: User, pk: int | None = None) -> list[Source]:
    """Those that ``user`` may know of, themselves and as entities; with ``pk`` that one at most."""
    rows = Source.objects.visible_to(user).filter(kind=SourceKind.URL, **({} if pk is None else {"pk": pk}))
    hidden = set(Entity.objects.hidden_from(user).filter(kind="Location").values_list("ref", flat=True))
    return [row for row in rows.order_by("pk") if entity_ref(row.target) not in hidden]


def _values(location: dict[str, str]) -> dict[str, tuple[str]]:
    return {name.lower(): (value.lower(),) for name, value in location.items()}


def register(request: HttpRequest) -> HttpResponse:
    """Register and read a URL; ``?dryRun=true`` reads it and keeps nothing."""
    require_scope(request, "catalog:write")
    user = person(request)
    target = _target(LOCATION.of(request))
    if request.GET.get("dryRun") == "true":
        require(may_sync(user))
        return as_json(_dry_run(target), status=HTTPStatus.CREATED)
    require(may_register(user))
    existing = Source.objects.filter(kind=SourceKind.URL, target=target).first()
    if existing and (request.GET.get("onConflict") or configuration().on_conflict) != "refresh":
        raise Conflict(f"Location url:{target} already exists")
    source = existing or actions.register_source(kind=SourceKind.URL, target=target, by=user, origin="api")
    actions.sync_source(source=source, by=user)
    answer = {"location": location_json(source), "entities": [], "exists": existing is not None}
    return as_json(answer, status=HTTPStatus.CREATED)


def _target(body: dict[str, Any]) -> str:
    if body["type"] != "url":
        raise UserError('Registered locations must be of an allowed type ["url"]')
    target: str = body["target"].strip()
    if not is_url(target):
        raise UserError(f"Invalid location target {target}, it must be a URL")
    return target


def _dry_run(target: str) -> dict[str, Any]:
    """What registering ``target`` would bring; one bad document makes it a 400, as Backstage has it."""
    gathered = gather(Source(kind=SourceKind.URL, target=target), anew=True)
    if gathered.error:
        raise UserError(gathered.error.message, hint=gathered.error.hint)
    if gathered.problems:
        raise UserError("; ".join(problem.problem.message for problem in gathered.problems))
    exists = Source.objects.filter(kind=SourceKind.URL, target=target).exists()
    location = {"id": f"url:{target}", "type": "url", "target": target, "entityRef": entity_ref(target)}
    return {
        "location": location,
        "entities": [entity.document for entity in gathered.wanted.values()],
        "exists": exists,
    }


def location(request: HttpRequest, pk: str) -> HttpResponse:
    """One location."""
    return as_json(location_json(_source(person(request), pk)))


def move(request: HttpRequest, pk: str) -> HttpResponse:
    """Let a location name another URL, which is read at once."""
    require_scope(request, "catalog:write")
    user = person(request)
    source = _source(user, pk)
    require(may_unregister(user, source))
    target = _target(LOCATION_CHANGE.of(request))
    if Source.objects.filter(kind=SourceKind.URL, target=target).exclude(pk=source.pk).exists():
        raise Conflict(f"Location url:{target} already exists")
    actions.move_source(source=source, target=target, by=user)
    return as_json(location_json(source))


def unregister(request: HttpRequest, pk: str) -> HttpResponse:
    """Forget a location and all that it says."""
    user = person(request)
    source = _source(user, pk)
    require(may_unregister(user, source))
    actions.unregister_source(source=source, by=user)
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def location_by_entity(request: HttpRequest, kind: str, namespace: str, name: str) -> HttpResponse:
    """The location that an entity comes from."""
    ref = f"{kind}:{namespace}/{name}".lower()
    found = Entity.objects.visible_to(person(request)).filter(ref=ref, source__kind=SourceKind.URL)
    entity = found.select_related("source").first()
    if entity is None or not _all(person(request), entity.source_id):
        raise NotFound(f"found no origin for ref {ref}")
    return as_json(location_json(entity.source))


def refresh(request: HttpRequest) -> HttpResponse:
    """Read the source of an entity again, and answer when that is done; where it takes long, a worker does it, for
    which nobody waits longer than :data:`PATIENCE` seconds."""
    require_scope(request, "catalog:write")
    require(may_sync(person(request)))
    ref = REFRESH.of(request)["entityRef"].lower()
    entity = Entity.objects.visible_to(person(request)).filter(ref=ref).select_related("source").first()
    if entity is None:
        raise NotFound(f"Entity with ref {ref} not found")
    if entity.source.kind in SLOW:
        request_sync(source=entity.source, by=person(request))
        wait_until(lambda: _is_pending(entity.source_id), operator.not_, PATIENCE)
    elif entity.source.kind not in PUSHED:
        actions.sync_source(source=entity.source, by=person(request))
    return HttpResponse(status=HTTPStatus.OK)


def _is_pending(pk: int) -> bool:
    source = Source.objects.filter(pk=pk).first()
    return source is not None and source.is_pending


def _source(user: User, pk: str) -> Source:
    found = _all(user, int(pk)) if pk.isdecimal() and len(pk) < 19 else []
    if not found:
        raise NotFound(f"Found no location with ID {pk}")
    return found[0]

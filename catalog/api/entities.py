"""Reading entities: one, many by reference, all, and facets."""

import json
from collections import defaultdict
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from accounts.permissions import may_administer, require
from catalog import actions
from catalog.ancestry import ancestry
from catalog.api.base import JSON, array, as_json, no_entity, person, stored, whole_number
from catalog.api.bodies import BY_REFS, FACETS
from catalog.api.paging import ordered_by, read_after, write_after
from catalog.api.projection import fields_of, projected
from catalog.filters import filtered
from catalog.models import Entity, IndexRow
from catalog.models.entity import EntityQuerySet
from common.errors import NotFound, UserError
from common.streaming import in_chunks

#: So many entities are read at once.
CHUNK = 200


def asked_for(request: HttpRequest, query: Any = None) -> EntityQuerySet:
    """The entities that the request's filters and ``query`` take."""
    return filtered(Entity.objects.visible_to(person(request)), request.GET.getlist("filter"), query)


def by_name(request: HttpRequest, kind: str, namespace: str, name: str) -> HttpResponse:
    """One entity, whatever the case of its reference."""
    rows = Entity.objects.visible_to(person(request)).filter(ref=f"{kind}:{namespace}/{name}".lower())
    text = next(iter(rows.values_list("document", flat=True)), None)
    if text is None:
        raise no_entity(kind, namespace, name)
    return stored(text)


def by_uid(request: HttpRequest, uid: str) -> HttpResponse:
    """One entity by its uid."""
    found = _with_uid(request, uid)
    if found is None:
        raise NotFound(f"No entity with uid {uid}")
    return stored(found.document)


def delete_by_uid(request: HttpRequest, uid: str) -> HttpResponse:
    """Take one entity away. What its source still says comes back with the next sync, under the same uid."""
    require(may_administer(person(request)))
    found = _with_uid(request, uid)
    if found is not None:
        actions.remove_entity(entity=found, by=person(request))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _with_uid(request: HttpRequest, uid: str) -> Entity | None:
    try:
        return Entity.objects.visible_to(person(request)).filter(uid=UUID(uid)).select_related("source").first()
    except ValueError:
        return None


def entity_ancestry(request: HttpRequest, kind: str, namespace: str, name: str) -> HttpResponse:
    """The Locations that led to an entity."""
    ref = f"{kind}:{namespace}/{name}".lower()
    found = Entity.objects.visible_to(person(request)).filter(ref=ref).select_related("source").first()
    if found is None:
        raise NotFound(f"No such entity {ref}")
    items = (
        f'{{"entity":{one.entity.document},"parentEntityRefs":{json.dumps(one.parents)}}}'
        for one in ancestry(found, person(request))
    )
    return stored(f'{{"rootEntityRef":{json.dumps(ref)},"items":{array(items)}}}')


def by_refs(request: HttpRequest) -> HttpResponse:
    """Entities in the order of ``entityRefs``; null where there is none."""
    body = BY_REFS.of(request)
    wanted = [ref.lower() for ref in body["entityRefs"]]
    found = dict(asked_for(request, body.get("query")).filter(ref__any_of=wanted).values_list("ref", "document"))
    fields = fields_of(body.get("fields") or [])
    texts = dict(zip(found, projected(found.values(), fields), strict=True))
    return stored(f'{{"items":{array(texts.get(ref, "null") for ref in wanted)}}}')


def entities(request: HttpRequest) -> HttpResponseBase:
    """All entities that the filters take, or a page of them."""
    given = request.GET
    rows = asked_for(request)
    fields = fields_of(given.getlist("fields"))
    paged = any(name in given for name in ("limit", "offset", "after"))
    if not paged and not given.getlist("order"):
        return _whole(rows, fields)
    if not paged:
        return stored(
            array(projected(ordered_by(given.getlist("order"), rows).values_list("document", flat=True), fields))
        )
    limit, offset = read_after(given.get("after"))
    limit = whole_number(given.get("limit"), "limit", limit, least=1)
    offset = whole_number(given.get("offset"), "offset", offset)
    page = list(
        ordered_by(given.getlist("order"), rows).values_list("document", flat=True)[offset : offset + limit + 1]
    )
    answer = stored(array(projected(page[:limit], fields)))
    if len(page) > limit:
        query = given.copy()
        query.pop("offset", None)
        query["after"] = write_after(limit, offset + limit)
        answer["link"] = f'</entities?{query.urlencode()}>; rel="next"'
    return answer


def _whole(rows: EntityQuerySet, fields: list[str]) -> HttpResponseBase:
    """All of ``rows`` by reference; what is more than a chunk is sent while it is read."""
    rows = rows.order_by("ref")
    first = list(rows.values_list("ref", "document")[:CHUNK])
    texts = array(projected([text for _, text in first], fields))
    if len(first) < CHUNK:
        return stored(texts)

    def chunks() -> Iterator[str]:
        yield texts.removesuffix("]")
        for found in in_chunks(rows.filter(ref__gt=first[-1][0]).values_list("document"), CHUNK):
            yield "," + ",".join(projected([text for (text,) in found], fields))
        yield "]"

    return StreamingHttpResponse(chunks(), content_type=JSON)


def facets(request: HttpRequest) -> HttpResponse:
    """How many entities have each value of each facet, for those that the filters take."""
    wanted = [part for text in request.GET.getlist("facet") for part in text.split(",") if part]
    return _facets(request, wanted, asked_for(request) if request.GET.getlist("filter") else None)


def facets_of_query(request: HttpRequest) -> HttpResponse:
    """The same by body, with a predicate."""
    body = FACETS.of(request)
    return _facets(request, body["facets"], asked_for(request, body["query"]) if body.get("query") else None)


def _facets(request: HttpRequest, wanted: list[str], entities: EntityQuerySet | None) -> HttpResponse:
    """Counted on the index alone; ``entities`` None are all that the caller may see."""
    if not wanted:
        raise UserError("Missing facet parameter")
    rows = IndexRow.objects.filter(key__in=[name.lower() for name in wanted], original__isnull=False)
    if entities is not None:
        rows = rows.filter(entity__in=entities.values("pk"))
    else:
        # What is hidden is few; to look up everything else would cost the reading of all entities.
        rows = rows.exclude(entity__in=Entity.objects.hidden_from(person(request)).values("pk"))
    counts = rows.values_list("key", "original").annotate(count=Count("*")).order_by()
    found: dict[str, list[dict[str, object]]] = defaultdict(list)
    for key, value, count in sorted(counts):
        found[key].append({"value": value, "count": count})
    return as_json({"facets": {name: found.get(name.lower(), []) for name in wanted}})

"""Reading entities: one, many by reference, all, and facets."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterator
from http import HTTPStatus
from uuid import UUID

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from accounts.models import User
from accounts.permissions import may_administer, require
from catalog import actions
from catalog.ancestry import ancestry
from catalog.api.base import JSON, array, as_json, no_entity, person, stored, whole_number
from catalog.api.bodies import BY_REFS, FACETS
from catalog.api.paging import ordered_by, read_after, write_after
from catalog.api.projection import fields_of, projected
from catalog.filters import asked, filtered
from catalog.model.conditions import All, Condition
from catalog.models import Entity, IndexRow
from catalog.models.entity import EntityQuerySet
from catalog.value_counts import kind_asked_for, known_facets
from common.errors import NotFound, UserError
from common.streaming import in_chunks

#: So many entities are read at once.
CHUNK = 200


def by_name(request: HttpRequest, kind: str, namespace: str, name: str) -> HttpResponse:
    """One entity, whatever the case of its reference."""
    ref = f"{kind}:{namespace}/{name}".lower()
    text = Entity.objects.documents([ref], person(request)).get(ref)
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
    found = _documents(request, wanted, asked(request.GET.getlist("filter"), body.get("query")))
    fields = fields_of(body.get("fields") or [])
    texts = dict(zip(found, projected(found.values(), fields), strict=True))
    return stored(f'{{"items":{array(texts.get(ref, "null") for ref in wanted)}}}')


def _documents(request: HttpRequest, refs: list[str], condition: Condition) -> dict[str, str]:
    if condition == All():
        return Entity.objects.documents(refs, person(request))
    rows = filtered(Entity.objects.visible_to(person(request)), condition)
    return dict(rows.filter(ref__any_of=refs).values_list("ref", "document"))


def entities(request: HttpRequest) -> HttpResponseBase:
    """All entities that the filters take, or a page of them."""
    given = request.GET
    condition, orders = asked(given.getlist("filter")), given.getlist("order")
    visible = Entity.objects.visible_to(person(request))
    fields = fields_of(given.getlist("fields"))
    kind = None if orders else kind_asked_for(condition)
    # In the order of references one kind is a range of their index.
    rows = visible.filter(ref__startswith=f"{kind}:") if kind else filtered(visible, condition)
    paged = any(name in given for name in ("limit", "offset", "after"))
    if not paged and not orders:
        return _whole(rows, fields)
    if not paged:
        return stored(array(projected(ordered_by(orders, rows).values_list("document", flat=True), fields)))
    limit, offset = read_after(given.get("after"))
    limit = whole_number(given.get("limit"), "limit", limit, least=1)
    offset = whole_number(given.get("offset"), "offset", offset)
    page = list(ordered_by(orders, rows).values_list("document", flat=True)[offset : offset + limit + 1])
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
    return _facets(request, wanted, asked(request.GET.getlist("filter")))


def facets_of_query(request: HttpRequest) -> HttpResponse:
    """The same by body, with a predicate."""
    body = FACETS.of(request)
    return _facets(request, body["facets"], asked(request.GET.getlist("filter"), body.get("query") or None))


def _facets(request: HttpRequest, wanted: list[str], condition: Condition) -> HttpResponse:
    if not wanted:
        raise UserError("Missing facet parameter")
    keys = {name.lower() for name in wanted}
    user = person(request)
    counts = known_facets(user, kind_asked_for(condition), keys)
    if counts is None:
        counts = _counted(user, keys, condition)
    found: dict[str, list[dict[str, object]]] = defaultdict(list)
    for key, value, count in counts:
        found[key].append({"value": value, "count": count})
    return as_json({"facets": {name: found.get(name.lower(), []) for name in wanted}})


def _counted(user: User, keys: Collection[str], condition: Condition) -> list[tuple[str, str, int]]:
    """Key, value and count in order, counted on the index alone."""
    rows = IndexRow.objects.filter(key__in=keys, original__isnull=False)
    if condition == All():
        # What is hidden is few; to look up everything else would cost the reading of all entities.
        rows = rows.exclude(entity__in=Entity.objects.hidden_from(user).values("pk"))
    else:
        rows = rows.filter(entity__in=filtered(Entity.objects.visible_to(user), condition).values("pk"))
    return sorted(rows.values_list("key", "original").annotate(count=Count("*")).order_by())

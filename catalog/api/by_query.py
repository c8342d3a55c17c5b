"""``entities/by-query``: keyset pages with a total, full text and an order."""

import json
from dataclasses import asdict, dataclass
from dataclasses import fields as dataclass_fields
from typing import Any

from django.db.models import F, Q
from django.http import HttpRequest, HttpResponse

from accounts.models import User
from catalog.api.base import FURTHEST, array, person, stored, whole_number
from catalog.api.bodies import BY_QUERY
from catalog.api.paging import decode, encode
from catalog.api.projection import fields_of, projected
from catalog.filters import asked, filtered
from catalog.model.conditions import Condition
from catalog.models import Entity, IndexRow
from catalog.models.entity import LOWER_NAME, EntityQuerySet
from catalog.value_counts import kind_asked_for, known_total
from common.errors import UserError

DEFAULT_LIMIT = 200
MOST = 10_000
#: Every entity has these, so that an order by them leaves nothing out.
ALWAYS = frozenset({"", "kind", "apiversion", "metadata.name", "metadata.namespace", "metadata.uid"})


@dataclass(slots=True)
class Question:
    """What was asked, as it travels in a cursor. ``at`` is the value and id that the page goes on from."""

    filters: list[str]
    predicate: Any = None
    order: str = ""
    descending: bool = False
    term: str = ""
    term_fields: tuple[str, ...] = ()
    total: int | None = None
    at: tuple[Any, int] | None = None
    backwards: bool = False


def by_query_get(request: HttpRequest) -> HttpResponse:
    """By query string."""
    given = request.GET
    limit = whole_number(given.get("limit"), "limit", DEFAULT_LIMIT)
    fields = fields_of(given.getlist("fields"))
    if cursor := given.get("cursor"):
        return _page(request, _from_cursor(cursor), limit, 0, fields)
    order, descending = _order(given.getlist("orderField")[:1])
    term_fields = [part for text in given.getlist("fullTextFilterFields") for part in text.split(",") if part]
    question = Question(
        given.getlist("filter"),
        None,
        order,
        descending,
        given.get("fullTextFilterTerm", "").strip(),
        tuple(term_fields),
    )
    if given.get("totalItems") == "exclude":
        question.total = 0
    return _page(request, question, limit, whole_number(given.get("offset"), "offset", 0), fields)


def by_query_post(request: HttpRequest) -> HttpResponse:
    """By body, with predicates."""
    body = BY_QUERY.of(request)
    limit, offset = body.get("limit", DEFAULT_LIMIT), body.get("offset", 0)
    fields = fields_of(body.get("fields") or [])
    if cursor := body.get("cursor"):
        return _page(request, _from_cursor(cursor), limit, 0, fields)
    orders = body.get("orderBy") or []
    first = orders[0] if orders else {"field": "", "order": "asc"}
    text = body.get("fullTextFilter") or {}
    question = Question(
        [],
        body.get("query"),
        first["field"].lower(),
        first["order"] == "desc",
        text.get("term", "").strip(),
        tuple(text.get("fields") or ()),
    )
    if body.get("totalItems") == "exclude":
        question.total = 0
    return _page(request, question, limit, offset, fields)


def _order(orders: list[str]) -> tuple[str, bool]:
    if not orders:
        return "", False
    field, _, direction = orders[0].partition(",")
    if direction not in {"", "asc", "desc"}:
        raise UserError("Invalid order field order, must be asc or desc")
    return field.lower(), direction == "desc"


def _from_cursor(cursor: str) -> Question:
    return Question(**decode(cursor, {field.name for field in dataclass_fields(Question)}))


def _page(request: HttpRequest, question: Question, limit: int, offset: int, fields: list[str]) -> HttpResponse:
    condition = asked(question.filters, question.predicate)
    rows = _rows(request, question, condition)
    ordered = _ordered(rows, question)
    limit, offset = min(limit, MOST), min(offset, FURTHEST)
    page = _slice(ordered, question, limit, offset) if limit else []
    more = len(page) > limit
    if question.total is None:
        is_all = limit and not more and not offset
        question.total = len(page) if is_all else _total(person(request), question, condition, rows, ordered)
    page = page[:limit]
    if question.backwards:
        page.reverse()
    texts = projected([row[2] for row in page], fields)
    info = _page_info(question, page, more=more, skipped=offset > 0) if page else {}
    total = question.total
    return stored(f'{{"items":{array(texts)},"totalItems":{total},"pageInfo":{json.dumps(info)}}}')


def _total(user: User, question: Question, condition: Condition, rows: EntityQuerySet, ordered: EntityQuerySet) -> int:
    if question.order not in ALWAYS:
        return ordered.count()
    known = None if question.term else known_total(user, kind_asked_for(condition))
    return rows.count() if known is None else known


def _rows(request: HttpRequest, question: Question, condition: Condition) -> EntityQuerySet:
    """What is asked for, before it is put in an order."""
    rows = filtered(Entity.objects.visible_to(person(request)), condition)
    if question.term:
        holding = Q()
        for field in question.term_fields or (question.order or "metadata.uid",):
            holding |= Q(key=field.lower(), value__contains=question.term.lower())
        rows = rows.filter(pk__in=IndexRow.objects.filter(holding).values("entity"))
    return rows


def _ordered(rows: EntityQuerySet, question: Question) -> EntityQuerySet:
    """With the value that they are ordered by, if they are; what lacks it is left out."""
    if not question.order:
        return rows
    if question.order == "metadata.name":
        return rows.annotate(sort=LOWER_NAME)
    rows = rows.filter(index_rows__key=question.order, index_rows__place=0, index_rows__value__isnull=False)
    return rows.annotate(sort=F("index_rows__value"))


def _slice(rows: EntityQuerySet, question: Question, limit: int, offset: int) -> list[tuple[int, Any, str]]:
    """Rows of (id, sort value, text) after or before the cursor's place, one more than asked."""
    down = question.descending != question.backwards
    key = "sort" if question.order else "pk"
    if question.at is not None:
        rows = rows.filter(_beyond(question, down=down))
    ordering = [F(key).desc() if down else F(key).asc()]
    if question.order:
        ordering.append(F("pk").desc() if question.backwards else F("pk").asc())
    return list(rows.order_by(*ordering).values_list("pk", key, "document")[offset : offset + limit + 1])


def _beyond(question: Question, *, down: bool) -> Q:
    """What comes after the cursor's place. The first of two conditions lets the index begin there."""
    at, last = question.at or (None, 0)
    beyond = "lt" if down else "gt"
    if not question.order:
        return Q(**{f"pk__{beyond}": last})
    tied = Q(**{f"pk__{'lt' if question.backwards else 'gt'}": last})
    return Q(**{f"sort__{beyond}e": at}) & (Q(**{f"sort__{beyond}": at}) | tied)


def _page_info(question: Question, page: list[tuple[int, Any, str]], *, more: bool, skipped: bool) -> dict[str, str]:
    info = {}
    if more or question.backwards:
        info["nextCursor"] = _cursor(question, page[-1], backwards=False)
    if (question.at is not None and (more or not question.backwards)) or skipped:
        info["prevCursor"] = _cursor(question, page[0], backwards=True)
    return info


def _cursor(question: Question, row: tuple[int, Any, str], *, backwards: bool) -> str:
    state = asdict(question) | {"at": (str(row[1]) if question.order else row[0], row[0]), "backwards": backwards}
    return encode(state)

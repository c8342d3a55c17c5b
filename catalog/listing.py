"""The catalog list: filters in the address, counts beside them, a page of rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.postgres.search import SearchQuery
from django.core.paginator import Page, Paginator
from django.http import QueryDict

from accounts.models import User
from catalog.counts import counts_of
from catalog.models import Entity, SearchDocument, Source
from catalog.models.entity import EntityQuerySet
from catalog.search import words_query

PER_PAGE = 50
#: Filters by their name in the address, and the column that each narrows.
FILTERS = {
    "type": "type",
    "lifecycle": "lifecycle",
    "owner": "owner_ref",
    "system": "system_ref",
    "namespace": "namespace",
}
SORTS = {"name": "name", "-name": "-name", "changed": "-changed_at", "owner": "owner_ref"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a filter can take, and how many rows it would leave."""

    value: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of the catalog with everything around it."""

    page: Page[Entity]
    kinds: Sequence[Choice]
    facets: Mapping[str, Sequence[Choice]]
    chips: Sequence[tuple[str, str]]
    sort: str
    in_catalog: bool


def list_entities(user: User, given: QueryDict) -> Listing:
    """What the address asks for. At most ten queries, whatever the size of the catalog."""
    asked = {
        name: str(value).replace("\x00", "") for name, value in given.items() if name != "stale" or value == "true"
    }
    everything = Entity.objects.visible_to(user)
    if words := asked.get("q", "").strip().lower():
        everything = everything.filter(pk__in=_named(words))
    if asked.get("stale"):
        everything = everything.filter(source__in=Source.objects.stale())
    matching = _matching(everything, asked, but="kind")
    kinds = _choices(matching, "kind", asked.get("kind", ""))
    rows = _matching(everything, asked)
    sort = asked["sort"] if asked.get("sort") in SORTS else "name"
    ordered = rows.order_by(SORTS[sort], "pk").light().select_related("source")
    paginator = Paginator(ordered, PER_PAGE)
    paginator.count = sum(choice.count for choice in kinds if not asked.get("kind") or choice.chosen)
    facets = _facets(everything, asked)
    chips = [(name, value) for name in (*FILTERS, "tag", "stale", "q") if (value := asked.get(name, "").strip())]
    return Listing(
        paginator.get_page(asked.get("page")),
        kinds,
        facets,
        chips,
        sort,
        bool(kinds) or Entity.objects.visible_to(user).exists(),
    )


def _matching(rows: EntityQuerySet, asked: Mapping[str, str], *, but: str = "") -> EntityQuerySet:
    """``rows`` narrowed by every filter of the address but one."""
    if but != "kind" and (kind := asked.get("kind")):
        rows = rows.filter(kind=kind)
    for name, column in FILTERS.items():
        if name != but and (value := asked.get(name)):
            rows = rows.filter(**{column: value})
    if tag := asked.get("tag"):
        rows = rows.filter(tags__contains=[tag])
    return rows


def _named(words: str) -> Sequence[int]:
    """Entities whose name holds the text, or whose words begin with it."""
    documents = SearchDocument.objects.filter(name__contains=words)
    if query := words_query(words):
        documents = documents | SearchDocument.objects.filter(
            vector=SearchQuery(query, search_type="raw", config="simple")
        )
    return list(documents.values_list("entity_id", flat=True))


def _facets(everything: EntityQuerySet, asked: Mapping[str, str]) -> dict[str, Sequence[Choice]]:
    """The choices of each filter. Those that narrow nothing yet share their rows and so one query."""
    columns = {name: column for name, column in FILTERS.items() if name != "namespace"}
    free = {name: column for name, column in columns.items() if not asked.get(name)}
    found = dict(zip(free, counts_of(_matching(everything, asked), list(free.values())), strict=True)) if free else {}
    for name in columns.keys() - free.keys():
        (found[name],) = counts_of(_matching(everything, asked, but=name), [columns[name]])
    return {name: [Choice(value, count, value == asked.get(name)) for value, count in found[name]] for name in columns}


def _choices(rows: EntityQuerySet, column: str, chosen: str) -> list[Choice]:
    (counts,) = counts_of(rows, [column])
    return [Choice(value, count, value == chosen) for value, count in counts]

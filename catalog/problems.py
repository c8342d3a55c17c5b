"""What is wrong in the sources: narrowed by filters, counted, and for a conflict who claims the name."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q

from accounts.models import User
from catalog.models import Entity, Problem
from catalog.models.source import ProblemQuerySet, Source, SourceKind
from common.api import FURTHEST
from common.numbers import parse_digits

PER_PAGE = 50
#: Where reading stopped, as people say it, in the order of the pipeline.
STAGES: Mapping[str, str] = {
    "conflict": "Conflicts",
    "read": "Not read",
    "parse": "Not YAML",
    "preprocess": "Placeholders",
    "envelope": "Envelope",
    "kind": "Kind",
    "policy": "Not allowed",
    "relations": "References",
    "location": "Locations",
    "unknown-kind": "Unknown kinds",
}
_FILTERS: Mapping[str, Callable[[str], Q]] = {
    "stage": lambda value: Q(stage=value),
    "kind": lambda value: Q(source__kind=value),
    "source": lambda value: Q(source_id=_number(value)),
    "q": lambda value: (
        Q(message__icontains=value) | Q(file__icontains=value) | Q(entity_ref__icontains=value) | Q(field=value)
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a filter as people say it, and how many problems it would leave."""

    value: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on."""

    name: str
    label: str


@dataclass(frozen=True, slots=True)
class Row:
    """A problem; for a conflict with the entity that holds the name, as far as one may see it."""

    problem: Problem
    holder: Entity | None = None

    @property
    def is_conflict(self) -> bool:
        """Whether two claim one name."""
        return self.problem.stage == "conflict"


@dataclass(frozen=True, slots=True)
class ProblemList:
    """A page of problems with everything around it."""

    page: Page[Problem]
    rows: Sequence[Row]
    stages: Sequence[Choice]
    kinds: Sequence[Choice]
    chips: Sequence[Chip]
    total: int


def narrowed(rows: ProblemQuerySet, given: Mapping[str, str], *, but: str = "") -> ProblemQuerySet:
    """``rows`` that every filter of ``given`` but one leaves: stage, kind, source and q."""
    for name, condition in _FILTERS.items():
        value = _clean(given.get(name, ""))
        if value and name != but:
            rows = rows.filter(condition(value))
    return rows


def list_problems(user: User, given: Mapping[str, str]) -> ProblemList:
    """What the address asks for."""
    everything = Problem.objects.visible_to(user)
    stages = _choices(narrowed(everything, given, but="stage"), "stage", given, STAGES)
    kinds = _choices(narrowed(everything, given, but="kind"), "source__kind", given, dict(SourceKind.choices))
    paginator = Paginator(narrowed(everything, given).select_related("source").newest_first(), PER_PAGE)
    page = paginator.get_page(given.get("page"))
    total = sum(choice.count for choice in stages) or everything.count()
    return ProblemList(page, with_holders(user, page), stages, kinds, _chips(user, given), total)


def problems_of(entity: Entity, user: User) -> ProblemQuerySet:
    """Those of ``entity`` that ``user`` may see: its own, and those of its file, for which it keeps its last words."""
    whole_file = Q(source=entity.source_id, file=entity.location, entity_ref="")
    seen = Problem.objects.visible_to(user)
    return seen.filter(Q(entity_ref=entity.ref) | whole_file).select_related("source")


def with_holders(user: User, problems: Iterable[Problem]) -> list[Row]:
    """``problems``, each conflict with who holds the name. One query, and none without conflicts."""
    problems = list(problems)
    refs = {problem.entity_ref for problem in problems if problem.stage == "conflict"}
    visible = Entity.objects.visible_to(user).light().filter(ref__in=refs).select_related("source") if refs else ()
    holders = {entity.ref: entity for entity in visible}
    return [
        Row(problem, holders.get(problem.entity_ref) if problem.stage == "conflict" else None) for problem in problems
    ]


def _choices(rows: ProblemQuerySet, column: str, given: Mapping[str, str], labels: Mapping[str, str]) -> list[Choice]:
    """The values of ``column``, in the order of ``labels``."""
    counts = dict(rows.order_by().values_list(column).annotate(Count("pk")))
    chosen = given.get(column.removeprefix("source__"), "")
    order = [*labels, *sorted(counts.keys() - labels.keys())]
    return [
        Choice(value, labels.get(value, value), counts[value], value == chosen) for value in order if value in counts
    ]


def _chips(user: User, given: Mapping[str, str]) -> list[Chip]:
    return [
        Chip(name, _label(user, name, value))
        for name in ("kind", "source", "q")
        if (value := _clean(given.get(name, "")))
    ]


def _label(user: User, name: str, value: str) -> str:
    if name == "kind":
        return dict(SourceKind.choices).get(value, value)
    found = Source.objects.visible_to(user).filter(pk=_number(value)).first() if name == "source" else None
    return found.target if found else value


def _clean(value: str) -> str:
    return value.replace("\x00", "").strip()


def _number(value: str) -> int:
    """The number of a source; that of none for what is no number."""
    return parse_digits(value, most=FURTHEST) or 0

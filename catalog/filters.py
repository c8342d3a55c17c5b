"""Conditions on entities as questions to the index."""

from collections.abc import Iterable, Sequence
from typing import Any as Anything

from django.db.models import Exists, OuterRef, Q

from catalog.kinds import known_kinds
from catalog.model.conditions import All, Any, Condition, Has, Not, of_filters, of_query
from catalog.models import IndexRow
from catalog.models.entity import EntityQuerySet

_NEVER = Q(pk__in=[])


def asked(filters: Sequence[str], query: Anything = None) -> Condition:
    """That one of ``filters`` holds, and ``query``."""
    both = (of_filters(filters), of_query(query) if query is not None else All())
    return All(tuple(condition for condition in both if condition != All()))


def filtered(entities: EntityQuerySet, condition: Condition) -> EntityQuerySet:
    """``entities`` that ``condition`` takes."""
    return entities if condition == All() else entities.filter(as_q(condition))


def as_q(condition: Condition) -> Q:
    """``condition`` for a queryset of entities."""
    match condition:
        case All(parts):
            return Q(*map(as_q, parts)) if parts else ~_NEVER
        case Any(parts):
            return _any(parts)
        case Not(part):
            return ~as_q(part)
        case Has("kind", values) if values is not None and (spellings := _spellings(values)):
            return Q(kind__in=spellings)
        case Has(key, values, prefix):
            rows = IndexRow.objects.filter(entity=OuterRef("pk"), key=key)
            if values is not None:
                rows = rows.filter(value__in=values)
            if prefix is not None:
                rows = rows.filter(value__startswith=prefix)
            return Q(Exists(rows))


def _any(parts: Iterable[Condition]) -> Q:
    found = _NEVER
    for part in parts:
        found |= as_q(part)
    return found


def _spellings(values: Sequence[str]) -> list[str]:
    """Kinds as they are stored, which is as they are written in the entity; nothing when one is not known.

    Entities may be of a kind that is no longer known: what they are stands in the index then.
    """
    by_lower = {name.lower(): name for name in known_kinds()}
    found = [by_lower[value] for value in values if value in by_lower]
    return found if len(found) == len(values) else []

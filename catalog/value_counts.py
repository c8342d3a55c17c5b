"""Counts of values without counting: those that every writer of the index keeps up."""

from collections.abc import Collection

from accounts.models import User
from catalog.model.conditions import All, Any, Condition, Has
from catalog.models import ValueCount
from catalog.models.index import COUNTED
from catalog.visibility import rules_against

EVERY_KIND = ""


def kind_asked_for(condition: Condition) -> str | None:
    """The one kind that ``condition`` asks for, and nothing else; empty when it asks for nothing; None for the rest."""
    match condition:
        case All(()):
            return EVERY_KIND
        case All((part,)) | Any((part,)):
            return kind_asked_for(part)
        case Has("kind", (value,), None):
            return value
    return None


def known_facets(user: User, kind: str | None, keys: Collection[str]) -> list[tuple[str, str, int]] | None:
    """Key, value and count of all that ``user`` may see of ``kind``, in order; None when they have to be counted."""
    if kind is None or not COUNTED.issuperset(keys) or rules_against(user):
        return None
    rows = ValueCount.objects.filter(kind=kind, key__in=keys).order_by("key", "value")
    return list(rows.values_list("key", "value", "count"))


def known_total(user: User, kind: str | None) -> int | None:
    """How many entities of ``kind`` ``user`` may see; None when they have to be counted."""
    found = known_facets(user, kind, ["kind"])
    return sum(count for _, _, count in found) if found is not None else None

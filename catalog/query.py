"""Questions about the catalog that more than one door asks."""

from django.db.models import QuerySet

from accounts.models import User
from catalog.models import Entity, IndexRow
from catalog.visibility import hidden_among


def refs_by_annotation(key: str, value: str, *, kind: str) -> list[str]:
    """References of the entities of ``kind`` whose annotation ``key`` is ``value``; case does not count."""
    rows = IndexRow.objects.filter(key=f"metadata.annotations.{key}".lower(), value=value.lower())
    found = rows.filter(entity__deleted_at=None, entity__kind__iexact=kind)
    return sorted(found.values_list("entity__ref", flat=True))


def component_refs_in(ref: str, user: User) -> list[str]:
    """The components that ``ref`` speaks of: itself, or those of a system, a domain, or a group and its sub-groups.

    Nothing that ``user`` may not see is among them, and what is hidden speaks of nothing.
    """
    if hidden_among([ref], user):
        return []
    kind = ref.partition(":")[0]
    components = Entity.objects.visible_to(user).filter(kind="Component")
    if kind == "system":
        found: QuerySet[Entity] = components.filter(system_ref=ref)
    elif kind == "domain":
        found = components.filter(system_ref__in=_refs_below(ref, "haspart"))
    elif kind == "group":
        found = components.filter(owner_ref__in=[ref, *_refs_below(ref, "parentof")])
    else:
        return [ref]
    return list(found.values_list("ref", flat=True))


def _refs_below(ref: str, relation: str) -> list[str]:
    """References that ``relation`` leads to from ``ref``, however deep."""
    seen: set[str] = set()
    edge = {ref}
    while edge:
        rows = IndexRow.objects.filter(entity__ref__in=edge, key=f"relations.{relation}").values_list(
            "value", flat=True
        )
        edge = {found for found in rows if found} - seen
        seen |= edge
    return sorted(seen)

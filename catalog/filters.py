"""Backstage's filter grammar: ``a=b,c`` is AND, a repeated parameter is OR."""

from collections.abc import Iterable, Sequence

from django.db.models import Exists, OuterRef, Q

from catalog.kinds import known_kinds
from catalog.models import IndexRow
from catalog.models.entity import EntityQuerySet
from common.errors import FieldError, UserError

Statements = dict[str, set[str] | None]


def parse_filter(text: str) -> Statements:
    """One ``filter=`` parameter: values wanted by lower-case key; None means that the key need only exist."""
    wanted: Statements = {}
    for statement in (part.strip() for part in text.split(",")):
        if not statement:
            continue
        key, equals, value = statement.partition("=")
        key = key.strip().lower()
        if not key:
            raise UserError(
                f"Invalid filter, '{statement}' is not a valid statement "
                "(expected a string on the form a=b or a= or a)",
                id="InputError",
                fields=[FieldError("filter", "not a valid statement")],
            )
        if not equals:
            wanted.setdefault(key, None)
        else:
            wanted[key] = (wanted.get(key) or set()) | {value.strip().lower()}
    return wanted


def filtered(entities: EntityQuerySet, filters: Sequence[str]) -> EntityQuerySet:
    """``entities`` that one of ``filters`` takes; all of them without filters."""
    parsed = [statements for text in filters if (statements := parse_filter(text))]
    if not parsed:
        return entities
    condition = Q()
    for statements in parsed:
        condition |= Q(*(_condition(key, values) for key, values in statements.items()))
    return entities.filter(condition)


def _condition(key: str, values: Iterable[str] | None) -> Q:
    if key == "kind" and values is not None:
        return Q(kind__in=_spellings(values))
    rows = IndexRow.objects.filter(entity=OuterRef("pk"), key=key)
    return Q(Exists(rows if values is None else rows.filter(value__in=list(values))))


def _spellings(values: Iterable[str]) -> list[str]:
    """Kinds as they are stored, which is as they are written in the entity."""
    by_lower = {name.lower(): name for name in known_kinds()}
    return [by_lower.get(value, value) for value in values]

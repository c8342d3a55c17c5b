"""Conditions on entities: what Backstage's filters and predicates mean, as one small tree. Pure.

``filter=kind=component,spec.type`` and ``{"$all": [{"kind": "component"}, {"spec.type": {"$exists": true}}]}`` are the
same condition. Keys and values are lower-case, as the index has them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any as Anything

from common.errors import FieldError, UserError

MOST_DEPTH = 40
_OPERATORS = frozenset({"$all", "$any", "$not"})


@dataclass(frozen=True, slots=True)
class Has:
    """The key exists; with one of ``values``, or with a value that begins with ``prefix``, where they are given."""

    key: str
    values: tuple[str, ...] | None = None
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds; without parts it holds always."""

    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Any:
    """One part holds; without parts it never does."""

    parts: tuple["Condition", ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"


Condition = Has | All | Any | Not


def of_filters(filters: Sequence[str]) -> Condition:
    """What repeated ``filter=`` parameters mean: one of them holds. UserError for a statement that is none."""
    parsed = [found for text in filters if (found := _of_filter(text)).parts]
    return Any(tuple(parsed)) if parsed else All()


def _of_filter(text: str) -> All:
    """Statements between commas must all hold; the same key again is one more choice for its value."""
    wanted: dict[str, tuple[str, ...] | None] = {}
    for statement in (part.strip() for part in text.split(",")):
        if not statement:
            continue
        key, equals, value = statement.partition("=")
        key = key.strip().lower()
        if not key:
            raise _bad_statement(statement)
        if equals:
            wanted[key] = (*(wanted.get(key) or ()), value.strip().lower())
        else:
            wanted.setdefault(key, None)
    return All(tuple(Has(key, values) for key, values in wanted.items()))


def _bad_statement(statement: str) -> UserError:
    return UserError(
        f"Invalid filter, '{statement}' is not a valid statement (expected a string on the form a=b or a= or a)",
        fields=[FieldError("filter", "not a valid statement")],
    )


def of_query(query: Anything, depth: int = 0) -> Condition:
    """What a predicate means. UserError for one that is not as Backstage has them."""
    if not isinstance(query, dict):
        raise UserError("Invalid query, a value needs the field that has it", fields=[FieldError("query", "no object")])
    if depth > MOST_DEPTH:
        raise UserError(f"Invalid query, it is more than {MOST_DEPTH} levels deep")
    if not any(key.startswith("$") for key in query):
        return All(tuple(_field(key.lower(), value) for key, value in query.items()))
    if len(query) > 1:
        raise UserError(f"Invalid query, {min(query)} must be the only key of its object; combine with $all")
    operator, operand = next(iter(query.items()))
    if operator == "$not":
        return Not(of_query(operand, depth + 1))
    if operator not in _OPERATORS or not isinstance(operand, list):
        raise UserError(f"Invalid query, {operator} is not known here")
    parts = tuple(of_query(part, depth + 1) for part in operand)
    return All(parts) if operator == "$all" else Any(parts)


def _field(key: str, value: Anything) -> Condition:
    if not isinstance(value, dict):
        return Has(key, (_text(key, value),))
    if len(value) != 1:
        raise UserError(f"Invalid query, the condition on {key} must be one operator")
    operator, operand = next(iter(value.items()))
    match operator:
        case "$exists" if isinstance(operand, bool):
            return Has(key) if operand else Not(Has(key))
        case "$in" if isinstance(operand, list):
            return Has(key, tuple(_text(key, item) for item in operand))
        case "$hasPrefix" if isinstance(operand, str):
            return Has(key, prefix=operand.lower())
        case "$contains" if key == "relations" and isinstance(operand, dict):
            return _relation(operand)
        case "$contains":
            return Has(key, (_text(key, operand),))
    raise UserError(f"Invalid query, {operator} on {key} is not known here")


def _relation(operand: Mapping[str, Anything]) -> Condition:
    given = {name.lower(): value for name, value in operand.items()}
    if not isinstance(given.get("type"), str) or given.keys() - {"type", "targetref"}:
        raise UserError("Invalid query, a relation needs its type and may have a targetRef")
    key, target = f"relations.{given['type']}".lower(), given.get("targetref")
    return Has(key) if target is None else _field(key, target)


def _text(key: str, value: Anything) -> str:
    """As the index has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if not isinstance(value, str | int | float):
        raise UserError(f"Invalid query, the value of {key} must be text, a number or true or false")
    return str(value).lower()


def holds(condition: Condition, values: Mapping[str, Sequence[str | None]]) -> bool:
    """Whether ``condition`` holds for something whose index rows are ``values``: lower-case texts by key."""
    match condition:
        case All(parts):
            return all(holds(part, values) for part in parts)
        case Any(parts):
            return any(holds(part, values) for part in parts)
        case Not(part):
            return not holds(part, values)
        case Has(key, wanted, prefix):
            found = values.get(key, ())
            if prefix is not None:
                return any(value is not None and value.startswith(prefix) for value in found)
            return any(value in wanted for value in found) if wanted is not None else bool(found)

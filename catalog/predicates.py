"""Backstage's predicates: ``{"kind": "Component", "$not": …}`` as conditions on the index."""

from typing import Any

from django.db.models import Exists, OuterRef, Q

from catalog.models import IndexRow
from common.errors import UserError

NOTHING = Q(pk__in=[])


def predicate(query: Any) -> Q:
    """The condition that ``query`` means. Empty means everything."""
    if not isinstance(query, dict):
        raise UserError("A query must be an object")
    condition = Q()
    for key, value in query.items():
        condition &= _logical(key, value) if key.startswith("$") else _field(key.lower(), value)
    return condition


def _logical(key: str, value: Any) -> Q:
    if key == "$not":
        return ~predicate(value)
    if key not in {"$all", "$any"} or not isinstance(value, list):
        raise UserError(f"Invalid query, {key} is not known here")
    if key == "$all":
        return Q(*(predicate(part) for part in value)) if value else Q()
    condition = NOTHING
    for part in value:
        condition |= predicate(part)
    return condition


def _field(key: str, value: Any) -> Q:
    if not isinstance(value, dict):
        return _has(key, value=_text(value))
    if len(value) != 1:
        raise UserError(f"Invalid query, the condition on {key} must be one operator")
    operator, operand = next(iter(value.items()))
    match operator:
        case "$exists":
            return _has(key) if operand else ~_has(key)
        case "$in":
            return _has(key, value__in=[_text(item) for item in operand])
        case "$hasPrefix":
            return _has(key, value__startswith=_text(operand))
        case "$contains" if key == "relations" and isinstance(operand, dict):
            return _relation(operand)
        case "$contains":
            return _has(key, value=_text(operand))
    raise UserError(f"Invalid query, {operator} is not known here")


def _relation(operand: dict[str, Any]) -> Q:
    if "type" not in operand:
        raise UserError("Invalid query, a relation needs its type")
    key = f"relations.{operand['type']}".lower()
    target = operand.get("targetRef")
    if target is None:
        return _has(key)
    wanted = target["$in"] if isinstance(target, dict) else [target]
    return _has(key, value__in=[_text(item) for item in wanted])


def _has(key: str, **conditions: Any) -> Q:
    return Q(Exists(IndexRow.objects.filter(entity=OuterRef("pk"), key=key, **conditions)))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).lower()

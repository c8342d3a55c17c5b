"""Conditions in a blueprint: ``{environment: production, inputs.allocated_storage: {over: 100}}``. Pure."""

from collections.abc import Mapping
from typing import Any

OPERATORS = ("over", "under", "in", "not")


def holds(condition: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether every line of ``condition`` fits ``facts``; an empty condition always does."""
    return all(_fits(look_up(facts, path), wanted) for path, wanted in condition.items())


def look_up(facts: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; None where there is none."""
    value: Any = facts
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


def _fits(value: Any, wanted: Any) -> bool:
    if not isinstance(wanted, Mapping):
        return bool(value == wanted)
    return all(_compare(value, operator, operand) for operator, operand in wanted.items())


def _compare(value: Any, operator: str, operand: Any) -> bool:
    if operator == "in":
        return value in operand
    if operator == "not":
        return bool(value != operand)
    if not isinstance(value, int | float):
        return False
    return bool(value > operand if operator == "over" else value < operand)

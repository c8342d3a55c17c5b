"""Conditions in a blueprint: ``{environment: production, inputs.allocated_storage: {over: 100}}``. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

#: What budgets count beside inputs.
MONEY, COUNT = "money", "count"
OPERATORS = ("over", "under", "in", "not")


def holds(condition: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether every line of ``condition`` fits ``facts``; an empty condition always does."""
    return all(_fits(look_up(facts, path), wanted) for path, wanted in condition.items())


def look_up(facts: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, whose names may hold dots themselves (``inputs.quota.limits.cpu``); None where there
    is none."""
    return _at(facts, path.split("."))


def _at(value: Any, parts: Sequence[str]) -> Any:
    if not parts:
        return value
    for end in range(len(parts), 0, -1):
        inner = value.get(".".join(parts[:end])) if isinstance(value, Mapping) else None
        if inner is not None and (found := _at(inner, parts[end:])) is not None:
            return found
    return None


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

"""Whether a condition holds: yes, no, or nobody knows, because a fact has no value. Pure and total.

The lines of a condition are those of blueprints (``environment: production``, ``price.monthly: {over: 500}``), of which
all must hold; ``any`` and ``none`` take a list of conditions, and ``time`` windows.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from common.quantities import QuantityError, parse_quantity
from provisioning.conditions import look_up
from provisioning.rules.windows import Window, read_windows

ANY, NONE, TIME, NOW = "any", "none", "time", "now"
OPERATORS = ("over", "under", "in", "not_in", "not")
Answer = bool | None


def weigh(condition: Mapping[str, Any], facts: Mapping[str, Any]) -> Answer:
    """True, False, or None where that hangs on a fact without a value. An empty condition holds."""
    return _all([_line(name, wanted, facts) for name, wanted in condition.items()])


def names_in(condition: Mapping[str, Any]) -> Iterator[str]:
    """Every fact that ``condition`` asks about, ``time`` among them."""
    for name, wanted in condition.items():
        if name in {ANY, NONE}:
            for part in wanted:
                yield from names_in(part)
        else:
            yield name


def unknown_in(condition: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str]:
    """The facts that ``condition`` asks about and that have no value."""
    return sorted({name for name in names_in(condition) if _value(name, facts) is None})


def windows_in(condition: Mapping[str, Any]) -> Iterator[Window]:
    """Every window of time in it."""
    for name, wanted in condition.items():
        if name in {ANY, NONE}:
            for part in wanted:
                yield from windows_in(part)
        elif name == TIME:
            yield from read_windows(wanted)


def holds_until(condition: Mapping[str, Any], facts: Mapping[str, Any], *, most: int = 200) -> datetime | None:
    """When ``condition``, which holds at ``facts["now"]``, stops to hold while everything else stays; None when no
    edge of a window ends it, or it lies behind ``most`` of them."""
    windows, moment = list(windows_in(condition)), facts[NOW]
    for _ in range(most):
        edges = [edge for window in windows if (edge := window.next_edge(moment))]
        if not edges:
            return None
        moment = min(edges)
        if weigh(condition, {**facts, NOW: moment}) is False:
            return moment
    return None


def _line(name: str, wanted: Any, facts: Mapping[str, Any]) -> Answer:
    if name == ANY:
        return _some([weigh(part, facts) for part in wanted])
    if name == NONE:
        return _not(_some([weigh(part, facts) for part in wanted]))
    value = _value(name, facts)
    if value is None:
        return None
    if name == TIME:
        return any(window.holds(value) for window in read_windows(wanted))
    if not isinstance(wanted, Mapping):
        return _is(value, wanted)
    return _all([_compare(value, operator, operand) for operator, operand in wanted.items()])


def _value(name: str, facts: Mapping[str, Any]) -> Any:
    """What the facts say; a budget that there is not is empty, and what a change does not touch stays the same."""
    value = look_up(facts, NOW if name == TIME else name)
    if value is None and name.startswith("quota.") and "quota" in facts:
        return 0.0
    if value is None and name.startswith("changed.") and "changed" in facts:
        return False
    return value


def _compare(value: Any, operator: str, operand: Any) -> Answer:
    if operator == "in":
        return any(_is(value, one) for one in operand)
    if operator == "not_in":
        return not any(_is(value, one) for one in operand)
    if operator == "not":
        return not _is(value, operand)
    one, other = _number(value), _number(operand)
    if one is None or other is None:
        return None
    return bool(one > other if operator == "over" else one < other)


def _is(value: Any, wanted: Any) -> bool:
    """Equal; of a list, whether it is one of its items. True is not 1."""
    if isinstance(value, list | tuple) and not isinstance(wanted, list | tuple):
        return any(_is(item, wanted) for item in value)
    return isinstance(value, bool) == isinstance(wanted, bool) and bool(value == wanted)


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        return None
    try:
        return parse_quantity(value, negative=True).value
    except QuantityError:
        return None


def _all(answers: Sequence[Answer]) -> Answer:
    if False in answers:
        return False
    return None if None in answers else True


def _some(answers: Sequence[Answer]) -> Answer:
    if True in answers:
        return True
    return None if None in answers else False


def _not(answer: Answer) -> Answer:
    return None if answer is None else not answer

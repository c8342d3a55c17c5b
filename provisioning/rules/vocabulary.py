"""What a rule may ask about, and with what: a name that leads nowhere is a mistake, never a rule that never holds.
Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from common.quantities import QuantityError, parse_quantity
from provisioning.blueprints.definition import Blueprint
from provisioning.conditions import COUNT, MONEY
from provisioning.measures import input_of
from provisioning.rules.definition import INPUT, has_input
from provisioning.rules.weighing import ANY, NONE, OPERATORS, TIME
from provisioning.rules.windows import WindowError, read_window

Path = tuple[str | int, ...]
Mistake = tuple[Path, str]

TEXTS = (
    "action",
    "name",
    "owner",
    "team",
    "environment",
    "data_class",
    "blueprint.from",
    "blueprint.to",
    "requester.name",
    "requester.role",
)
LISTS = ("requester.teams",)
NUMBERS = (
    "price.monthly",
    "price.delta",
    "plan.create",
    "plan.update",
    "plan.replace",
    "plan.delete",
    f"quota.{MONEY}",
    f"quota.{COUNT}",
)
ROLES = ("viewer", "developer", "approver", "platform-admin")


def mistakes_in(condition: Mapping[str, Any], blueprints: Sequence[Blueprint], place: Path = ()) -> Iterator[Mistake]:
    """Where ``condition`` names what there is not, or asks in a way that cannot be answered. ``blueprints`` are those
    that the rule is about."""
    for name, wanted in condition.items():
        if name in {ANY, NONE}:
            for number, part in enumerate(wanted):
                yield from mistakes_in(part, blueprints, (*place, name, number))
        elif name == TIME:
            yield from _about_windows(wanted, (*place, name))
        elif not _is_fact(name, blueprints):
            yield (*place, name), f"is nothing that a rule can ask about. {_offer(name)}"
        else:
            yield from _about_line(name, wanted, blueprints, (*place, name))


def _about_windows(raw: Any, place: Path) -> Iterator[Mistake]:
    for number, one in enumerate(raw if isinstance(raw, list) else [raw]):
        try:
            read_window(one)
        except WindowError as error:
            key = (error.key,) if error.key else ()
            yield (*place, *((number,) if isinstance(raw, list) else ()), *key), str(error)


def _is_fact(name: str, blueprints: Iterable[Blueprint]) -> bool:
    if name in {*TEXTS, *LISTS, *NUMBERS}:
        return True
    if name.startswith(f"quota.{INPUT}"):
        name = name.removeprefix("quota.")
    return name.startswith((INPUT, "changed.")) and any(has_input(blueprint, name) for blueprint in blueprints)


def _offer(name: str) -> str:
    if name.startswith((INPUT, "changed.")):
        return "No blueprint that the rule is about has this input."
    return f"Facts are {', '.join((*TEXTS, *LISTS, *NUMBERS))}, inputs.…, changed.…, quota.inputs.… and time."


def _about_line(name: str, wanted: Any, blueprints: Sequence[Blueprint], place: Path) -> Iterator[Mistake]:
    if not isinstance(wanted, Mapping):
        yield from _about_value(name, wanted, blueprints, place)
        return
    if not wanted:
        yield place, f"asks nothing; operators are {', '.join(OPERATORS)}"
    for operator, operand in wanted.items():
        if operator not in OPERATORS:
            yield (*place, operator), f"is no operator; they are {', '.join(OPERATORS)}"
        elif operator in {"over", "under"}:
            yield from _about_amount(name, operand, blueprints, (*place, operator))
        elif operator == "not":
            yield from _about_value(name, operand, blueprints, (*place, operator))
        elif not isinstance(operand, list) or not operand:
            yield (*place, operator), "needs a list"
        else:
            for number, one in enumerate(operand):
                yield from _about_value(name, one, blueprints, (*place, operator, number))


def _about_amount(name: str, operand: Any, blueprints: Sequence[Blueprint], place: Path) -> Iterator[Mistake]:
    offered = _offered(name, blueprints)
    if name in {*TEXTS, *LISTS} or name.startswith("changed.") or (offered and not any(map(_is_amount, offered))):
        yield place, f"{name} is no amount; use in, not_in or not"
    elif not _is_amount(operand):
        yield place, f"{operand} is no number"


def _is_amount(operand: Any) -> bool:
    try:
        parse_quantity(operand, negative=True)
    except QuantityError:
        return False
    return not isinstance(operand, bool)


def _about_value(name: str, value: Any, blueprints: Sequence[Blueprint], place: Path) -> Iterator[Mistake]:
    """A value that the fact never has."""
    if isinstance(value, Mapping | list) or value is None:
        yield place, "must be one value"
    elif name.startswith("changed.") and not isinstance(value, bool):
        yield place, "is true or false"
    elif name in NUMBERS or name.startswith("quota."):
        yield place, "is an amount; ask with over or under"
    elif (offered := _offered(name, blueprints)) and value not in offered:
        yield place, f"{value} is never {name}; it is one of {', '.join(map(str, offered))}"
    elif name in {*TEXTS, *LISTS} and not isinstance(value, str):
        yield place, "must be text"


def _offered(name: str, blueprints: Sequence[Blueprint]) -> list[Any]:
    """All values that a fact can have; empty where they are not counted."""
    if name == "environment":
        return sorted({environment for blueprint in blueprints for environment in blueprint.environments})
    if name == "requester.role":
        return list(ROLES)
    if not name.startswith(INPUT):
        return []
    parts = [input_of(name, blueprint) for blueprint in blueprints if has_input(blueprint, name)]
    if all("enum" in part for part in parts):
        return list(dict.fromkeys(value for part in parts for value in part["enum"]))
    return [True, False] if all(part.get("type") == "boolean" for part in parts) else []

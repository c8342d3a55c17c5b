"""What a request takes of a budget. Pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from common.quantities import Quantity, QuantityError, parse_quantity
from provisioning.blueprints.definition import Blueprint
from provisioning.conditions import COUNT, MONEY, look_up
from provisioning.planning import price_of

INPUT = "inputs."


def amount_of(measure: str, blueprint: Blueprint, facts: Mapping[str, Any]) -> Decimal:
    """How much of ``measure`` something with these ``facts`` takes; nothing where it has none of it."""
    if measure == COUNT:
        return Decimal(1)
    if measure == MONEY:
        price = price_of(blueprint.price, facts)
        return Decimal(str(price.amount)) if price else Decimal(0)
    return _number(look_up(facts, measure))


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or value is None:
        return Decimal(0)
    try:
        return parse_quantity(value).value
    except QuantityError:
        return Decimal(0)


def in_words(measure: str, amount: Decimal, blueprint: Blueprint | None, currency: str) -> str:
    """``amount`` of ``measure`` as people say it: "EUR 120.00 a month", "3 databases", "100 GiB of storage"."""
    written = bare(measure, amount, blueprint, currency)
    if measure == MONEY:
        return f"{written} a month"
    if measure == COUNT:
        return f"{written} {_plural(blueprint.noun if blueprint else 'resource', amount)}"
    title = str(input_of(measure, blueprint).get("title") or measure.removeprefix(INPUT))
    return f"{written} of {title if title[:2].isupper() else title[:1].lower() + title[1:]}"


def bare(measure: str, amount: Decimal, blueprint: Blueprint | None, currency: str) -> str:
    """The same without what it is of: "EUR 120.00", "3", "100 GiB"."""
    if measure == MONEY:
        return f"{currency} {amount:.2f}".strip()
    unit = input_of(measure, blueprint).get("ui:options", {}).get("unit", "")
    if measure == COUNT or unit:
        return f"{amount.normalize():f} {unit}".strip()
    return str(Quantity(amount, binary=_is_binary(amount)))


def input_of(measure: str, blueprint: Blueprint | None) -> Mapping[str, Any]:
    """The schema of the input that ``measure`` counts; empty when ``blueprint`` has none of that name."""
    schema: Any = blueprint.inputs if blueprint else {}
    rest = measure.removeprefix(INPUT)
    while rest:
        known = schema.get("properties", {})
        name = next((name for name in known if rest == name or rest.startswith(f"{name}.")), None)
        if name is None:
            return {}
        schema, rest = known[name], rest[len(name) + 1 :]
    return dict(schema)


def _plural(noun: str, amount: Decimal) -> str:
    if amount == 1:
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def _is_binary(amount: Decimal) -> bool:
    return amount >= 1024 and amount % 1024 == 0

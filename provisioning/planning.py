"""Prices, and the digest that binds an approval to what will be done. Pure."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from provisioning.blueprints.definition import PriceBook
from provisioning.conditions import holds, look_up
from provisioning.policy import VERSION


@dataclass(frozen=True, slots=True)
class Price:
    """Money a month, as an estimate from a price book of a day. ``parts`` are the lines that add up to it, ``before``
    is what is paid without the request."""

    amount: float
    currency: str
    dated: str
    parts: tuple[tuple[str, float], ...]
    before: float = 0.0

    @property
    def delta(self) -> float:
        """What it adds, or saves where it is negative."""
        return round(self.amount - self.before, 2)

    def as_json(self) -> dict[str, Any]:
        """As it is stored and served."""
        return asdict(self) | {"per": "month", "delta": self.delta}


def price_of(book: PriceBook | None, facts: Mapping[str, Any]) -> Price | None:
    """What ``facts`` cost a month; None without a price book."""
    if book is None:
        return None
    parts = [*book.fixed.items(), *(_by_value(book, path, facts) for path in book.by_value)]
    for path, amount in book.per_unit.items():
        units = look_up(facts, path)
        if isinstance(units, int | float):
            parts.append((f"{path.rsplit('.', 1)[-1].replace('_', ' ')}, {units}", units * amount))
    for condition, times in book.factors:
        if holds(condition, facts):
            parts = [(words, amount * times) for words, amount in parts]
    rounded = tuple((words, round(amount, 2)) for words, amount in parts)
    return Price(round(sum(amount for _, amount in rounded), 2), book.currency, book.dated, rounded)


def _by_value(book: PriceBook, path: str, facts: Mapping[str, Any]) -> tuple[str, float]:
    value = str(look_up(facts, path))
    amount, count = book.by_value[path].get(value, 0.0), book.counts.get(path)
    if count is None:
        return value, amount
    number = look_up(facts, count.input)
    times = number + count.plus if isinstance(number, int | float) else count.plus
    return f"{times} × {value}", times * amount


def approval_digest(**bound: Any) -> str:
    """What an approval is given to: inputs, imposed values, module, plan and policy. Any change makes it another."""
    text = json.dumps(bound | {"policy_version": VERSION}, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()

"""Kubernetes quantities (``500m``, ``20Gi``, ``1e3``), read more strictly than the API server does. Pure.

Everything accepted here the server accepts, as the same amount. Refused although the server takes it: white space
around the number, a plus sign, more than 32 characters, and amounts beyond 2^63 - 1, which it would hold inexactly.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Context, Decimal
from functools import total_ordering
from typing import Self

_GRAMMAR = re.compile(
    r"(?P<sign>-?)(?P<number>[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:(?P<suffix>[KMGTPE]i|[numkMGTPE])|[eE](?P<power>[+-]?[0-9]+))?",
    re.ASCII,
)
_BINARY = {f"{letter}i": Decimal(1024**power) for power, letter in enumerate("KMGTPE", 1)}
_DECIMAL = {
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    "": Decimal(1),
    **{letter: Decimal(1000**power) for power, letter in enumerate("kMGTPE", 1)},
}
_SCALES = {**_BINARY, **_DECIMAL}
_MOST = Decimal(2**63 - 1)
_MILLI = Decimal("0.001")
_LONGEST = 32
_EXACT = Context(prec=100, rounding=ROUND_CEILING)


class QuantityError(ValueError):
    """A text is not a usable quantity: ``message`` says why, ``hint`` what to write."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


@total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """An amount, exact to thousandths. Two are equal when they are the same amount (``1.5Gi`` and ``1536Mi``).

    ``binary`` tells which family of suffixes it is written with (``Ki`` or ``k``).
    """

    value: Decimal
    binary: bool = False

    def __str__(self) -> str:
        """The canonical form: no fraction and the largest suffix that allows it."""
        if self.binary and abs(self.value) >= 1024:
            return _written(self.value.to_integral_value(ROUND_CEILING), _BINARY)
        return _written(self.value, _DECIMAL)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Quantity) and self.value == other.value

    def __lt__(self, other: Self) -> bool:
        return self.value < other.value

    def __hash__(self) -> int:
        return hash(self.value)

    def __add__(self, other: Self) -> Self:
        """Both together, exactly, in the family of the first that is not nothing, as Kubernetes adds."""
        return type(self)(_EXACT.add(self.value, other.value), self.binary if self.value else other.binary)

    def __sub__(self, other: Self) -> Self:
        """What is left of this without the other; below zero where the other is more."""
        return type(self)(_EXACT.subtract(self.value, other.value), self.binary if self.value else other.binary)

    def __mul__(self, times: int) -> Self:
        """So many of it."""
        return type(self)(_EXACT.multiply(self.value, Decimal(times)), self.binary)


def parse_quantity(given: object, *, negative: bool = False) -> Quantity:
    """The quantity that ``given`` (a text or a plain number) says; more than three decimals are rounded up.

    Raises QuantityError for anything else, and for an amount below zero unless ``negative``.
    """
    text = _text(given)
    match = _GRAMMAR.fullmatch(text)
    if not match or len(text) > _LONGEST:
        raise _not_a_quantity(text)
    value = _amount(match)
    if abs(value) > _MOST:
        raise QuantityError(f"{text} is more than any cluster can hold.", "The most is 9223372036854775807.")
    if value < 0 and not negative:
        raise QuantityError(f"{text} is below zero.", "Write an amount of zero or more, such as 2 or 500m.")
    return Quantity(_EXACT.quantize(value, _MILLI), binary=match["suffix"] in _BINARY)


def total(amounts: Iterable[Quantity]) -> Quantity:
    """All of ``amounts`` together; nothing of nothing is zero."""
    return sum(amounts, Quantity(Decimal(0)))


def same_quantity(one: object, other: object) -> bool:
    """Whether both are quantities and the same amount."""
    try:
        return parse_quantity(one, negative=True) == parse_quantity(other, negative=True)
    except QuantityError:
        return False


def _text(given: object) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        raise _not_a_quantity("nothing" if given is None else str(given).lower())
    # A float's shortest text is what stood in the document, as long as it stays short.
    return given if isinstance(given, str) else repr(given)


def _amount(match: re.Match[str]) -> Decimal:
    number = Decimal(match["sign"] + match["number"])
    if match["power"] is None:
        return _EXACT.multiply(number, _SCALES[match["suffix"] or ""])
    power = int(match["power"])
    if abs(power) > _LONGEST:
        raise QuantityError(
            f"{match[0]} has an exponent out of reach.", f"Exponents go from -{_LONGEST} to {_LONGEST}."
        )
    return _EXACT.scaleb(number, power)


def _written(value: Decimal, scales: dict[str, Decimal]) -> str:
    for suffix, scale in sorted(scales.items(), key=lambda item: item[1], reverse=True):
        count = _EXACT.divide(value, scale)
        if value and count == count.to_integral_value():
            return f"{int(count)}{suffix}"
    return f"{int(value)}"


def _not_a_quantity(text: str) -> QuantityError:
    shown = f"{text[:_LONGEST]}…" if len(text) > _LONGEST else text
    return QuantityError(f"{shown or 'An empty text'} is not a quantity.", _hint(text))


def _hint(text: str) -> str:
    """What people most often meant."""
    if text != text.strip() or " " in text:
        return "Write it without spaces, such as 20Gi."
    if match := re.fullmatch(r"([0-9.]+)(ki|kb|mi|mb|gi|gb|ti|tb|K|g|t|B)", text, re.IGNORECASE | re.ASCII):
        suffix = match[2][0].upper() + "i" if match[2][0] in "kKmMgGtT" else ""
        return f"Suffixes are exact: {match[1]}{suffix} is likely what you mean."
    return "Write a number and a suffix, such as 10, 500m or 20Gi."

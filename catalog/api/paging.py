"""Orders and cursors of the catalog API."""

from collections.abc import Sequence, Set
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db.models import F, OuterRef, QuerySet, Subquery

from catalog.models import Entity, IndexRow
from common.errors import UserError

DEFAULT_LIMIT = 20
_SIGNER = Signer(salt="catalog.cursor")


def ordered_by(orders: Sequence[str], rows: QuerySet[Entity]) -> QuerySet[Entity]:
    """``rows`` in the order of ``asc:key`` or ``desc:key``; what lacks a key comes last; ties by reference."""
    keys = []
    for number, order in enumerate(orders):
        direction, _, key = order.partition(":")
        if direction not in {"asc", "desc"} or not key:
            raise UserError("Invalid order parameter, must be asc:<field> or desc:<field>")
        rows = rows.annotate(**{f"order_{number}": value_of(key)})
        column = F(f"order_{number}")
        keys.append(column.asc(nulls_last=True) if direction == "asc" else column.desc(nulls_last=True))
    return rows.order_by(*keys, "ref")


def value_of(key: str) -> Subquery:
    """The first lower-case value of ``key``, as the index has it."""
    rows = IndexRow.objects.filter(entity=OuterRef("pk"), key=key.lower(), place=0)
    return Subquery(rows.values("value"))


def write_after(limit: int, offset: int) -> str:
    """Backstage's ``after``."""
    return encode({"limit": limit, "offset": offset})


def read_after(text: str | None) -> tuple[int, int]:
    """Limit and offset of an ``after``."""
    if not text:
        return DEFAULT_LIMIT, 0
    decoded = decode(text, {"limit", "offset"})
    return decoded["limit"], decoded["offset"]


def encode(value: dict[str, Any]) -> str:
    """An opaque, signed cursor; it is no JSON, which could make Backstage's client go on by POST."""
    return _SIGNER.sign_object(value)


def decode(text: str, names: Set[str]) -> dict[str, Any]:
    """What :func:`encode` was given; UserError for what is not ours, or from a version with other ``names``."""
    try:
        decoded: dict[str, Any] = _SIGNER.unsign_object(text)
    except BadSignature:
        raise UserError("Malformed cursor, could not be parsed") from None
    if decoded.keys() != names:
        raise UserError("Malformed cursor, unexpected content")
    return decoded

"""JSON and texts as PostgreSQL can hold them. Pure."""

from typing import Any

from common.json_text import dumps


def as_text(document: dict[str, Any]) -> str:
    """Compact JSON that PostgreSQL can hold: all but NUL, which JSON writes as an escape that jsonb refuses too."""
    return storable(dumps(document))


def storable(text: str) -> str:
    """``text`` with a mark in the place of each NUL."""
    return text.replace("\x00", "\ufffd").replace("\\u0000", "\ufffd")

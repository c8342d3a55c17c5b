"""JSON and texts as PostgreSQL can hold them. Pure."""

import json
from typing import Any


def as_text(document: dict[str, Any]) -> str:
    """Compact JSON that PostgreSQL can hold: all but NUL, which JSON writes as an escape that jsonb refuses too."""
    return storable(json.dumps(document, ensure_ascii=False, separators=(",", ":")))


def storable(text: str) -> str:
    """``text`` with a mark in the place of each NUL."""
    return text.replace("\x00", "\ufffd").replace("\\u0000", "\ufffd")

"""Compact JSON text."""

import json
from typing import Any

import orjson


def dumps(value: Any) -> str:
    """``value`` as JSON without a space too much; what is no JSON (dates, uids) as its text."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:  # numbers beyond 64 bits and halves of surrogate pairs, which JSON can hold
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)

"""Reading decoded answers whose shape is a promise of others. Pure."""

from typing import Any

from common.errors import ProviderError


def field(item: Any, *path: str, kind: type | tuple[type, ...] = str) -> Any:
    """The value at ``path`` of ``item``; ProviderError when it is not there or is no ``kind``."""
    value = item
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, kind):
        message = f"An answer has no usable {'.'.join(path)}."
        hint = "It is tried again at the next sync."
        raise ProviderError(message, permanent=False, id="bad-answer", hint=hint)
    return value


def texts(item: Any, name: str) -> tuple[str, ...]:
    """The texts in the list ``name``; empty when it is not there."""
    found = item.get(name) if isinstance(item, dict) else None
    return tuple(one for one in found or () if isinstance(one, str))


def text(item: Any, name: str) -> str:
    """The text ``name``; empty when it is null or not there."""
    found = item.get(name) if isinstance(item, dict) else None
    return found if isinstance(found, str) else ""

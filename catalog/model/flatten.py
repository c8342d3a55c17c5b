"""The keys and values that filters see, as Backstage's search index has them (catalog-backend 4.0.0)."""

from collections.abc import Iterator
from typing import Any

LONGEST = 200
#: Not walked; what filters need of them is added by name.
_LEFT_OUT = frozenset(
    {"attachments", "relations", "status", "metadata.name", "metadata.namespace", "metadata.uid", "metadata.etag"}
)

Row = tuple[str, str | None]


def flatten(document: dict[str, Any]) -> list[Row]:
    """Rows of (lower-case key, value as text in its own case) without doubles; None for null and for what is too long.

    ``document`` is final: with ``metadata.uid`` and ``relations``.
    """
    rows: dict[tuple[str, str | None], Row] = {}
    for key, value in (*_walk("", document), *_named(document)):
        if len(key) > LONGEST:
            continue
        text = _text(value)
        if text is not None and len(text) > LONGEST:
            text = None
        rows.setdefault((key.lower(), text.lower() if text is not None else None), (key.lower(), text))
    return list(rows.values())


def _named(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    metadata = document["metadata"]
    for name in ("name", "namespace", "uid"):
        if name in metadata:
            yield f"metadata.{name}", metadata[name]
    for relation in document.get("relations", []):
        yield f"relations.{relation['type']}", relation["targetRef"]


def _walk(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if path in _LEFT_OUT:
        return
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _walk(f"{path}.{name}" if path else name, item)
    elif isinstance(value, list):
        for item in value:
            yield from _walk(path, item)
            if isinstance(item, str):
                yield f"{path}.{item}", True
    else:
        yield path, value


def _text(value: Any) -> str | None:
    """As JavaScript's ``String()`` says it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

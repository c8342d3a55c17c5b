"""The keys and values that filters see, as Backstage's search index has them (catalog-backend 4.0.0)."""

from typing import Any

LONGEST = 200
#: Not walked; what filters need of them is added by name.
_LEFT_OUT = frozenset({"attachments", "relations", "status"})
_LEFT_OUT_OF_METADATA = frozenset({"name", "namespace", "uid", "etag"})

#: Lower-case key, place among the values of the key, lower-case value, value in its own case.
Row = tuple[str, int, str | None, str | None]


def flatten(document: dict[str, Any]) -> list[Row]:
    """The index rows of a final document (with ``metadata.uid`` and ``relations``), without doubles.

    A value is None for null and for what is too long.
    """
    found: list[tuple[str, Any]] = []
    for name, item in document.items():
        if name == "metadata":
            for inner, value in item.items():
                if inner not in _LEFT_OUT_OF_METADATA:
                    _walk(f"metadata.{inner}", value, found)
        elif name not in _LEFT_OUT:
            _walk(name, item, found)
    metadata = document["metadata"]
    found += [(f"metadata.{name}", metadata[name]) for name in ("name", "namespace", "uid") if name in metadata]
    found += [(f"relations.{relation['type']}", relation["targetRef"]) for relation in document.get("relations", ())]
    return _rows(found)


def _rows(found: list[tuple[str, Any]]) -> list[Row]:
    rows: list[Row] = []
    values: dict[str, list[str | None]] = {}
    for name, given in found:
        if len(name) > LONGEST:
            continue
        key, text = name.lower(), _text(given)
        if text is not None and len(text) > LONGEST:
            text = None
        value = text.lower() if text is not None else None
        seen = values.setdefault(key, [])
        if value not in seen:
            rows.append((key, len(seen), value, text))
            seen.append(value)
    return rows


def _walk(path: str, value: Any, found: list[tuple[str, Any]]) -> None:
    if isinstance(value, dict):
        for name, item in value.items():
            _walk(f"{path}.{name}", item, found)
    elif isinstance(value, list):
        for item in value:
            _walk(path, item, found)
            if isinstance(item, str):
                found.append((f"{path}.{item}", True))
    else:
        found.append((path, value))


def _text(value: Any) -> str | None:
    """As JavaScript's ``String()`` says it."""
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)

"""Values of a blueprint in words, under the titles that its form has. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any


def in_words(values: Mapping[str, Any], schema: Mapping[str, Any] | None = None) -> list[tuple[str, str]]:
    """Labels and texts of ``values``, in the order of ``schema``; what it does not know comes last, by name."""
    known: Mapping[str, Any] = (schema or {}).get("properties", {})
    order = [name for name in known if name in values] + sorted(values.keys() - known.keys())
    return [line for name in order for line in _lines(name, values[name], known.get(name, {}))]


def changes_in_words(summary: Mapping[str, int]) -> str:
    """What a plan would do, in a line."""
    return ", ".join(f"{count} to {action}" for action, count in summary.items() if count) or "nothing to change"


def _lines(name: str, value: Any, part: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and part.get("properties"):
        yield from in_words(value, part)
    elif value not in (None, "", [], {}):
        yield str(part.get("title") or name.replace("_", " ").capitalize()), _text(value, part)


def _text(value: Any, part: Mapping[str, Any]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(item, {})}" for key, item in value.items() if item != "")
    if isinstance(value, Sequence) and not isinstance(value, str):
        key = part.get("ui:options", {}).get("itemKey")
        items = [item.get(key, item) if isinstance(item, Mapping) and key else item for item in value]
        return ", ".join(_text(item, {}) for item in items)
    names = dict(zip(part.get("enum", ()), part.get("ui:enumNames", ()), strict=False))
    unit = part.get("ui:options", {}).get("unit", "")
    return f"{names.get(value, value)} {unit}".strip()

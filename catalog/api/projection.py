"""``fields=``: parts of entities by dotted path. Pure."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from common.errors import UserError

_MISSING = object()


def fields_of(given: Sequence[str]) -> list[str]:
    """The paths asked for; empty for everything."""
    paths = [path.strip() for text in given for path in text.split(",") if path.strip()]
    if any("[" in path for path in paths):
        raise UserError("Invalid fields, array type fields are not supported")
    return paths


def projected(texts: Iterable[str], fields: Sequence[str]) -> list[str]:
    """Each JSON text reduced to ``fields``; the very texts when nothing was asked."""
    if not fields:
        return list(texts)
    return [json.dumps(project(json.loads(text), fields), ensure_ascii=False) for text in texts]


def project(document: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """The parts of ``document`` that ``fields`` name, nested as they were. Keys may hold dots."""
    result: dict[str, Any] = {}
    for field in fields:
        found = _find(document, field)
        if found is None:
            continue
        path, value = found
        place = result
        for key in path[:-1]:
            place = place.setdefault(key, {})
        place[path[-1]] = value
    return result


def _find(value: Any, field: str) -> tuple[list[str], Any] | None:
    """Where ``field`` leads: every way of cutting it at its dots is tried, the longest key first."""
    if not isinstance(value, dict):
        return None
    if (direct := value.get(field, _MISSING)) is not _MISSING:
        return [field], direct
    cut = field.rfind(".")
    while cut > 0:
        if (inner := value.get(field[:cut], _MISSING)) is not _MISSING and (found := _find(inner, field[cut + 1 :])):
            return [field[:cut], *found[0]], found[1]
        cut = field.rfind(".", 0, cut)
    return None

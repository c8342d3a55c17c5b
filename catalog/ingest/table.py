"""Entities from a table: a header, and a row each. Pure.

Columns are ``kind``, ``name`` and other short names, or paths such as ``spec.tier`` and
``metadata.annotations.github.com/project-slug``. Several values in one cell have semicolons between them.
"""

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from catalog.model.kinds import CORE_VERSIONS, Kinds
from catalog.model.refs import BadReference, parse_ref

MOST_ROWS = 20_000
MOST_COLUMNS = 200
_METADATA = ("name", "namespace", "title", "description", "tags")
_SPEC = ("type", "lifecycle", "owner", "system", "domain", "definition", "parent", "subcomponentOf", "target")
_LISTS = ("children", "members", "memberOf", "dependsOn", "dependencyOf", "providesApis", "consumesApis", "targets")
#: Where a column with a short name goes.
SHORT: Mapping[str, tuple[str, ...]] = {
    "kind": ("kind",),
    "apiVersion": ("apiVersion",),
    "ref": ("ref",),
    **{name: ("metadata", name) for name in _METADATA},
    **{name: ("spec", name) for name in (*_SPEC, *_LISTS)},
}
_BY_LOWER = {name.lower(): name for name in SHORT}
#: Below these everything that follows is one key, dots included.
_WHOLE_KEYS = (("metadata", "annotations"), ("metadata", "labels"))


class BadTable(ValueError):
    """Why a text is no table of entities."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as people count them, the header being the first: its document, or why there is none."""

    number: int
    document: dict[str, Any]
    error: str = ""


def rows_of(text: str, kinds: Kinds) -> Iterator[Row]:
    """The rows that are not empty. BadTable when the header, or the text as a whole, cannot be used."""
    lines = _cells(text)
    header = next(lines, [])
    paths = _paths(header)
    for number, cells in enumerate(lines, start=2):
        if number > MOST_ROWS + 1:
            raise BadTable(f"The table has more than {MOST_ROWS:,} rows.")
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[len(paths) :]):
            yield Row(number, {}, f"has {len(cells)} cells, and the header has {len(paths)}")
            continue
        yield _row(number, dict(zip(paths, cells, strict=False)), kinds)


def _cells(text: str) -> Iterator[list[str]]:
    first = text.split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    except csv.Error as error:
        raise BadTable(f"It cannot be read as CSV: {error}.") from None


def _paths(header: Sequence[str]) -> list[tuple[str, ...]]:
    """Where each column goes."""
    if len(header) > MOST_COLUMNS:
        raise BadTable(f"The table has more than {MOST_COLUMNS} columns.")
    names = [name.strip() for name in header]
    while names and not names[-1]:
        names.pop()
    paths = [_path(name) for name in names]
    if twice := next((name for name, path in zip(names, paths, strict=True) if paths.count(path) > 1), ""):
        raise BadTable(f"The column {twice} is there twice.")
    if ("ref",) not in paths and not {("kind",), ("metadata", "name")} <= set(paths):
        raise BadTable("The first row must name the columns, kind and name among them, or ref.")
    return paths


def _path(name: str) -> tuple[str, ...]:
    if known := _BY_LOWER.get(name.lower()):
        return SHORT[known]
    parts = tuple(name.split("."))
    if parts[:2] in _WHOLE_KEYS and len(parts) > 2:
        return (*parts[:2], ".".join(parts[2:]))
    if parts[0] in {"spec", "metadata"} and len(parts) > 1 and all(parts):
        return parts
    near = get_close_matches(name, SHORT, n=1)
    hint = f"Did you mean {near[0]}?" if near else "Write spec.NAME or metadata.NAME for what has no short name."
    raise BadTable(f"Nobody knows the column {name or '(without a name)'}. {hint}")


def _row(number: int, cells: Mapping[tuple[str, ...], str], kinds: Kinds) -> Row:
    filled = {path: cell.strip() for path, cell in cells.items() if cell.strip()}
    document: dict[str, Any] = {"apiVersion": "", "kind": "", "metadata": {}, "spec": {}}
    try:
        if ref := filled.pop(("ref",), ""):
            _take_ref(document, ref, kinds)
        kind = str(filled.get(("kind",), document["kind"]))
        for path, cell in filled.items():
            _put(document, path, _value(path, cell, kinds, kind))
    except (BadReference, BadTable) as error:
        return Row(number, {}, str(error))
    schema = kinds[kind].spec if kind in kinds else {}
    for name in schema.get("required", ()):
        if _type_of(schema, (name,)) == "array":
            document["spec"].setdefault(name, [])
    document["apiVersion"] = document["apiVersion"] or (kinds[kind].versions[0] if kind in kinds else CORE_VERSIONS[0])
    return Row(number, {key: value for key, value in document.items() if value not in ("", None)})


def _take_ref(document: dict[str, Any], text: str, kinds: Kinds) -> None:
    ref = parse_ref(text)
    by_lower = {name.lower(): name for name in kinds}
    document["kind"] = by_lower.get(ref.kind.lower(), ref.kind)
    document["metadata"] |= {"namespace": ref.namespace, "name": ref.name}


def _put(document: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    holder = document
    for part in path[:-1]:
        holder = holder.setdefault(part, {})
        if not isinstance(holder, dict):
            raise BadTable(f"{'.'.join(path)} lies inside of a column that has a value of its own")
    if isinstance(holder.get(path[-1]), dict):
        raise BadTable(f"{'.'.join(path)} has a value of its own and columns inside of it")
    holder[path[-1]] = value


def _value(path: tuple[str, ...], cell: str, kinds: Kinds, kind: str) -> Any:
    """A cell as what the kind's schema says; text where it says nothing."""
    known = _type_of(kinds[kind].spec, path[1:]) if path[0] == "spec" and kind in kinds else ""
    if known == "array" or path == ("metadata", "tags") or (path[0] == "spec" and path[-1] in _LISTS):
        return _parts(cell)
    if path[0] == "spec" and kind in kinds and ";" in cell and path[1:] in {(f.field,) for f in kinds[kind].relations}:
        return _parts(cell)
    if known == "boolean" and cell.lower() in {"true", "false"}:
        return cell.lower() == "true"
    if known in {"integer", "number"}:
        return _number(cell)
    return cell


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split(";") if part.strip()]


def _number(cell: str) -> Any:
    try:
        number = int(cell) if cell.lstrip("+-").isdecimal() else float(cell)
    except ValueError:
        return cell
    return number if math.isfinite(number) else cell


def _type_of(schema: Any, path: tuple[str, ...]) -> str:
    """The type that a schema gives the value at ``path``; empty where it gives none, or several."""
    for part in path:
        properties = schema.get("properties") if isinstance(schema, dict) else None
        schema = properties.get(part) if isinstance(properties, dict) else None
    found = schema.get("type") if isinstance(schema, dict) else None
    return found if isinstance(found, str) else ""

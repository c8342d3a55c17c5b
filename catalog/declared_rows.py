"""Rows that people add on a page or by a script, and that app-config.yaml declares too: kinds and rules.

What a file declares is changed in the file alone, and has precedence over a row of the same name.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol, TypeVar

from common.errors import Conflict, FieldError, UserError

#: The origin of a row that a file declares.
FILE = "file"


class DeclaredRow(Protocol):
    """A row of either kind; ``origin`` is ``page``, ``api`` or :data:`FILE`."""

    name: str
    origin: str


Row = TypeVar("Row", bound=DeclaredRow)
Declaration = TypeVar("Declaration")


def follow(
    rows: Iterable[Row],
    declared: Mapping[str, Declaration],
    *,
    same: Callable[[Row, Declaration], bool],
    write: Callable[[Row | None, Declaration], object],
    remove: Callable[[Row], object],
) -> None:
    """Make what files declare rows, and remove those that no longer stand there; what is the same is not written."""
    found = {row.name: row for row in rows}
    for row in found.values():
        if row.origin == FILE and row.name not in declared:
            remove(row)
    for name, one in declared.items():
        there = found.get(name)
        if there is None or there.origin != FILE or not same(there, one):
            write(there, one)


def require_own_name(given: object, name: str, noun: str) -> None:
    """UserError where a declaration would give a row another name than it has."""
    if given != name:
        raise UserError(f"A {noun} keeps its name.", fields=[FieldError("name", f"must be {name}")])


def require_not_in_file(row: DeclaredRow | None, noun: str, key: str) -> None:
    """Conflict for a row that ``key`` of app-config.yaml declares."""
    if row is not None and row.origin == FILE:
        message, hint = f"The {noun} {row.name} stands in app-config.yaml.", f"Change {key} there."
        raise Conflict(message, id=f"{noun}-in-file", hint=hint)

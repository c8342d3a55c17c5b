"""Many rows at once: COPY, straight into a table or into a temporary one for a statement that joins it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db.backends.utils import CursorWrapper

ROWS_IN_A_BLOCK = 2000
_T = TypeVar("_T")


def copy(cursor: CursorWrapper, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add ``rows`` to ``table``."""
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as stream:
        for row in rows:
            stream.write_row(row)


def copy_texts(
    cursor: CursorWrapper, table: str, columns: Sequence[str], rows: Iterable[Sequence[str | int | None]]
) -> None:
    """The same for hundreds of thousands of rows of texts and numbers, which are written as COPY reads them."""
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as stream:
        for block in batched(rows, ROWS_IN_A_BLOCK):
            stream.write("".join(["\t".join(map(_field, row)) + "\n" for row in block]))


def _field(value: str | int | None) -> str:
    if value is None:
        return r"\N"
    if isinstance(value, int):
        return str(value)
    return value.translate(_ESCAPES) if _SPECIAL.search(value) else value


_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})
_SPECIAL = re.compile(r"[\\\t\n\r]")


def batched(rows: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """``rows`` in lists of at most ``size``."""
    waiting = iter(rows)
    while block := list(islice(waiting, size)):
        yield block


def copy_and(
    cursor: CursorWrapper,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    statement: str,
    parameters: Sequence[Any] = (),
) -> None:
    """Run ``statement`` with ``rows`` in a temporary table, which ``table`` describes: a name and what follows it."""
    name = table.partition(" ")[0]
    cursor.execute(f"CREATE TEMPORARY TABLE {table}")
    copy(cursor, name, columns, rows)
    cursor.execute(statement, parameters)
    cursor.execute(f"DROP TABLE {name}")

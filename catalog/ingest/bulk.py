"""Many rows at once: COPY, straight into a table or into a temporary one for a statement that joins it."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.backends.utils import CursorWrapper


def copy(cursor: CursorWrapper, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add ``rows`` to ``table``."""
    with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as stream:
        for row in rows:
            stream.write_row(row)


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

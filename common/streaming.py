"""Rows that are used while the database still sends others."""

from collections.abc import Generator
from itertools import islice
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def in_chunks(rows: QuerySet[Any, Any], size: int) -> Generator[list[tuple[Any, ...]], None, None]:
    """``rows``, which are the ``values_list`` of plain columns, by ``size`` at most.

    The connection takes no other question until the last chunk is read, or the iterator is closed.
    """
    try:
        sql, parameters = rows.query.sql_with_params()
    except EmptyResultSet:
        return
    with connection.cursor() as cursor:
        found = cursor.cursor.stream(sql, parameters, size=size)
        while chunk := list(islice(found, size)):
            yield chunk

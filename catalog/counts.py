"""How often each value of some columns occurs: one scan for all of them."""

from collections.abc import Sequence

from django.core.exceptions import EmptyResultSet
from django.db import connection

from catalog.models.entity import EntityQuerySet

MOST_CHOICES = 30


def counts_of(rows: EntityQuerySet, columns: Sequence[str]) -> list[list[tuple[str, int]]]:
    """For each column its most frequent values that are not empty with their counts, at most MOST_CHOICES.

    The ORM knows no GROUPING SETS; the rows are the ORM's, so that whatever narrows them holds here too.
    """
    found: list[list[tuple[str, int]]] = [[] for _ in columns]
    try:
        sql, params = rows.order_by().values(*columns).query.sql_with_params()
    except EmptyResultSet:
        return found
    quoted = [connection.ops.quote_name(column) for column in columns]
    which = " ".join(f"WHEN grouping({name}) = 0 THEN {n}" for n, name in enumerate(quoted))
    value = f"coalesce({', '.join(quoted)})"
    text = f"""
        SELECT which, value, count FROM (
            SELECT CASE {which} END AS which, {value} AS value, count(*) AS count,
                   row_number() OVER (PARTITION BY CASE {which} END ORDER BY count(*) DESC, {value}) AS place
            FROM ({sql}) AS narrowed GROUP BY GROUPING SETS ({", ".join(f"({name})" for name in quoted)})
            HAVING {value} <> ''
        ) AS counted WHERE place <= %s ORDER BY which, place"""  # noqa: S608  # names of columns, from the model
    with connection.cursor() as cursor:
        cursor.execute(text, [*params, MOST_CHOICES])
        for index, value, count in cursor:
            found[index].append((value, count))
    return found

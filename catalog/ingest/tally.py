"""What a transaction changes of the counts of values. Needs the catalog's lock, which all who write the index hold."""

from collections import Counter
from collections.abc import Iterable, Sequence

from django.db import connection

from catalog.model.flatten import Row
from catalog.models.index import COUNTED


class Tally:
    """Counts index rows as they come and go, and writes the difference once."""

    def __init__(self) -> None:
        self._changes: Counter[tuple[str, str, str]] = Counter()

    def come(self, kind: str, rows: Iterable[Row]) -> None:
        """An entity of ``kind`` gets ``rows``."""
        kind = kind.lower()
        for key, _, _, value in rows:
            if key in COUNTED and value is not None:
                self._changes[kind, key, value] += 1

    def remove(self, ids: Sequence[int]) -> None:
        """Delete the index rows of the entities with ``ids``."""
        with connection.cursor() as cursor:
            cursor.execute(_REMOVE, [list(ids), sorted(COUNTED)])
            for kind, key, value, count in cursor:
                self._changes[kind, key, value] -= count

    def write(self) -> None:
        """Bring the counts to what the index has now."""
        for (_, key, value), count in list(self._changes.items()):
            self._changes["", key, value] += count
        changed = [(*names, count) for names, count in self._changes.items() if count]
        if not changed:
            return
        with connection.cursor() as cursor:
            cursor.execute(_ADD, [list(column) for column in zip(*changed, strict=True)])
            cursor.execute("DELETE FROM catalog_valuecount WHERE count = 0")


_REMOVE = """
WITH gone AS (DELETE FROM catalog_indexrow WHERE entity_id = ANY(%s) RETURNING entity_id, key, value, original)
SELECT kinds.value, gone.key, gone.original, count(*)
FROM gone JOIN gone AS kinds ON kinds.entity_id = gone.entity_id AND kinds.key = 'kind'
WHERE gone.key = ANY(%s) AND gone.original IS NOT NULL GROUP BY 1, 2, 3
"""
_ADD = """
INSERT INTO catalog_valuecount AS known (kind, key, value, count)
SELECT * FROM unnest(%s::text[], %s::text[], %s::text[], %s::int[])
ON CONFLICT (kind, key, value) DO UPDATE SET count = known.count + excluded.count
"""

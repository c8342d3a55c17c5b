"""The last end of the pipeline: rows. One transaction a source, set-based, and nothing for what has not changed.

Each touched entity is written once: relations are known before, from the touched texts and from the rows of others.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, starmap
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from catalog.ingest import rows
from catalog.ingest.bulk import batched, copy, copy_and, copy_texts
from catalog.ingest.diff import Changes
from catalog.ingest.documents import Relation
from catalog.ingest.rows import Written
from catalog.ingest.tally import Tally
from catalog.ingest.wanted import Wanted
from catalog.models import Entity, RelationRow, Source
from catalog.models.revision import RevisionKind

#: After so many rows the planner's statistics are no longer true.
MANY = 500
#: So many entities are in memory as documents at once.
BLOCK = 2000
RelationsOf = Mapping[str, Sequence[Relation]]


def apply(
    source: Source, wanted: Mapping[str, Wanted], changes: Changes, taken: Iterable[str], *, restored: bool = False
) -> None:
    """Write what ``changes`` says; ``taken`` are those of the added that another source said until now.

    Needs an open transaction that holds the catalog's lock.
    """
    touched = {ref: wanted[ref] for ref in (*changes.added, *changes.changed)}
    _remember(source, wanted, changes, restored=restored)
    affected = _forget_relations([*changes.changed, *changes.removed, *taken])
    relations: dict[str, list[Relation]] = defaultdict(list)
    for entity in touched.values():
        for relation in entity.relations:
            relations[relation.source].append(relation)
    affected |= relations.keys()
    affected -= {*touched, *changes.removed}
    for refs in batched(chain(touched, affected), BLOCK):
        for relation in _said_by_others(refs):
            relations[relation.source].append(relation)
    tally = Tally()
    _remove(source, changes.removed, tally)
    for block in batched(touched.items(), BLOCK):
        written = _touched(source, dict(block), relations)
        _write_relations(written)
        _write_index(written, tally)
        _write_words([entity.pk for entity in written])
    for refs in batched(sorted(affected), BLOCK):
        _write_index(_affected(refs, relations), tally)
    tally.write()
    if len(touched) + len(affected) > MANY:
        _analyze()


def _remember(source: Source, wanted: Mapping[str, Wanted], changes: Changes, *, restored: bool) -> None:
    """A revision for each reference, with what it was."""
    kinds = {
        RevisionKind.RESTORED if restored else RevisionKind.ADDED: changes.added,
        RevisionKind.CHANGED: changes.changed,
        RevisionKind.REMOVED: changes.removed,
    }
    columns = ("ref", "location", "commit")
    table = f"said ({', '.join(f'{name} text' for name in columns)})"
    for kind, refs in kinds.items():
        if not refs:
            continue
        said = (
            (ref, one.location if one else "", one.commit if one else "") for ref in refs for one in [wanted.get(ref)]
        )
        with connection.cursor() as cursor:
            copy_and(cursor, table, columns, said, _REVISIONS, [kind, source.pk])


_REVISIONS = """
INSERT INTO catalog_revision (ref, change, at, source_id, location, commit, before)
SELECT said.ref, %s, now(), %s, coalesce(nullif(said.location, ''), entity.location), said.commit,
       coalesce(entity.body, '')
FROM said LEFT JOIN catalog_entity entity ON entity.ref = said.ref
"""


def _forget_relations(refs: Sequence[str]) -> set[str]:
    """Take away what ``refs`` said; returns the entities whose relations that were."""
    if not refs:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM catalog_relationrow USING catalog_entity entity "
            "WHERE entity.id = origin_id AND entity.ref = ANY(%s) RETURNING source_ref",
            [list(refs)],
        )
        return {ref for (ref,) in cursor}


def _said_by_others(refs: Sequence[str]) -> Iterator[Relation]:
    """Relations of ``refs`` that stand in the table, which does not hold those of the touched texts yet."""
    found = RelationRow.objects.filter(source_ref__any_of=refs, origin__deleted_at=None)
    return starmap(Relation, found.values_list("source_ref", "type", "target_ref"))


def _remove(source: Source, refs: Sequence[str], tally: Tally) -> None:
    """Soft: the rows stay for restoring, what finds them goes."""
    if not refs:
        return
    gone = Entity.objects.filter(ref__any_of=refs, source=source)
    ids = list(gone.values_list("pk", flat=True))
    tally.remove(ids)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_searchdocument WHERE entity_id = ANY(%s)", [ids])
    gone.update(deleted_at=timezone.now())


def _touched(source: Source, touched: Mapping[str, Wanted], relations: RelationsOf) -> list[Written]:
    """Write the touched entities: new rows by COPY, known ones by one UPDATE."""
    known = {
        ref: (pk, uid) for ref, pk, uid in Entity.objects.filter(ref__any_of=touched).values_list("ref", "pk", "uid")
    }
    fresh = _new_ids(len(touched) - len(known))
    now = timezone.now()
    written = [
        rows.written(wanted, *(known.get(ref) or (next(fresh), uuid4())), _pairs(relations.get(ref, ())))
        for ref, wanted in touched.items()
    ]
    columns = rows.COLUMNS
    new = (rows.of(source.pk, entity, now) for entity in written if entity.ref not in known)
    old = (rows.of(source.pk, entity, now) for entity in written if entity.ref in known)
    with connection.cursor() as cursor:
        copy(cursor, "catalog_entity", (*columns, "created_at"), ((*row, now) for row in new))
        if known:
            copy_and(cursor, "said AS SELECT * FROM catalog_entity LIMIT 0", columns, old, _UPDATE)
    return written


def _pairs(relations: Iterable[Relation]) -> list[tuple[str, str]]:
    """Type and target of each, sorted, without doubles."""
    return sorted({(relation.type, relation.target) for relation in relations})


def _new_ids(count: int) -> Iterator[int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('catalog_entity', 'id')) FROM generate_series(1, %s)", [count]
        )
        return iter([pk for (pk,) in cursor])


_CHANGES = ", ".join(f"{name} = said.{name}" for name in rows.COLUMNS[2:])
_UPDATE = f"UPDATE catalog_entity entity SET {_CHANGES} FROM said WHERE entity.id = said.id"  # noqa: S608  # ours


def _affected(refs: Iterable[str], relations: RelationsOf) -> list[Written]:
    """Give entities whose own text is as it was their new relations."""
    found = Entity.objects.present().filter(ref__any_of=refs).values_list("ref", "pk", "uid", "body", "digest")
    written = [
        rows.related(ref, pk, uid, json.loads(body), digest, _pairs(relations.get(ref, ())))
        for ref, pk, uid, body, digest in found
    ]
    documents = ((entity.pk, entity.text) for entity in written)
    if written:
        with connection.cursor() as cursor:
            copy_and(cursor, "said (id bigint, document text)", ("id", "document"), documents, _DOCUMENTS)
    return written


_DOCUMENTS = "UPDATE catalog_entity entity SET document = said.document FROM said WHERE entity.id = said.id"


def _write_relations(written: Sequence[Written]) -> None:
    said = (
        (entity.pk, relation.source, relation.type, relation.target)
        for entity in written
        if entity.wanted
        for relation in entity.wanted.relations
    )
    with connection.cursor() as cursor:
        copy_texts(cursor, "catalog_relationrow", ("origin_id", "source_ref", "type", "target_ref"), said)


def _write_index(written: Sequence[Written], tally: Tally) -> None:
    tally.remove([entity.pk for entity in written])
    with connection.cursor() as cursor:
        columns = ("entity_id", "key", "place", "value", "original")
        copy_texts(cursor, "catalog_indexrow", columns, rows.index_of(written, tally.come))


def _write_words(ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, [ids])


_WORDS = """
INSERT INTO catalog_searchdocument (kind, key, name, entity_id, vector)
SELECT lower(kind), ref, lower(name), id,
    setweight(to_tsvector('simple', translate(name, '-_.', '   ') || ' ' || name), 'A')
 || setweight(to_tsvector('simple', title), 'A')
 || setweight(to_tsvector('simple', array_to_string(tags, ' ') || ' ' || type), 'B')
 || setweight(to_tsvector('english', left(description, 20000)), 'C')
FROM catalog_entity WHERE id = ANY(%s)
ON CONFLICT (key) DO UPDATE SET
    kind = excluded.kind, name = excluded.name, entity_id = excluded.entity_id, vector = excluded.vector
"""


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL default_statistics_target = 30")  # enough for the planner, in a third of the time
        cursor.execute("ANALYZE catalog_entity, catalog_indexrow, catalog_relationrow, catalog_searchdocument")

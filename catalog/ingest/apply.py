"""The last end of the pipeline: rows. One transaction a source, set-based, and nothing for what has not changed."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from catalog.ingest.diff import Changes
from catalog.ingest.wanted import Wanted
from catalog.model.flatten import flatten
from catalog.models import Entity, RelationRow, Source

#: After so many rows the planner's statistics are no longer true.
MANY = 500
_COLUMNS = (
    "ref",
    "kind",
    "namespace",
    "name",
    "title",
    "description",
    "type",
    "lifecycle",
    "owner_ref",
    "system_ref",
    "tags",
    "source_id",
    "location",
    "line",
    "digest",
    "body",
    "changed_at",
    "deleted_at",
)


_SAID = "CREATE TEMPORARY TABLE said ON COMMIT DROP AS SELECT {columns} FROM catalog_entity LIMIT 0"
_UPSERT = """
INSERT INTO catalog_entity ({columns}, uid, document, created_at)
SELECT {columns}, gen_random_uuid(), '', changed_at FROM said
ON CONFLICT (ref) DO UPDATE SET {changes}
"""
_CHANGES = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[1:])


def apply(source: Source, wanted: Mapping[str, Wanted], changes: Changes) -> None:
    """Write what ``changes`` says. Needs an open transaction that holds the catalog's lock."""
    touched = [wanted[ref] for ref in (*changes.added, *changes.changed)]
    affected = _affected([*changes.changed, *changes.removed])
    _upsert(source, touched)
    Entity.objects.filter(ref__in=changes.removed, source=source).update(deleted_at=timezone.now())
    ids = dict(Entity.objects.filter(ref__in=[entity.ref for entity in touched]).values_list("ref", "pk"))
    _replace_relations(ids, touched, changes.removed)
    affected |= _affected(entity.ref for entity in touched) | {entity.ref for entity in touched}
    rebuild(affected - set(changes.removed))
    _drop_index(changes.removed)
    if len(affected) > MANY:
        _analyze()


def _affected(refs: Iterable[str]) -> set[str]:
    """Entities whose relations are said by one of ``refs``."""
    rows = RelationRow.objects.filter(origin__ref__in=list(refs))
    return set(rows.values_list("source_ref", flat=True))


def _upsert(source: Source, touched: Sequence[Wanted]) -> None:
    columns = ", ".join(_COLUMNS)
    rows = (_row(source, entity) for entity in touched)
    with connection.cursor() as cursor:
        cursor.execute(_SAID.format(columns=columns))
        _copy("said", _COLUMNS, rows)
        cursor.execute(_UPSERT.format(columns=columns, changes=_CHANGES))
        cursor.execute("DROP TABLE said")


def _row(source: Source, entity: Wanted) -> tuple[Any, ...]:
    """The values of ``_COLUMNS``."""
    metadata, spec = entity.document["metadata"], entity.document.get("spec", {})
    said = [relation for relation in entity.relations if relation.source == entity.ref]
    owner = next((relation.target for relation in said if relation.type == "ownedBy"), "")
    parts = (relation.target for relation in said if relation.type == "partOf")
    return (
        entity.ref,
        entity.document["kind"],
        metadata["namespace"],
        metadata["name"],
        _storable(metadata.get("title", "")),
        _storable(metadata.get("description", "")),
        _text(spec.get("type")),
        _text(spec.get("lifecycle")),
        owner,
        next((target for target in parts if target.startswith("system:")), ""),
        metadata.get("tags", []),
        source.pk,
        entity.location,
        entity.line,
        entity.digest,
        _storable(json.dumps(entity.document, ensure_ascii=False, separators=(",", ":"))),
        timezone.now(),
        None,
    )


def _text(value: Any) -> str:
    return _storable(value)[:255] if isinstance(value, str) else ""


def _storable(text: str) -> str:
    """PostgreSQL's text holds everything but NUL, which JSON writes as an escape that jsonb refuses too."""
    return text.replace("\x00", "\ufffd").replace("\\u0000", "\ufffd")


def _replace_relations(ids: Mapping[str, int], touched: Sequence[Wanted], removed: Sequence[str]) -> None:
    gone = [*ids, *removed]
    RelationRow.objects.filter(origin__ref__in=gone).delete()
    rows = (
        (ids[entity.ref], relation.source, relation.type, relation.target)
        for entity in touched
        for relation in entity.relations
    )
    _copy("catalog_relationrow", ("origin_id", "source_ref", "type", "target_ref"), rows)


def rebuild(refs: Iterable[str]) -> None:
    """Make the served document, the index and the search text of ``refs`` anew, as far as they exist."""
    found = list(Entity.objects.present().filter(ref__in=list(refs)))
    relations = _relations_of([entity.ref for entity in found])
    index: list[tuple[int, str, str | None, str | None]] = []
    for entity in found:
        document = final_document(entity, relations.get(entity.ref, []))
        entity.document = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        index += [(entity.pk, key, text and text.lower(), text) for key, text in flatten(document)]
    _write_documents(found)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM catalog_indexrow WHERE entity_id = ANY(%s)", [[entity.pk for entity in found]])
    _copy("catalog_indexrow", ("entity_id", "key", "value", "original"), index)
    _index_words(found)


def _write_documents(found: Sequence[Entity]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE rebuilt (id bigint, document text) ON COMMIT DROP")
        _copy("rebuilt", ("id", "document"), ((entity.pk, entity.document) for entity in found))
        cursor.execute(
            "UPDATE catalog_entity entity SET document = rebuilt.document FROM rebuilt WHERE entity.id = rebuilt.id"
        )
        cursor.execute("DROP TABLE rebuilt")


def final_document(entity: Entity, relations: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """What is served: the source's words with uid, etag and relations."""
    document: dict[str, Any] = json.loads(entity.body)
    document["relations"] = [{"type": kind, "targetRef": target} for kind, target in relations]
    etag = (
        document["metadata"].get("etag")
        or hashlib.sha1(json.dumps(document, sort_keys=True).encode(), usedforsecurity=False).hexdigest()
    )
    document["metadata"] = {**document["metadata"], "uid": str(entity.uid), "etag": etag}
    return document


def _relations_of(refs: Sequence[str]) -> dict[str, list[tuple[str, str]]]:
    rows = RelationRow.objects.filter(source_ref__in=refs, origin__deleted_at=None)
    found: dict[str, list[tuple[str, str]]] = {}
    for source, kind, target in (
        rows.order_by("source_ref", "type", "target_ref").distinct().values_list("source_ref", "type", "target_ref")
    ):
        found.setdefault(source, []).append((kind, target))
    return found


def _index_words(found: Sequence[Entity]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_WORDS, [[entity.pk for entity in found]])


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


def _drop_index(removed: Sequence[str]) -> None:
    with connection.cursor() as cursor:
        for table in ("catalog_indexrow", "catalog_searchdocument"):
            cursor.execute(
                f"DELETE FROM {table} USING catalog_entity entity "  # noqa: S608  # the names are ours
                f"WHERE entity.id = {table}.entity_id AND entity.ref = ANY(%s)",
                [list(removed)],
            )


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE catalog_entity, catalog_indexrow, catalog_relationrow, catalog_searchdocument")


def _copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)

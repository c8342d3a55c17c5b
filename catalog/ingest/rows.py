"""From what a source says to what is stored of it. Pure."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from catalog.ingest.texts import as_text, storable
from catalog.ingest.wanted import Wanted
from catalog.model.flatten import Row, flatten

COLUMNS = (
    "id",
    "uid",
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
    "document",
    "changed_at",
    "deleted_at",
)
Relations = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Written:
    """An entity with its final document. ``wanted`` is None when only its relations are new."""

    ref: str
    pk: int
    uid: UUID
    document: dict[str, Any]
    text: str
    wanted: Wanted | None = None


def written(wanted: Wanted, pk: int, uid: UUID, relations: Relations) -> Written:
    """``wanted`` with the relations that it has, whoever said them."""
    document = final_document(wanted.document, wanted.digest, uid, relations)
    return Written(wanted.ref, pk, uid, document, as_text(document), wanted)


def related(ref: str, pk: int, uid: UUID, body: dict[str, Any], digest: str, relations: Relations) -> Written:
    """An entity whose ``body`` is as it was, with new relations."""
    document = final_document(body, digest, uid, relations)
    return Written(ref, pk, uid, document, as_text(document))


def final_document(body: dict[str, Any], digest: str, uid: UUID, relations: Relations) -> dict[str, Any]:
    """What is served: the source's words with uid, etag and relations."""
    given = body["metadata"].get("etag")
    etag = given or hashlib.sha1(f"{digest}{relations}".encode(), usedforsecurity=False).hexdigest()
    metadata = {**body["metadata"], "uid": str(uid), "etag": etag}
    said = [{"type": kind, "targetRef": target} for kind, target in relations]
    return {**body, "metadata": metadata, "relations": said}


def of(source: int, entity: Written, now: datetime) -> tuple[Any, ...]:
    """The values of ``COLUMNS``."""
    wanted = entity.wanted
    assert wanted is not None, "only what a source says anew has a row of its own"
    metadata, spec = entity.document["metadata"], entity.document.get("spec", {})
    said = [relation for relation in wanted.relations if relation.source == wanted.ref]
    parts = (relation.target for relation in said if relation.type == "partOf")
    return (
        entity.pk,
        entity.uid,
        entity.ref,
        entity.document["kind"],
        metadata["namespace"],
        metadata["name"],
        storable(metadata.get("title", "")),
        storable(metadata.get("description", "")),
        _short(spec.get("type")),
        _short(spec.get("lifecycle")),
        next((relation.target for relation in said if relation.type == "ownedBy"), ""),
        next((target for target in parts if target.startswith("system:")), ""),
        metadata.get("tags", []),
        source,
        wanted.location,
        wanted.line,
        wanted.digest,
        wanted.text,
        entity.text,
        now,
        None,
    )


def index_of(
    entities: Iterable[Written], count: Callable[[str, list[Row]], None]
) -> Iterator[tuple[int, str, int, str | None, str | None]]:
    """The index rows of ``entities``; ``count`` is told the kind and the rows of each."""
    for entity in entities:
        # In the order of the primary key, which grows at its end then.
        found = sorted(flatten(entity.document))
        count(entity.document["kind"], found)
        for key, place, value, original in found:
            yield entity.pk, key, place, value, original


def _short(value: Any) -> str:
    return storable(value)[:255] if isinstance(value, str) else ""

"""The relations that an entity's fields mean, in both directions. Pure."""

import json
from sys import intern
from typing import Any

from catalog.ingest.documents import Path, Relation
from catalog.model.kinds import Kind, RelationField
from catalog.model.refs import BadReference, EntityRef, parse_ref


class BadRelation(Exception):
    """A field that holds no reference."""

    def __init__(self, path: Path, message: str) -> None:
        super().__init__(message)
        self.path, self.message = path, message


def relate(ref: EntityRef, spec: dict[str, Any], kind: Kind) -> tuple[Relation, ...]:
    """Every relation of an entity, sorted, without doubles; BadRelation for a text that is no reference.

    References are interned: a source of 100,000 entities says half a million, most of them many times.
    """
    source = intern(str(ref))
    found: set[Relation] = set()
    for field in kind.relations:
        for path, text in _texts(spec, field):
            target = intern(_target(text, field, ref.namespace, path))
            found.add(Relation(source, field.relation, target))
            found.add(Relation(target, field.inverse, source))
    return tuple(sorted(found))


def _texts(spec: dict[str, Any], field: RelationField) -> list[tuple[Path, Any]]:
    value = spec.get(field.field)
    if value is None or value in ("", 0, False):
        return []
    if isinstance(value, list):
        return [(("spec", field.field, index), item) for index, item in enumerate(value)]
    return [(("spec", field.field), value)]


def _target(value: Any, field: RelationField, namespace: str, path: Path) -> str:
    try:
        if isinstance(value, dict):
            return str(_compound(value, field, namespace))
        if not isinstance(value, str):
            raise BadReference("An entity reference is text")
        return str(parse_ref(value, default_kind=field.default_kind, default_namespace=namespace))
    except BadReference as error:
        raise BadRelation(path, str(error)) from None


def _compound(value: dict[str, Any], field: RelationField, namespace: str) -> EntityRef:
    """The reference of a map; only fields without a schema can hold one."""
    parts = [value.get(key) for key in ("kind", "namespace", "name")]
    kind, space, name = (
        part if part is not None else default
        for part, default in zip(parts, (field.default_kind, namespace, None), strict=True)
    )
    for part, called in ((kind, "kind"), (space, "namespace"), (name, "name")):
        if not (part and isinstance(part, str)):
            raise BadReference(f"Entity reference {json.dumps(value, default=str)} had missing or empty {called}")
    return EntityRef(str(kind), str(space), str(name))

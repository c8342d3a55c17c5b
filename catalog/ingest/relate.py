"""The relations that an entity's fields mean, in both directions. Pure."""

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
    """Every relation of an entity, sorted, without doubles; BadRelation for a text that is no reference."""
    source = str(ref)
    found: set[Relation] = set()
    for field in kind.relations:
        for path, text in _texts(spec, field):
            target = _target(text, field, ref.namespace, path)
            found.add(Relation(source, field.relation, target))
            found.add(Relation(target, field.inverse, source))
    return tuple(sorted(found))


def _texts(spec: dict[str, Any], field: RelationField) -> list[tuple[Path, Any]]:
    value = spec.get(field.field)
    if not value:
        return []
    if isinstance(value, list):
        return [(("spec", field.field, index), item) for index, item in enumerate(value)]
    return [(("spec", field.field), value)]


def _target(text: Any, field: RelationField, namespace: str, path: Path) -> str:
    if not isinstance(text, str):
        raise BadRelation(path, "An entity reference is text.")
    try:
        return str(parse_ref(text, default_kind=field.default_kind, default_namespace=namespace))
    except BadReference as error:
        raise BadRelation(path, str(error)) from None

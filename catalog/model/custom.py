"""Kinds that an installation adds, as people declare them: the same map in a file, on the page and in the API. Pure.

``{name, apiVersions, description, schema, relations: [{field, relation, inverse, defaultKind}]}``
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from catalog.model.custom_schema import schema_complaints
from catalog.model.fields import KIND, KIND_RULE, VERSION, Path, fits, is_key
from catalog.model.kinds import DEFAULT_KINDS, Kind, Kinds, RelationField

KEYS = ("name", "apiVersions", "description", "schema", "relations")
RELATION_KEYS = ("field", "relation", "inverse", "defaultKind")
MOST_VERSIONS = MOST_RELATIONS = 50


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong with a declaration, at ``path`` in it."""

    path: Path
    message: str
    hint: str = ""

    @property
    def field(self) -> str:
        """The path as people write it: ``relations.0.inverse``."""
        return ".".join(map(str, self.path))


def declaration_of(kind: Kind) -> dict[str, Any]:
    """The map that declares ``kind``."""
    relations = [
        {"field": field.field, "relation": field.relation, "inverse": field.inverse, "defaultKind": field.default_kind}
        for field in kind.relations
    ]
    return {
        "name": kind.name,
        "apiVersions": list(kind.versions),
        "description": kind.description,
        "schema": kind.spec,
        "relations": relations,
    }


def kind_of(given: Mapping[str, Any]) -> Kind:
    """The kind that a declaration without complaints declares."""
    relations = tuple(
        RelationField(one["field"], one["relation"], one["inverse"], one.get("defaultKind") or "")
        for one in given.get("relations") or ()
    )
    schema = given.get("schema") or {"type": "object"}
    return Kind(given["name"], tuple(given["apiVersions"]), schema, relations, given.get("description") or "")


def complaints(given: Any, others: Kinds = DEFAULT_KINDS) -> list[Complaint]:
    """Everything wrong with a declaration; ``others`` are the kinds that there are beside it."""
    if not isinstance(given, dict):
        return [Complaint((), "must be a map", f"Its keys are {', '.join(KEYS)}.")]
    return [
        *_unknown_keys(given, (), KEYS),
        *_name_complaints(given.get("name"), others),
        *_version_complaints(given.get("apiVersions")),
        *_description_complaints(given.get("description")),
        *schema_complaints_of(given.get("schema")),
        *_relations_complaints(given.get("relations"), others),
    ]


def schema_complaints_of(schema: Any) -> list[Complaint]:
    """What is wrong with the schema of a ``spec``."""
    if schema is None:
        return []
    return [Complaint(("schema", *path), message, hint) for path, message, hint in schema_complaints(schema)]


def _unknown_keys(given: Mapping[str, Any], path: Path, known: Sequence[str]) -> Iterator[Complaint]:
    for key in given:
        if key not in known:
            near = get_close_matches(str(key), known, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Keys are {', '.join(known)}."
            yield Complaint((*path, key), "is not known here", hint)


def _name_complaints(name: Any, others: Kinds) -> Iterator[Complaint]:
    if not name:
        yield Complaint(("name",), "must have a value", "For example Environment.")
        return
    if not fits(KIND, name):
        yield Complaint(("name",), f"must be {KIND_RULE}", "For example Environment.")
        return
    if not name[0].isupper():
        right = name[0].upper() + name[1:]
        yield Complaint(("name",), "must begin with a capital letter, as kinds do", f"Write {right}.")
    taken = {other.lower(): other for other in others}.get(name.lower(), "")
    if taken in DEFAULT_KINDS:
        yield Complaint(("name",), f"{taken} is built in and stays as it is", "Take another name.")
    elif taken:
        yield Complaint(("name",), f"there is a kind {taken} already", "Change that one, or take another name.")


def _version_complaints(versions: Any) -> Iterator[Complaint]:
    if not isinstance(versions, list) or not versions:
        yield Complaint(("apiVersions",), "must be a list with a value", "For example [example.com/v1].")
        return
    if len(versions) > MOST_VERSIONS:
        yield Complaint(("apiVersions",), f"must NOT have more than {MOST_VERSIONS} values")
    for index, version in enumerate(versions):
        if not isinstance(version, str) or not is_key(version, VERSION):
            hint = "Write a domain of yours and a version, such as example.com/v1."
            yield Complaint(("apiVersions", index), f"{version} is no apiVersion", hint)
        elif version in versions[:index]:
            yield Complaint(("apiVersions", index), f"{version} is there twice")


def _description_complaints(description: Any) -> Iterator[Complaint]:
    if description is not None and not isinstance(description, str):
        yield Complaint(("description",), "must be text", "Put it into quotes.")
    elif description and ("\x00" in description or len(description) > 10_000):
        yield Complaint(("description",), "must be text of at most 10,000 characters")


def _relations_complaints(relations: Any, others: Kinds) -> Iterator[Complaint]:
    if relations is None:
        return
    if not isinstance(relations, list) or len(relations) > MOST_RELATIONS:
        hint = "Each with field, relation and inverse."
        yield Complaint(("relations",), f"must be a list of at most {MOST_RELATIONS} maps", hint)
        return
    pairs, seen = pairs_of(others), set[str]()
    for index, one in enumerate(relations):
        path: Path = ("relations", index)
        if not isinstance(one, dict):
            yield Complaint(path, "must be a map", f"Its keys are {', '.join(RELATION_KEYS)}.")
            continue
        wrong = [*_unknown_keys(one, path, RELATION_KEYS), *_shape_complaints(one, path)]
        yield from wrong or _pairing_complaints(one, path, pairs, seen)


def _shape_complaints(one: Mapping[str, Any], path: Path) -> Iterator[Complaint]:
    field = one.get("field")
    if not isinstance(field, str) or not 0 < len(field) <= 63 or "\x00" in field:
        yield Complaint((*path, "field"), "must be the name of a field of spec", "For example owner.")
    for key in ("relation", "inverse"):
        if not fits(KIND, one.get(key)) or not one[key][0].islower():
            hint = "Letters and digits, a small one first, such as deployedTo."
            yield Complaint((*path, key), "must be a name of a relation", hint)
    if (kind := one.get("defaultKind")) and not (fits(KIND, kind) and kind[0].isupper()):
        yield Complaint((*path, "defaultKind"), "must be the name of a kind", "For example Component, or leave it out.")


def _pairing_complaints(
    one: Mapping[str, Any], path: Path, pairs: dict[str, str], seen: set[str]
) -> Iterator[Complaint]:
    """Each relation has one inverse everywhere, or the two ends of a relation would tell different stories."""
    relation, inverse = one["relation"], one["inverse"]
    if one["field"] in seen:
        yield Complaint((*path, "field"), f"{one['field']} is there twice")
    seen.add(one["field"])
    if pairs.setdefault(relation, inverse) != inverse:
        hint = f"Write {pairs[relation]}, or call the relation something else."
        yield Complaint((*path, "inverse"), f"the inverse of {relation} is {pairs[relation]}", hint)
    elif pairs.setdefault(inverse, relation) != relation:
        hint = f"The inverse of {inverse} is {pairs[inverse]}; call one of the two something else."
        yield Complaint((*path, "inverse"), f"{inverse} is not the inverse of {relation}", hint)


def pairs_of(kinds: Kinds) -> dict[str, str]:
    """Every relation with its inverse, from both ends."""
    fields = [field for kind in kinds.values() for field in kind.relations]
    return {field.relation: field.inverse for field in fields} | {field.inverse: field.relation for field in fields}

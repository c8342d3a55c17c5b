"""Whether a JSON Schema can say what the ``spec`` of a kind looks like. Pure."""

import json
from collections.abc import Iterator
from typing import Any

from jsonschema import Draft7Validator

from catalog.model.fields import Path
from catalog.model.guarded import Unusable, first_error, validator_of
from catalog.model.patterns import BadPattern, compiled

MOST_LETTERS = 100_000
Found = tuple[Path, str, str]

_ONE = ("additionalProperties", "additionalItems", "contains", "propertyNames", "not", "if", "then", "else", "items")
_LISTS = ("allOf", "anyOf", "oneOf", "items")
_MAPS = ("properties", "patternProperties", "definitions", "$defs", "dependencies")
_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")
_DRAFT = "http://json-schema.org/draft-07/schema"


def schema_complaints(schema: Any) -> list[Found]:
    """Where and why ``schema`` cannot be used, with a hint; the shape first, and only then what it holds."""
    if not isinstance(schema, dict):
        return [((), "must be a map", "A JSON Schema of spec, such as {type: object, properties: {…}}.")]
    try:
        text = json.dumps(schema)
        if len(text) > MOST_LETTERS:
            return [((), f"must NOT have more than {MOST_LETTERS:,} characters", "")]
        if "\\u0000" in text or "Infinity" in text or "NaN" in text:
            return [((), "must NOT hold NUL, infinity or what is no number", "")]
        return list(_shape(schema)) or [*_root(schema), *_parts(schema)] or list(_trial(schema))
    except RecursionError:
        return [((), "is too deep", "")]


def _shape(schema: dict[str, Any]) -> Iterator[Found]:
    meta = Draft7Validator(Draft7Validator.META_SCHEMA)
    for error in sorted(meta.iter_errors(schema), key=lambda error: list(map(str, error.absolute_path))):
        path = tuple(error.absolute_path)
        if path[-1:] == ("type",):
            yield path, f"{str(error.instance)[:60]} is no type", f"Types are {', '.join(_TYPES)}."
        else:
            yield path, f"is no JSON Schema (draft 7): {error.message[:300]}", ""


def _root(schema: dict[str, Any]) -> Iterator[Found]:
    if schema.get("$schema", _DRAFT).rstrip("#") != _DRAFT:
        yield ("$schema",), "must be draft 7", f"Leave it out, or write {_DRAFT}#."
    if schema.get("type", "object") != "object":
        yield ("type",), "must be object, since spec is one", ""


def _parts(schema: Any, path: Path = ()) -> Iterator[Found]:
    """What is wrong with references and patterns, wherever they are."""
    if not isinstance(schema, dict):
        return
    yield from _reference(schema.get("$ref"), path)
    patterns = [((*path, "pattern"), schema.get("pattern"))]
    patterns += [((*path, "patternProperties", name), name) for name in schema.get("patternProperties", ())]
    for place, text in patterns:
        yield from _pattern(text, place)
    for place, inner in _inner(schema, path):
        yield from _parts(inner, place)


def _inner(schema: dict[str, Any], path: Path) -> Iterator[tuple[Path, Any]]:
    """The schemas directly inside of a schema."""
    yield from (((*path, key), schema[key]) for key in _ONE if isinstance(schema.get(key), dict))
    for key in _LISTS:
        if isinstance(schema.get(key), list):
            yield from (((*path, key, index), item) for index, item in enumerate(schema[key]))
    for key in _MAPS:
        yield from (((*path, key, name), item) for name, item in (schema.get(key) or {}).items())


def _reference(ref: Any, path: Path) -> Iterator[Found]:
    if ref is not None and not (isinstance(ref, str) and ref.startswith("#")):
        yield (*path, "$ref"), "must lead to a place in this schema", "Such as #/definitions/region."


def _pattern(text: Any, path: Path) -> Iterator[Found]:
    try:
        if isinstance(text, str):
            compiled(text)
    except BadPattern as error:
        yield path, f"the pattern {error}", ""


def _trial(schema: dict[str, Any]) -> Iterator[Found]:
    """A schema that goes round in circles shows it on the first document."""
    try:
        first_error(validator_of(schema), {})
    except Unusable as error:
        yield (), f"cannot judge a document: {error}", ""

"""Whether a document is an entity. Pure. The order of the checks is Backstage's."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any
from weakref import WeakKeyDictionary

import jsonschema_rs
from jsonschema import ValidationError

from catalog.ingest.documents import Problem, Stage
from catalog.model import fields
from catalog.model.guarded import Unusable, first_error, is_plain, validator_of
from catalog.model.kinds import Kind, Kinds


def check_envelope(document: dict[str, Any]) -> Problem | None:
    """The first thing without which this is no entity; None when the envelope holds."""
    problem = _first("envelope", document, fields.envelope_complaints(document))
    if problem is None:
        annotations = document["metadata"].get("annotations")
        if (annotations or annotations == []) and not isinstance(annotations, dict):
            return Problem("envelope", "metadata.annotations must be a valid object", ("metadata", "annotations"))
    return problem


def check_policies(document: dict[str, Any]) -> Problem | None:
    """The first breach of the rules that hold for every kind. Needs a namespace filled in."""
    return (
        _first("policy", document, fields.root_complaints(document))
        or _first("policy", document, fields.shape_complaints(document))
        or _first("policy", document, fields.output_complaints(document))
        or _first("policy", document, fields.format_complaints(document))
    )


def check_kind(document: dict[str, Any], kinds: Kinds) -> Problem | None:
    """Whether somebody knows the kind, and whether ``spec`` has its shape."""
    name, version = document["kind"], document["apiVersion"]
    kind = kinds.get(name)
    if kind is None or version not in kind.versions:
        return Problem(
            "unknown-kind",
            f"{name} of {version} is not a known kind.",
            ("kind",) if kind is None else ("apiVersion",),
            _unknown_kind_hint(name, kind, kinds),
        )
    if "spec" not in document:
        return Problem("kind", "must have required property 'spec'", (), f"A {name} needs a spec.")
    if _is_valid(kind, document["spec"]):
        return None
    try:
        error = first_error(_validator(kind), document["spec"])
    except Unusable as reason:
        message = f"cannot be checked by the schema of {name}: {reason}"
        return Problem("kind", message, ("spec",), "Shorten what is there, or have the schema of the kind mended.")
    return _kind_problem(error, kind) if error else None


def _first(stage: Stage, document: dict[str, Any], complaints: Iterable[fields.Complaint]) -> Problem | None:
    for path, message in complaints:
        return Problem(stage, message, path, _hint(path, message, _value_at(document, path)))
    return None


def _value_at(document: Any, path: fields.Path) -> Any:
    for part in path:
        document = document[part]
    return document


def _hint(path: fields.Path, message: str, value: Any) -> str:
    if value is None:
        return "Nothing is written there. Write a value, or leave the field out."
    if isinstance(value, str) and "{{" in value:
        return "This looks like a template's skeleton, which is no entity until a template has filled it in."
    if message.startswith("must have required property"):
        return f"Add {message.split(chr(39))[1]} {'below ' + str(path[-1]) if path else 'at the root'}."
    if message.startswith("Unknown field"):
        return "Only apiVersion, kind, metadata and spec may stand at the root; move it below metadata or spec."
    if path[:2] == ("metadata", "tags"):
        return "Tags are small letters, digits, +, # and :, with single dashes between."
    if message == "must be string":
        return "Put the value into quotes."
    return ""


def _unknown_kind_hint(name: str, kind: Kind | None, kinds: Kinds) -> str:
    if kind is not None:
        return f"Use apiVersion {' or '.join(kind.versions)}."
    by_lower = {known.lower(): known for known in kinds}
    near = by_lower.get(name.lower()) or next(iter(get_close_matches(name, kinds, n=1)), "")
    if near:
        return f"Did you mean {near}? Kinds are written exactly so."
    return f"Kinds here are {', '.join(sorted(kinds))}. An administrator can add others."


def _kind_problem(error: ValidationError, kind: Kind) -> Problem:
    path: fields.Path = ("spec", *error.absolute_path)
    rule: Any = error.validator_value
    found: Any = error.instance
    if error.validator == "required":
        missing = next(key for key in rule if key not in found)
        return Problem("kind", f"must have required property '{missing}'", path, _missing_hint(missing, error, path))
    if error.validator == "type":
        words = rule if isinstance(rule, str) else " or ".join(rule)
        return Problem("kind", f"must be {words}", path, f"It is {_type_name(error.instance)}.")
    if error.validator == "minLength":
        hint = "Write a value, or leave the field out." if not found else ""
        return Problem("kind", f"must NOT have fewer than {rule} characters", path, hint)
    if error.validator == "enum":
        near = get_close_matches(str(found), list(map(str, rule)), n=1)
        hint = f"Did you mean {near[0]}?" if near else ""
        return Problem("kind", f"must be one of {', '.join(map(str, rule))}", path, hint)
    if error.validator in {"pattern", "additionalProperties", "uniqueItems"}:
        return Problem("kind", error.message, path)
    if error.validator == "oneOf" and kind.name == "Template":
        return Problem("kind", "must be one page, or a list of pages", path, f"A {kind.name} has maps there.")
    return Problem("kind", f"must be as the kind {kind.name} has it: {error.message[:300]}", path)


def _missing_hint(missing: str, error: ValidationError, path: fields.Path) -> str:
    """A field that is nearly called so, else where to add it."""
    known: dict[str, Any] = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    found: Any = error.instance
    near = get_close_matches(missing, [key for key in found if key not in known], n=1)
    if near:
        return f"Did you mean {missing} by {near[0]}?"
    return f"Add {missing} below {'.'.join(str(part) for part in path)}."


def _type_name(value: Any) -> str:
    names = {dict: "a map", list: "a list", str: "text", bool: "true or false", int: "a number", float: "a number"}
    return "empty" if value is None else names.get(type(value), type(value).__name__)


_validators: WeakKeyDictionary[Kind, Any] = WeakKeyDictionary()
_quick: WeakKeyDictionary[Kind, jsonschema_rs.Draft7Validator | None] = WeakKeyDictionary()


def _is_valid(kind: Kind, spec: Any) -> bool:
    """A quick yes, a hundred times cheaper than the search for what is wrong."""
    if kind not in _quick:
        _quick[kind] = jsonschema_rs.Draft7Validator(kind.spec) if is_plain(kind.spec) else None
    quick = _quick[kind]
    return quick is not None and bool(quick.is_valid(spec))


def _validator(kind: Kind) -> Any:
    if kind not in _validators:
        _validators[kind] = validator_of(kind.spec)
    return _validators[kind]

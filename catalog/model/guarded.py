"""JSON Schema (draft 7) that ends in time, for schemas and documents that people write. Pure.

References are counted, patterns are matched in linear time, and nothing is fetched from anywhere.
"""

import json
from collections.abc import Iterator, Mapping
from threading import local
from typing import Any

from jsonschema import Draft7Validator, ValidationError
from jsonschema.validators import extend
from referencing import Registry
from referencing.exceptions import Unresolvable

from catalog.model.patterns import BadPattern, Pattern, compiled

#: What one document may cost: a reference costs 50, a pattern a tenth of its states for each character.
MOST_COST = 2_000_000
_REF_COST = 50
_follow = Draft7Validator.VALIDATORS["$ref"]


class Unusable(Exception):
    """A schema that cannot judge a document: it costs too much, never ends, or has a reference that leads nowhere."""


class _Budget(local):
    """What is left for the document that this thread looks at."""

    left = 0

    def spend(self, cost: int) -> None:
        self.left -= cost
        if self.left < 0:
            raise Unusable("it takes too long")


_budget = _Budget()


def first_error(validator: Any, value: Any) -> ValidationError | None:
    """The first thing in ``value`` that breaks the schema; None when it holds. Unusable when that cannot be told."""
    _budget.left = MOST_COST
    try:
        found: ValidationError | None = next(validator.iter_errors(value), None)
    except RecursionError:
        raise Unusable("it never ends") from None
    except Unresolvable as error:
        raise Unusable(f"its $ref {error.ref} leads nowhere") from None
    except BadPattern as error:
        raise Unusable(f"a pattern {error}") from None
    return found


def validator_of(schema: Mapping[str, Any]) -> Any:
    """What judges documents by ``schema``; ask it through :func:`first_error`."""
    return _Guarded(schema, registry=Registry())


def is_plain(schema: Mapping[str, Any]) -> bool:
    """Whether any validator judges by ``schema`` in time: nothing in it could make one go on for long."""
    text = json.dumps(schema)
    return not any(f'"{keyword}' in text for keyword in ("$ref", "pattern", "uniqueItems", "format"))


def _matches(pattern: str, text: str) -> bool:
    found: Pattern = compiled(pattern)
    _budget.spend(1 + len(text) * found.size // 10)
    return found.search(text)


def _ref(validator: Any, ref: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    _budget.spend(_REF_COST)
    yield from _follow(validator, ref, instance, schema) or ()


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if isinstance(instance, str) and not _matches(pattern, instance):
        yield ValidationError(f"must match the pattern {pattern}")


def _pattern_properties(validator: Any, patterns: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    for pattern, inner in patterns.items():
        for name, value in instance.items():
            if _matches(pattern, name):
                yield from validator.descend(value, inner, path=name, schema_path=pattern)


def _additional(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    if not isinstance(instance, dict):
        return
    known, patterns = schema.get("properties", {}), schema.get("patternProperties", {})
    for name in (name for name in instance if name not in known):
        if any(_matches(pattern, name) for pattern in patterns):
            continue
        if allowed is False:
            yield ValidationError(f"must NOT have the property '{name}'")
        else:
            yield from validator.descend(instance[name], allowed, path=name)


def _unique(validator: Any, wanted: Any, instance: Any, schema: Any) -> Iterator[ValidationError]:
    """By their text: comparing each with each would take time in the square."""
    if wanted and isinstance(instance, list):
        texts = {json.dumps(item, sort_keys=True) for item in instance}
        if len(texts) < len(instance):
            yield ValidationError("must NOT have the same item twice")


_Guarded = extend(  # type: ignore[no-untyped-call]  # the library has no types here
    Draft7Validator,
    {
        "$ref": _ref,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "additionalProperties": _additional,
        "uniqueItems": _unique,
    },
)

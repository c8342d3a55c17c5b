"""What may be posted: a JSON Schema for each body, which checks what comes in and is what the documentation shows."""

import json
from collections.abc import Iterator
from functools import cached_property
from typing import Any

from django.http import HttpRequest
from jsonschema import Draft202012Validator, ValidationError, validators

from common.errors import FieldError, UserError

Schema = dict[str, Any]


def _items(validator: Draft202012Validator, items: Schema, instance: Any, schema: Schema) -> Iterator[ValidationError]:
    """As it is, but for thousands of texts, which are looked at one by one only when one of them is none."""
    if items == _TEXT and isinstance(instance, list) and all(isinstance(item, str) for item in instance):
        return
    yield from Draft202012Validator.VALIDATORS["items"](validator, items, instance, schema)


_TEXT: Schema = {"type": "string"}
_Validator: type[Draft202012Validator] = validators.extend(  # type: ignore[no-untyped-call]  # as it stands there
    Draft202012Validator, {"items": _items}
)


class Body:
    """A JSON object that an endpoint takes."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema

    @cached_property
    def _validator(self) -> Draft202012Validator:
        return _Validator(self.schema)

    def of(self, request: HttpRequest) -> dict[str, Any]:
        """What was sent; UserError names the first field that is not as the schema has it."""
        try:
            body: dict[str, Any] = json.loads(request.body or b"{}")
        except (ValueError, RecursionError) as error:
            raise UserError(f"The body is not JSON: {error}") from None
        problem = next(self._validator.iter_errors(body), None)
        if problem is not None:
            path = ".".join(str(part) for part in problem.absolute_path)
            raise UserError(f"{path or 'body'}: {problem.message}"[:500], fields=[FieldError(path, problem.message)])
        return body


_TEXTS: Schema = {"type": "array", "items": _TEXT}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_QUERY: Schema = {"type": "object"}
_LOCATION: Schema = {
    "type": "object",
    "required": ["type", "target"],
    "properties": {"type": _TEXT, "target": {"type": "string", "minLength": 1}},
}


def _object(required: tuple[str, ...] = (), **properties: Schema) -> Schema:
    schema: Schema = {"type": "object", "properties": properties}
    return schema | ({"required": list(required)} if required else {})


def _body(required: tuple[str, ...] = (), **properties: Schema) -> Body:
    return Body(_object(required, **properties))


MOST_REFS = 5000
BY_REFS = _body(("entityRefs",), entityRefs={**_TEXTS, "maxItems": MOST_REFS}, fields=_TEXTS, query=_QUERY)
BY_QUERY = _body(
    cursor=_TEXT,
    limit=_COUNT,
    offset=_COUNT,
    orderBy={
        "type": "array",
        "items": _object(("field", "order"), field=_TEXT, order={"enum": ["asc", "desc"]}),
    },
    fullTextFilter=_object(term=_TEXT, fields=_TEXTS),
    fields=_TEXTS,
    totalItems={"enum": ["include", "exclude"]},
    query=_QUERY,
)
FACETS = _body(("facets",), facets={**_TEXTS, "minItems": 1}, query=_QUERY)
REFRESH = _body(("entityRef",), entityRef=_TEXT, authorizationToken=_TEXT)
LOCATION = Body(
    {
        **_LOCATION,
        "properties": {**_LOCATION["properties"], "presence": {"enum": ["required", "optional"]}},
        "additionalProperties": False,
    }
)
LOCATION_CHANGE = Body({**_LOCATION, "additionalProperties": False})
LOCATIONS_BY_QUERY = _body(cursor=_TEXT, limit={"type": "integer", "minimum": 1}, query=_QUERY)
ANALYZE = _body(("location",), location=_LOCATION, catalogFilename=_TEXT)
VALIDATE = _body(("entity", "location"), entity={"type": "object"}, location=_TEXT)

"""Kinds that a CustomResourceDefinition adds: their shape, and the rules of their schema. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from jsonschema import Draft202012Validator, ValidationError

from integrations.kubernetes.fake.kinds import METADATA, Kind
from integrations.kubernetes.fake.refusals import Cause, invalid_value, required, unsupported
from integrations.kubernetes.fake.shapes import ANY, BOOLEAN, NUMBER, STRING, Shape

Object = dict[str, Any]


def kind_of(definition: Mapping[str, Any]) -> Kind:
    """The kind that ``definition`` adds; of its versions, v1."""
    spec = definition["spec"]
    version = next(each for each in spec["versions"] if each["name"] == "v1")
    schema = version["schema"]["openAPIV3Schema"]
    fields = {name: _shape(part) for name, part in schema.get("properties", {}).items()}
    names = spec["names"]
    whole = {"apiVersion": STRING, "kind": STRING, **fields, "metadata": METADATA}
    return Kind(
        spec["group"],
        names["kind"],
        names["plural"],
        Shape("struct", whole),
        namespaced=spec["scope"] == "Namespaced",
        schema=schema,
        has_status="status" in version.get("subresources", {}),
    )


def _shape(schema: Mapping[str, Any]) -> Shape:
    match schema.get("type"):
        case "object" if "properties" in schema:
            return Shape("struct", {name: _shape(part) for name, part in schema["properties"].items()})
        case "object" if "additionalProperties" in schema:
            return Shape("map", item=_shape(schema["additionalProperties"]))
        case "array":
            return Shape("list", item=_shape(schema["items"]), atomic=True)
        case "string":
            return STRING
        case "boolean":
            return BOOLEAN
        case "integer" | "number":
            return NUMBER
    return ANY


def broken_schema(kind: Kind, target: Object) -> Iterator[Cause]:
    """Everything in ``target`` that the schema of its kind refuses."""
    errors = Draft202012Validator(dict(kind.schema or {})).iter_errors(target)
    for error in sorted(errors, key=lambda error: list(map(str, error.absolute_path))):
        yield _cause(error)


def _cause(error: ValidationError) -> Cause:
    path = ".".join(map(str, error.absolute_path))
    wanted: Any = error.validator_value
    given: Any = error.instance
    if error.validator == "required":
        missing = next(name for name in wanted if name not in given)
        return required(f"{path}.{missing}".removeprefix("."))
    if error.validator == "enum":
        return unsupported(path, str(given), [str(each) for each in wanted])
    return invalid_value(path, str(given), error.message)

"""What is told of something that is to be taken on. Pure."""

from collections.abc import Mapping
from typing import Any

from common.errors import FieldError
from provisioning.blueprints.definition import Blueprint, ImportSpec


def wrong_identifiers(blueprint: Blueprint, told: object) -> list[FieldError]:
    """What is missing or wrong in ``identifiers``."""
    spec = blueprint.imports
    if spec is None:
        return [FieldError("action", f"A {blueprint.noun} cannot be imported.", "Its blueprint does not say how.")]
    if not isinstance(told, Mapping):
        return [FieldError("identifiers", "It must be an object.", f"With {', '.join(spec.fields)}.")]
    unknown = [name for name in told if name not in spec.fields]
    empty = [name for name in spec.fields if not isinstance(told.get(name), str) or not str(told[name]).strip()]
    return [
        *(FieldError(f"identifiers.{name}", "This is needed.", spec.fields[name]) for name in empty),
        *(FieldError(f"identifiers.{name}", "There is no such field.") for name in unknown),
    ]


def imported_objects(spec: ImportSpec, parameters: Mapping[str, Any]) -> dict[str, str]:
    """The provider's identifier of each object, by its address inside the module."""
    told = {name: str(value).strip() for name, value in parameters["identifiers"].items()}
    return {_filled(address, told): _filled(identifier, told) for address, identifier in spec.objects.items()}


def _filled(text: str, told: Mapping[str, str]) -> str:
    for name, value in told.items():
        text = text.replace(f"{{{name}}}", value)
    return text

"""What a blueprint's inputs must be beyond their JSON Schema."""

from collections.abc import Iterator, Mapping
from typing import Any

from common.errors import FieldError
from provisioning.blueprints.definition import Blueprint
from provisioning.namespace_inputs import check_inputs, check_name


def more_checks(blueprint: Blueprint, name: str, inputs: Mapping[str, Any]) -> Iterator[FieldError]:
    """The mistakes that only code finds: quantities, and requests above limits."""
    if blueprint.backend == "kubernetes":
        yield from check_name(name, "name")
        yield from check_inputs(inputs)

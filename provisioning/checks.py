"""What a blueprint's inputs must be beyond their JSON Schema."""

import re
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


def unchangeable(
    changes: Mapping[str, str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> Iterator[FieldError]:
    """Changes that a resource cannot take without losing what is in it. ``changes`` says ``never``, ``grow`` or
    ``forward``."""
    for name, rule in changes.items():
        old, new = before.get(name), after.get(name)
        if old is None or old == new:
            continue
        if rule == "never":
            yield FieldError(
                f"inputs.{name}", f"It cannot be changed from {old}.", "Ask for a new one, then move over."
            )
        elif rule == "forward":
            if is_earlier(str(new), str(old)):
                message = f"It cannot go back from {old} to {new}."
                yield FieldError(f"inputs.{name}", message, f"The earliest is {old}.")
        elif isinstance(new, int | float) and new < old:
            yield FieldError(f"inputs.{name}", f"It cannot shrink from {old} to {new}.", f"The least is {old}.")


def is_earlier(version: str, than: str) -> bool:
    """Whether ``version`` comes before ``than``. A shorter one stands for whatever it is the beginning of."""
    one, other = (tuple(int(part) for part in re.findall(r"[0-9]+", text)) for text in (version, than))
    shared = min(len(one), len(other))
    return one[:shared] < other[:shared]

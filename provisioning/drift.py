"""What differs between what was asked for and the world, and what of it can be taken on. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from common.quantities import QuantityError, parse_quantity
from provisioning.backends.base import FieldChange
from provisioning.blueprints.definition import Blueprint

Changes = Sequence[Mapping[str, Any]]


def differences(wanted: Any, live: Any, path: str = "") -> Iterator[FieldChange]:
    """Every field of ``wanted`` that ``live`` says otherwise. What only ``live`` has is others' to decide, as it is for
    an apply on the server's side; a list is one decision."""
    if isinstance(wanted, Mapping):
        known = live if isinstance(live, Mapping) else {}
        for key, value in wanted.items():
            yield from differences(value, known.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(wanted, list):
        if not _is_same_list(wanted, live or []):
            yield FieldChange(path, live, wanted)
    elif not _is_same(wanted, live):
        yield FieldChange(path, live, wanted)


def _is_same_list(wanted: list[Any], live: Any) -> bool:
    """Element by element; the server fills in what an element leaves out."""
    if not isinstance(live, list) or len(live) != len(wanted):
        return False
    return all(not any(differences(one, other)) for one, other in zip(wanted, live, strict=True))


def _is_same(wanted: Any, live: Any) -> bool:
    if wanted == live:
        return True
    if not isinstance(wanted, str) or not isinstance(live, str | int):
        return False
    try:
        return parse_quantity(wanted) == parse_quantity(live)
    except QuantityError:
        return False


def who_changed(managed_fields: Sequence[Mapping[str, Any]], path: str, ours: str) -> str:
    """Who owns ``path`` now besides us, how and since when, in words; empty where the object does not tell."""
    for entry in sorted(managed_fields, key=lambda each: str(each.get("time", "")), reverse=True):
        if entry.get("manager") != ours and _owns(entry.get("fieldsV1") or {}, path):
            return f"{entry.get('manager')} ({str(entry.get('operation', '')).lower()}) at {entry.get('time')}"
    return ""


def _owns(fields: Mapping[str, Any], path: str) -> bool:
    """Whether ``path``, whose names may hold dots themselves, is among ``fields`` or below one of them."""
    if not path or not fields:
        return True
    for key, inner in fields.items():
        name = key.removeprefix("f:")
        if key.startswith("f:") and (path == name or path.startswith(f"{name}.")):
            return _owns(inner, path[len(name) + 1 :])
    return False


def accepted(blueprint: Blueprint, changes: Changes, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """``inputs`` with what the world has where an input says it."""
    found = dict(inputs)
    for path, value in _world(changes):
        if name := blueprint.mapping.get(path):
            found = _put(found, name, value)
    return found


def unmapped(blueprint: Blueprint, changes: Changes) -> list[str]:
    """What no input says, by address and path."""
    there = [path for path, _ in _world(changes) if path not in blueprint.mapping]
    return there + [str(change["address"]) for change in changes if change["action"] != "update"]


def _world(changes: Changes) -> Iterator[tuple[str, Any]]:
    """The address inside the module (or the kind and name inside the namespace) with the path, and the live value."""
    for change in changes:
        if change["action"] == "update":
            address = _short(str(change["address"]))
            yield from ((f"{address}.{field['path']}", field["before"]) for field in change["fields"])


def _short(address: str) -> str:
    if "/" in address:
        parts = address.split("/")
        return "/".join((parts[0], *parts[2:]))
    return address.removeprefix("module.this.")


def _put(inputs: Mapping[str, Any], name: str, value: Any) -> dict[str, Any]:
    """``inputs`` with ``value`` at ``name``, of which the first dot leads into an object (``quota.limits.cpu``)."""
    first, dot, rest = name.partition(".")
    if not dot:
        return {**inputs, first: value}
    return {**inputs, first: {**inputs.get(first, {}), rest: value}}

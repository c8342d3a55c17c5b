"""What people can ask for: the blueprints that ship, a folder each, and those that sources bring."""

from functools import cache
from pathlib import Path

from common.errors import NotFound
from provisioning.blueprints.definition import Blueprint, is_older
from provisioning.blueprints.loader import load_blueprint
from provisioning.blueprints.shelf import Kept, definition_of, forget, kept, kept_anew

__all__ = ["blueprint_at", "blueprint_named", "forget", "is_shipped", "newer_than", "offered", "versions_of"]

FOLDER = Path(__file__).parent


@cache
def _all() -> dict[str, Blueprint]:
    found = [load_blueprint(file.parent) for file in sorted(FOLDER.glob("*/blueprint.yaml"))]
    return {blueprint.name: blueprint for blueprint in found}


def is_shipped(name: str) -> bool:
    """Whether the portal brings the blueprint along."""
    return name in _all()


def offered() -> list[Blueprint]:
    """Every blueprint that people can ask for, at its newest offered version, by title."""
    found = {**{name: definition_of(row) for name, row in _newest().items() if not is_shipped(name)}, **_all()}
    return sorted(found.values(), key=lambda blueprint: (blueprint.title, blueprint.name))


def blueprint_named(name: str) -> Blueprint:
    """The newest offered version of the blueprint called ``name``; NotFound with what there is."""
    if name in _all():
        return _all()[name]
    row = _newest().get(name)
    if row is None:
        names = ", ".join(sorted(blueprint.name for blueprint in offered()))
        raise NotFound(f"There is no blueprint {name}.", hint=f"Blueprints are {names}.")
    return definition_of(row)


def blueprint_at(name: str, version: str) -> Blueprint:
    """Exactly that version, offered or not; NotFound with the versions that there are.

    Of what ships only the newest is at hand for certain: older ones are kept from when they were first used.
    """
    shipped = _all().get(name)
    if shipped and shipped.version == version:
        return shipped
    row = kept().get((name, version)) or kept_anew().get((name, version))
    if row is not None:
        return definition_of(row)
    if shipped:
        return shipped
    there = ", ".join(sorted(each for known, each in kept() if known == name))
    hint = f"Versions are {there}." if there else "Its source says what became of it."
    raise NotFound(f"There is no version {version} of a blueprint {name}.", id="no-version", hint=hint)


def versions_of(name: str) -> list[Blueprint]:
    """The offered versions, the newest first."""
    if is_shipped(name):
        return [_all()[name]]
    found = [definition_of(row) for row in kept().values() if row.name == name and row.is_offered]
    return sorted(found, key=lambda blueprint: blueprint.order, reverse=True)


def newer_than(name: str, version: str) -> list[Blueprint]:
    """The offered versions above ``version``, the newest first."""
    return [blueprint for blueprint in versions_of(name) if is_older(version, blueprint.version)]


def _newest() -> dict[str, Kept]:
    found: dict[str, Kept] = {}
    for row in kept().values():
        if row.is_offered and (row.name not in found or is_older(found[row.name].version, row.version)):
            found[row.name] = row
    return found

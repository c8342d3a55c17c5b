"""What people can ask for, a folder each."""

from functools import cache
from pathlib import Path

from common.errors import NotFound
from provisioning.blueprints.definition import Blueprint
from provisioning.blueprints.loader import load_blueprint

FOLDER = Path(__file__).parent


@cache
def _all() -> dict[str, Blueprint]:
    found = [load_blueprint(file.parent) for file in sorted(FOLDER.glob("*/blueprint.yaml"))]
    return {blueprint.name: blueprint for blueprint in found}


def offered() -> list[Blueprint]:
    """Every blueprint, by title."""
    return sorted(_all().values(), key=lambda blueprint: blueprint.title)


def blueprint_named(name: str) -> Blueprint:
    """The blueprint called ``name``; NotFound with what there is."""
    found = _all().get(name)
    if found is None:
        raise NotFound(f"There is no blueprint {name}.", hint=f"Blueprints are {', '.join(sorted(_all()))}.")
    return found

"""The versions that are kept in the database, as each process knows them, and their files where Terraform needs them.

What a version says never changes, so it is read once; which there are is followed, for one small query a second.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.apps import apps
from django.conf import settings

from common.memory import Followed
from provisioning.blueprints.definition import Blueprint
from provisioning.blueprints.loader import known_good
from provisioning.blueprints.package import BLUEPRINT, digest_of, read_folder, unpack

#: Seconds for which no process asks whether there are other versions.
TRUSTED_FOR = 1.0
#: Definitions that a process keeps in memory.
MOST_REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class Kept:
    """A version that is kept: enough to know which there are."""

    pk: int
    name: str
    version: str
    digest: str
    is_offered: bool


def kept() -> Mapping[tuple[str, str], Kept]:
    """Every version that is kept, by name and version."""
    return _followed.now(TRUSTED_FOR)


def kept_anew() -> Mapping[tuple[str, str], Kept]:
    """The same as it is now, for a version that should be there and is not known yet."""
    return _followed.at(_number())


def forget() -> None:
    """Have this process look anew."""
    _followed.forget()


def definition_of(row: Kept) -> Blueprint:
    """What the version says."""
    return _definition(row.pk, row.digest)


def files_of(pk: int) -> dict[str, bytes]:
    """The files of a version by their path."""
    rows = apps.get_model("provisioning", "BlueprintFile").objects.filter(version=pk)
    return {path: bytes(content) for path, content in rows.values_list("path", "content")}


def module_of(blueprint: Blueprint) -> Path:
    """The folder of the Terraform module, there and as it was kept, for whoever runs it."""
    folder = blueprint.folder
    if folder.parent != _folder() or _is_whole(folder):
        return blueprint.module
    row = kept_anew()[blueprint.name, blueprint.version]
    unpack(files_of(row.pk), folder)
    return blueprint.module


def _is_whole(folder: Path) -> bool:
    return folder.is_dir() and digest_of(read_folder(folder)) == folder.name


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "blueprints"


@lru_cache(MOST_REMEMBERED)
def _definition(pk: int, digest: str) -> Blueprint:
    rows = apps.get_model("provisioning", "BlueprintFile").objects.filter(version=pk, path=BLUEPRINT)
    return known_good(bytes(rows.values_list("content", flat=True).get()), _folder() / digest)


def _number() -> int | None:
    number: int | None = apps.get_model("accounts", "Version").objects.number("blueprints")
    return number


def _read() -> dict[tuple[str, str], Kept]:
    rows = apps.get_model("provisioning", "BlueprintVersion").objects.values_list(
        "pk", "name", "version", "digest", "state"
    )
    found = [Kept(pk, name, version, digest, state == "offered") for pk, name, version, digest, state in rows]
    return {(row.name, row.version): row for row in found}


_followed = Followed(_number, _read)

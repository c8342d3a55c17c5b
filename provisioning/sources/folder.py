"""Blueprints in a folder of the server: the folder itself is one, or each folder in it."""

import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from common.errors import NotFound, ProviderError
from provisioning.blueprints.package import BLUEPRINT, MOST_BYTES, MOST_FILES, Files, counts, wrong_paths
from provisioning.sources.base import Candidate, Fault, Refused


def candidates(target: str, path: str) -> list[Candidate]:
    """Every folder with a ``blueprint.yaml``; NotFound when there is none, ProviderError when it cannot be read."""
    root = Path(target, path)
    try:
        if not root.is_dir():
            raise NotFound(
                f"There is no folder {root} on the server.", hint="Workers read it: it must be there for them."
            )
        inner = sorted(folder for folder in root.iterdir() if folder.is_dir() and not folder.name.startswith("."))
    except OSError as error:
        message = f"{root} cannot be read: {error.strerror}."
        raise ProviderError(message, permanent=True, hint="Give the portal's user the right to read it.") from None
    found = [folder for folder in (root, *inner) if os.path.lexists(folder / BLUEPRINT)]
    if not found:
        raise NotFound(f"There is no {BLUEPRINT} in {root} or in a folder in it.", id="no-blueprint")
    return [Candidate(str(folder.relative_to(root.parent)), partial(_read, folder)) for folder in found]


def _read(folder: Path) -> Files:
    sizes: dict[str, int] = {}
    links: list[str] = []
    for path, mode, size in _walk(folder, ""):
        if stat.S_ISREG(mode):
            sizes[path] = size
        else:
            links.append(path)
        if len(sizes) + len(links) > MOST_FILES:
            break
    if wrong := wrong_paths(sizes, links):
        raise Refused([Fault(error.message, error.hint, error.path) for error in wrong])
    return {path: _bytes(folder / path) for path in sizes}


def _walk(folder: Path, before: str) -> Iterator[tuple[str, int, int]]:
    """What counts below ``folder``, links as what they are, with mode and size."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise Refused([Fault(f"It cannot be read: {error.strerror}.", file=before or ".")]) from None
    for entry in entries:
        path = f"{before}{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            if f"{path}/".startswith("module/") and not entry.name.startswith("."):
                yield from _walk(Path(entry.path), f"{path}/")
        elif counts(path) or path == "module":
            status = entry.stat(follow_symlinks=False)
            yield path, status.st_mode, status.st_size


def _bytes(path: Path) -> bytes:
    """The contents of a file that was one a moment ago, whatever it has become since."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refused([Fault(f"It cannot be read: {error.strerror}.", file=path.name)]) from None
    if len(data) > MOST_BYTES:
        raise Refused([Fault("It grew while it was read.", "Sync again.", path.name)])
    return data

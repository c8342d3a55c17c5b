"""Files and folders of this machine."""

import os
from collections.abc import Iterator
from pathlib import Path

from catalog.ingest.globs import base_of, depth_of, matches
from catalog.model.urls import is_url
from catalog.sources.base import MOST_BYTES, Reader, SourceFile
from catalog.sources.url import UrlReader
from common.errors import CairnError, NotFound, ProviderError, UserError

SUFFIXES = (".yaml", ".yml")
#: So many files a pattern may name.
MOST_MATCHES = 20_000


class LocalReader(Reader):
    """A file, or every YAML file below a folder. Files may point at files beside them, and never outside."""

    def __init__(self, target: str) -> None:
        self._target = Path(target)
        self._root = self._target if self._target.is_dir() else self._target.parent

    def files(self) -> list[SourceFile]:
        """The file, or the folder's YAML files in order."""
        if not self._target.exists():
            raise NotFound(f"There is nothing at {self._target}.", hint="Check the path; it is read on the server.")
        if self._target.is_file():
            return [SourceFile(str(self._target), self._bytes(self._target))]
        found = sorted(path for path in self._target.rglob("*") if path.suffix in SUFFIXES and path.is_file())
        return [self._one_of_many(path) for path in found]

    def read(self, address: str) -> bytes:
        """A file beside the one that names it, or a URL."""
        if is_url(address):
            return UrlReader(address).read(address)
        path = self._inside(address)
        if not path.is_file():
            raise NotFound(f"There is no file {address}.")
        return self._bytes(path)

    def matching(self, pattern: str) -> list[str]:
        """Files below the folder that ``pattern`` begins with, however they come there: reading checks links."""
        if is_url(pattern):
            return UrlReader(pattern).matching(pattern)
        self._inside(base_of(pattern))
        found = [path for path in _files_below(base_of(pattern), depth_of(pattern)) if matches(pattern, path)]
        if len(found) > MOST_MATCHES:
            raise UserError(f"{pattern} names more than {MOST_MATCHES} files.", hint="Split it.", id="too-many")
        return sorted(found)

    def _inside(self, address: str) -> Path:
        """The path, which must not leave the folder."""
        path = Path(address).resolve()
        if not path.is_relative_to(self._root.resolve()):
            raise UserError(f"{address} lies outside {self._root}.", id="outside-source")
        return path

    def _one_of_many(self, path: Path) -> SourceFile:
        try:
            return SourceFile(str(path), self._bytes(path))
        except CairnError as error:
            return SourceFile(str(path), b"", error)

    def _bytes(self, path: Path) -> bytes:
        try:
            with path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise ProviderError(f"{path} cannot be read: {error.strerror}.", permanent=True) from None
        if len(data) > MOST_BYTES:
            raise UserError(f"{path} is larger than {MOST_BYTES // 1024 // 1024} MB.", id="too-large", hint="Split it.")
        return data


def _files_below(base: str, depth: int | None) -> Iterator[str]:
    """Every file at most ``depth`` folders below ``base``; links to folders are not followed."""
    top = base.rstrip("/").count("/")
    for folder, folders, names in os.walk(base):
        deep_enough = depth is not None and folder.rstrip("/").count("/") - top >= depth
        folders[:] = [] if deep_enough else [name for name in folders if name != ".git"]
        yield from (os.path.join(folder, name) for name in names)

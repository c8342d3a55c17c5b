"""Files and folders of this machine."""

from pathlib import Path

from catalog.model.urls import is_url
from catalog.sources.base import MOST_BYTES, Reader, SourceFile
from catalog.sources.url import UrlReader
from common.errors import CairnError, NotFound, ProviderError, UserError

SUFFIXES = (".yaml", ".yml")


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
        path = Path(address).resolve()
        if not path.is_relative_to(self._root.resolve()):
            raise UserError(f"{address} lies outside {self._root}.", id="outside-source")
        if not path.is_file():
            raise NotFound(f"There is no file {address}.")
        return self._bytes(path)

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

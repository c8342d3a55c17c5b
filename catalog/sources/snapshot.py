"""What was read of one repository of an organisation, kept until something is pushed to it. Pure."""

import base64
import json
from dataclasses import dataclass, field

from catalog.model.hosted import page_of


@dataclass(frozen=True, slots=True)
class Found:
    """A repository as its host lists it.

    ``key`` stays when it is renamed; ``mark`` changes with every push and is empty where the host does not tell;
    ``root`` is what the addresses of its files begin with.
    """

    key: str
    name: str
    ref: str
    root: str
    mark: str = ""

    @property
    def place(self) -> tuple[str, str]:
        """How addresses of its files name it."""
        return self.name.lower(), self.ref


@dataclass(slots=True)
class Snapshot:
    """Catalog files (``files``) and what those pointed at (``reads``), by path, at one commit.

    ``lists`` are the paths that patterns in them name, by pattern.
    """

    root: str
    commit: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    reads: dict[str, bytes] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)

    def addresses(self) -> list[str]:
        """Of the catalog files."""
        return [page_of(self.root, path) for path in self.files]

    def dump(self) -> bytes:
        """As it is kept."""
        parts = {name: _texts(of) for name, of in (("files", self.files), ("reads", self.reads))}
        return json.dumps({"root": self.root, "commit": self.commit, "lists": dict(self.lists), **parts}).encode()


def load(kept: bytes) -> Snapshot:
    """What :meth:`Snapshot.dump` wrote."""
    found = json.loads(kept)
    return Snapshot(found["root"], found["commit"], _bytes(found["files"]), _bytes(found["reads"]), found["lists"])


def _texts(of: dict[str, bytes]) -> dict[str, str]:
    return {path: base64.b64encode(data).decode() for path, data in dict(of).items()}


def _bytes(of: dict[str, str]) -> dict[str, bytes]:
    return {path: base64.b64decode(text) for path, text in of.items()}

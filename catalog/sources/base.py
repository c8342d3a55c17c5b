"""What reading a source gives."""

from dataclasses import dataclass
from typing import Protocol

from common.errors import CairnError, UserError


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a source. ``address`` is what its documents say they come from; ``error``: why it has no data."""

    address: str
    data: bytes
    error: CairnError | None = None


class Reader(Protocol):
    """Reads the files of one source, and what those files point at."""

    def files(self) -> list[SourceFile]:
        """The files that the source begins with. Raises CairnError when it cannot be read at all."""

    def read(self, address: str) -> bytes:
        """What is at ``address``, named by a file of this source. CairnError when it may not or cannot be read."""

    def matching(self, pattern: str) -> list[str]:
        """The addresses that ``pattern`` (``catalog/ingest/globs.py``) names, sorted.

        CairnError when it cannot be told. Readers that cannot list raise :func:`no_listing`.
        """


def no_listing(pattern: str) -> UserError:
    """What readers say that know single addresses only."""
    return UserError(
        f"{pattern} names files by a pattern, and the files of a web address cannot be listed.",
        id="no-listing",
        hint="Register the repository as a Git or GitHub source, or name the files one by one.",
    )

"""What reading a source gives."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from common.errors import CairnError, UserError

#: A larger file is refused, wherever it is.
MOST_BYTES = 5 * 1024 * 1024


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
        """What is at ``address``, named by a file of this source. CairnError when it may not or cannot be read.

        Called from several threads at once.
        """

    def matching(self, pattern: str) -> list[str]:
        """The addresses that ``pattern`` (``ingest/globs.py``) names, sorted. CairnError when it cannot be told."""
        raise no_listing(pattern)

    def commit_of(self, address: str) -> str:
        """The commit that the file at ``address`` was read at; empty where there are no commits."""
        return ""

    def finish(self) -> Mapping[str, Any]:
        """Keep what makes the next reading cheap, and answer what people want to know about this one.

        Called once, when everything has been read or reading has failed, in the thread of the sync. Known words:
        ``commit`` and ``budget`` (``limit``, ``remaining``, ``reset``: RFC 3339).
        """
        return {}


def no_listing(pattern: str) -> UserError:
    """What readers say that know single addresses only."""
    return UserError(
        f"{pattern} names files by a pattern, and the files of a web address cannot be listed.",
        id="no-listing",
        hint="Register the repository as a Git or GitHub source, or name the files one by one.",
    )

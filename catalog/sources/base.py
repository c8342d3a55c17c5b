"""What reading a source gives."""

from dataclasses import dataclass
from typing import Protocol

from common.errors import CairnError


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

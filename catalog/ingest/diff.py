"""What a sync will do. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

#: A sync that removes more than this share of a source stops and asks; a handful may always go.
BRAKE_SHARE, BRAKE_COUNT = 0.5, 5


@dataclass(frozen=True, slots=True)
class Changes:
    """References by what happens to them."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.added or self.changed or self.removed)


def diff(current: Mapping[str, str], wanted: Mapping[str, str], resting: int = 0) -> Changes:
    """Compare digests by reference: what is stored of a source, and what it says now.

    ``resting`` more are known to be as they were.
    """
    added = tuple(sorted(wanted.keys() - current.keys()))
    removed = tuple(sorted(current.keys() - wanted.keys()))
    changed = tuple(sorted(ref for ref in wanted.keys() & current.keys() if wanted[ref] != current[ref]))
    return Changes(added, changed, removed, resting + len(wanted) - len(added) - len(changed))


def needs_decision(changes: Changes, stored: int) -> bool:
    """Whether so much would go that a person should look first."""
    return len(changes.removed) > max(BRAKE_COUNT, stored * BRAKE_SHARE)


def digest(text: str, location: str) -> str:
    """Equal for equal words at an equal place. ``text`` is the document as JSON."""
    return hashlib.sha256(f"{location}\n{text}".encode("utf-8", "surrogatepass")).hexdigest()

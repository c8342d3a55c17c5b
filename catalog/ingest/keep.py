"""What a sync leaves as it was, because the text that should say it could not be used. Pure."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass

from catalog.ingest.globs import is_glob, matches
from catalog.ingest.wanted import FileProblem


@dataclass(frozen=True, slots=True)
class Stored:
    """An entity that is in the catalog. ``reads`` are the addresses that it names when it is a Location."""

    ref: str
    location: str
    reads: tuple[str, ...] = ()


def last_good(stored: Sequence[Stored], problems: Iterable[FileProblem]) -> set[str]:
    """References that keep their last good version.

    A document that can be told apart keeps itself; a file that cannot be read keeps all it said; and a Location that
    is kept keeps what it led to.
    """
    usable = [found for found in problems if found.problem.stage != "conflict"]
    refs = {found.entity_ref for found in usable if found.entity_ref}
    places = {found.file for found in usable if not found.entity_ref}
    kept: set[str] = set()
    while new := _touched([one for one in stored if one.ref not in kept], refs, places):
        kept |= {one.ref for one in new}
        places |= {address for one in new for address in one.reads}
    return kept


def _touched(stored: Sequence[Stored], refs: Set[str], places: Set[str]) -> list[Stored]:
    """Those whose reference or file is meant; a file may be meant by a pattern too."""
    patterns = [place for place in places if is_glob(place)]
    return [
        one
        for one in stored
        if one.ref in refs or one.location in places or any(matches(pattern, one.location) for pattern in patterns)
    ]

"""Patterns of paths, as Backstage's discovery takes them. Pure.

They come from people, so that no pattern may take long: the time is bounded by pattern times path.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

_BRACES = re.compile(r"\{([^{}]*,[^{}]*)\}")
#: So many patterns braces may stand for; more are not looked at.
MOST_CHOICES = 64


def has_wildcard(pattern: str) -> bool:
    """Whether ``pattern`` may mean more than one path."""
    return bool(re.search(r"[*?]", pattern) or _BRACES.search(pattern))


def matches(pattern: str, path: str) -> bool:
    """Whether ``path`` is meant by ``pattern``; a slash at either beginning does not count.

    ``*`` and ``?`` stay within a folder, ``**`` goes through any number of them, ``{a,b}`` is one of several words.
    """
    parts = path.lstrip("/").split("/")
    return any(_fits(wanted, parts) for wanted in _choices(pattern.strip().lstrip("/")))


@lru_cache(maxsize=256)
def _choices(pattern: str) -> tuple[tuple[str, ...], ...]:
    """Folders and name of each pattern that ``pattern`` stands for."""
    waiting: list[str] = [pattern]
    done: list[tuple[str, ...]] = []
    while waiting and len(done) < MOST_CHOICES:
        one = waiting.pop()
        braces = _BRACES.search(one)
        if braces:
            waiting += [one[: braces.start()] + word + one[braces.end() :] for word in braces[1].split(",")]
        else:
            done.append(tuple(one.split("/")))
    return tuple(done)


def _fits(wanted: tuple[str, ...], parts: Iterable[str]) -> bool:
    """All ways are followed at once: the places in ``wanted`` that the parts so far can lead to."""
    reached = _past(wanted, {0})
    for part in parts:
        after = {
            place if wanted[place] == "**" else place + 1
            for place in reached
            if place < len(wanted) and (wanted[place] == "**" or _names(wanted[place], part))
        }
        reached = _past(wanted, after)
    return len(wanted) in reached


def _past(wanted: tuple[str, ...], places: set[int]) -> set[int]:
    """``places`` and those that come after a ``**`` which stands for nothing."""
    found = set(places)
    for place in range(len(wanted)):
        if place in found and wanted[place] == "**":
            found.add(place + 1)
    return found


def _names(wanted: str, name: str) -> bool:
    """Whether ``wanted``, with ``*`` and ``?``, is ``name``. Only the last ``*`` is ever tried again."""
    at = place = 0
    star, tried = -1, 0
    while at < len(name):
        if place < len(wanted) and wanted[place] == "*":
            star, tried = place, at
            place += 1
        elif place < len(wanted) and wanted[place] in {"?", name[at]}:
            place, at = place + 1, at + 1
        elif star >= 0:
            tried += 1
            place, at = star + 1, tried
        else:
            return False
    return not wanted[place:].strip("*")

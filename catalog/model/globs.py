"""Patterns of paths, as Backstage's discovery takes them. Pure."""

import re
from functools import lru_cache

_PART = re.compile(r"\*\*/|\*\*|\*|\?|\{[^{}]*\}|[^*?{]+|\{")


def has_wildcard(pattern: str) -> bool:
    """Whether ``pattern`` may mean more than one path."""
    return bool(re.search(r"[*?]|\{[^{}]*\}", pattern))


def matches(pattern: str, path: str) -> bool:
    """Whether ``path`` is meant by ``pattern``; a slash at either beginning does not count.

    ``*`` and ``?`` stay within a folder, ``**`` goes through any number of them, ``{a,b}`` is one of several words.
    """
    return bool(_compiled(pattern.strip().lstrip("/")).fullmatch(path.lstrip("/")))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile("".join(_translated(part) for part in _PART.findall(pattern)))


def _translated(part: str) -> str:
    if part == "**/":
        return "(?:[^/]+/)*"
    if part == "**":
        return ".*"
    if part == "*":
        return "[^/]*"
    if part == "?":
        return "[^/]"
    if part.startswith("{") and part.endswith("}"):
        return f"(?:{'|'.join(re.escape(word) for word in part[1:-1].split(','))})"
    return re.escape(part)

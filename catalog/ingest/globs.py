"""Targets that name many files by a pattern: ``./services/*/catalog-info.yaml``, ``**/catalog-info.yaml``. Pure.

``*`` stands for anything within one name, ``**`` for any folders, and in paths ``?`` for one character.
"""

import re

from catalog.model.patterns import BadPattern, compiled
from catalog.model.urls import as_tree, is_url, parts_of


def is_glob(address: str) -> bool:
    """Whether ``address`` names files by a pattern. The query of a URL is none."""
    return "*" in parts_of(address).path if is_url(address) else any(mark in address for mark in "*?")


def base_of(pattern: str) -> str:
    """The folder that everything a pattern can match lies in, with a slash at its end."""
    head = re.split(r"[*]" if is_url(pattern) else r"[*?]", pattern, maxsplit=1)[0]
    return head[: head.rfind("/") + 1]


def depth_of(pattern: str) -> int | None:
    """How many folders below its base a match can lie; None for any number."""
    rest = pattern[len(base_of(pattern)) :]
    return None if "**" in rest.split("/") else rest.count("/")


def matches(pattern: str, address: str) -> bool:
    """Whether ``pattern`` names ``address``; ``/blob/`` and ``/tree/`` of GitHub are the same."""
    pattern, address = as_tree(pattern), as_tree(address)
    base = base_of(pattern)
    try:
        return address.startswith(base) and compiled(_expression(pattern[len(base) :])).search(address[len(base) :])
    except BadPattern:  # longer than any path that people give to a file
        return False


def _expression(rest: str) -> str:
    """What comes after the base, as a regular expression."""
    *folders, name = re.sub(r"(?:\*\*/)+", "**/", rest).split("/")
    between = "".join("([^/]+/)*" if part == "**" else f"{_part(part)}/" for part in folders)
    return f"^{between}{'.*' if name == '**' else _part(name)}$"


def _part(part: str) -> str:
    marks = {"*": "[^/]*", "?": "[^/]"}
    return "".join(marks.get(char, re.escape(char)) for char in re.sub(r"\*+", "*", part))

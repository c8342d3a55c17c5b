"""YAML 1.2 core on libyaml's parser. Pure.

``yes``, dates, ``12:30`` and ``1_000`` are strings; ``<<`` is an ordinary key; duplicate keys are errors; aliases,
depth, nodes and size are limited. Works on events, so that aliases can be counted and every value has its place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import yaml

from common.yaml_builder import Builder, Path, YamlProblem, line_of
from common.yaml_text import (
    decoded,
    directive_fault,
    is_closed,
    with_astral_escapes,
    without_idle_tabs,
)

__all__ = ["MOST_BYTES", "Path", "YamlDocument", "YamlProblem", "load", "load_documents"]

MOST_BYTES = 5 * 1024 * 1024
#: How often one document is read again without something that only libyaml refuses.
MOST_REPAIRS = 20


@dataclass(slots=True)
class YamlDocument:
    """One document: its value, or its problem. ``line`` is where it begins."""

    index: int
    line: int
    value: Any = None
    problem: YamlProblem | None = None
    positions: dict[Path, tuple[int, int]] = field(default_factory=dict)


_IN_QUOTES = "while scanning a quoted scalar"
_NO_KEY = frozenset({"did not find expected key", "did not find expected node content"})
_COLON = re.compile(r":[\s,\]}]")
_BREAK = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_PROLOGUE = re.compile(r"(?:(?:[%#].*|[ \t]*)\r?\n)*%(?:.*\n?)(?:(?:[%#].*|[ \t]*)\r?\n)*")
_END = re.compile(r"^\.\.\.[ \t]*(?:#.*)?\r?(?:\n|\Z)", re.MULTILINE)
_NOTHING_TO_END = re.compile(r"(?:[ \t]*(?:#.*)?\r?\n)*\.\.\.[ \t]*(?:#.*)?\r?(?:\n|\Z)")
#: Directives that mean nothing here, where directives may stand: they are comments.
_FOREIGN_DIRECTIVE = re.compile(r"^%(?!TAG |YAML 1\.[12]\s).*$", re.MULTILINE)


def load_documents(data: bytes, *, positions: bool = False) -> list[YamlDocument]:
    """Every document of ``data``, the broken ones with their problem.

    An error ends its own document only. Raises :class:`YamlProblem` for a text that is too large.
    """
    if len(data) > MOST_BYTES:
        raise YamlProblem(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.", 1, 1, fatal=True)
    text = decoded(data)
    try:
        return list(_documents(text, positions=positions))
    except YamlProblem:
        return _document_by_document(with_astral_escapes(text), positions=positions)


def load(data: bytes) -> Any:
    """The value of a text with exactly one document; YamlProblem for everything else."""
    documents = load_documents(data)
    if len(documents) != 1:
        raise YamlProblem(f"Expected one document, found {len(documents)}.", 1, 1)
    if documents[0].problem:
        raise documents[0].problem
    return documents[0].value


def _document_by_document(text: str, *, positions: bool) -> list[YamlDocument]:
    """Parse between ``---`` and ``...`` lines, which end a document wherever they stand."""
    breaks = {match.start() for match in _BREAK.finditer(text)} | {match.end() for match in _END.finditer(text)}
    cuts = sorted({0, *breaks, len(text)})
    found: list[YamlDocument] = []
    directives = ""
    for start, end in pairwise(cuts):
        part = text[start:end]
        if _PROLOGUE.fullmatch(part):
            directives += part
            continue
        if _BREAK.match(part) or _has_content(part):
            head = _FOREIGN_DIRECTIVE.sub("#", directives)
            line = text.count("\n", 0, start - len(directives))
            found += _part(head + part, line, len(found), positions)
            _judge_by_surroundings(found[-1], text, start - len(head), directives)
        directives = ""
    return found


def _judge_by_surroundings(document: YamlDocument, text: str, begin: int, directives: str) -> None:
    """What is wrong with a document only because of its directives and of what follows it. It began at ``begin``."""
    if fault := directive_fault(directives):
        document.problem = YamlProblem(f"{fault}.", document.line, 1)
    elif document.problem and document.problem.opened >= 0:
        document.problem.swallows = not is_closed(text, begin + document.problem.opened)


def _part(text: str, line: int, index: int, positions: bool) -> list[YamlDocument]:
    if _NOTHING_TO_END.match(text):
        return [YamlDocument(index, line + 1)]
    for _ in range(MOST_REPAIRS):
        try:
            return list(_documents(text, positions=positions, line=line, index=index)) or [
                YamlDocument(index, line + 1)
            ]
        except YamlProblem as problem:
            found = YamlDocument(index, line + 1, problem=problem)
            repaired = _repaired(text, problem)
        if repaired == text:
            break
        text = repaired
    return [found]


def _repaired(text: str, problem: YamlProblem) -> str:
    """``text`` without what libyaml alone refuses, if that is the problem."""
    if problem.omits >= 0:
        return f"{text[: problem.omits]}~ : {text[problem.omits + 1 :]}"
    return text if "block scalar" in problem.message else without_idle_tabs(text)


def _has_content(part: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in part.splitlines())


def _documents(text: str, *, positions: bool, line: int = 0, index: int = 0) -> Iterator[YamlDocument]:
    loader = yaml.CSafeLoader(text)
    loose_end = False
    try:
        while not isinstance(event := loader.get_event(), yaml.StreamEndEvent):
            if isinstance(event, yaml.DocumentEndEvent):
                loose_end = not event.explicit
            if isinstance(event, yaml.DocumentStartEvent):
                if loose_end and (event.version or event.tags):
                    raise YamlProblem("A value cannot start with %.", line_of(event) + line, 1)
                yield _document(loader, text, event, index=index, line=line, positions=positions)
                index += 1
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        row, column = (mark.line + line + 1, mark.column + 1) if mark else (line + 1, 1)
        opened, omits = _opened(error), _omitted(error, text)
        raise YamlProblem(_sentence(error), row, column, opened=opened, omits=omits) from None
    finally:
        loader.dispose()


def _document(loader: Any, text: str, start: Any, *, index: int, line: int, positions: bool) -> YamlDocument:
    builder = Builder(loader, text, line, positions, old=start.version == (1, 1))
    document = YamlDocument(index, line_of(start) + line, positions=builder.positions)
    try:
        document.value = builder.value(loader.get_event(), (), 0, -1)
    except YamlProblem as problem:
        document.problem = problem
        while not loader.check_event(yaml.DocumentEndEvent):
            loader.get_event()
    return document


def _opened(error: Any) -> int:
    return int(error.context_mark.index) if getattr(error, "context", None) == _IN_QUOTES else -1


def _omitted(error: Any, text: str) -> int:
    if getattr(error, "problem", None) not in _NO_KEY or not _COLON.match(text, error.problem_mark.index):
        return -1
    return int(error.problem_mark.index)


def _sentence(error: yaml.YAMLError) -> str:
    parts = getattr(error, "context", None), getattr(error, "problem", None)
    words = ", ".join(part for part in parts if part) or "it cannot be read"
    return f"Not valid YAML: {words}."

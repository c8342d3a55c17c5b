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

MOST_BYTES = 5 * 1024 * 1024
MOST_DEPTH = 500
MOST_NODES = 500_000
#: How often one anchor may be expanded, nested uses multiplied; the number of the `yaml` package for JavaScript.
MOST_ALIASES = 100

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class YamlProblem(Exception):
    """Why a text is not usable YAML; ``line`` and ``column`` count from 1. ``fatal`` refuses the whole text."""

    message: str
    line: int
    column: int
    fatal: bool = False


@dataclass(slots=True)
class YamlDocument:
    """One document: its value, or its problem. ``line`` is where it begins."""

    index: int
    line: int
    value: Any = None
    problem: YamlProblem | None = None
    positions: dict[Path, tuple[int, int]] = field(default_factory=dict)


_NULL = re.compile(r"(?:~|null|Null|NULL)?\Z")
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL = {".inf": "inf", ".Inf": "inf", ".INF": "inf", ".nan": "nan", ".NaN": "nan", ".NAN": "nan"}
_BREAK = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_END = re.compile(r"^\.\.\.[ \t]*(?:\n|\Z)", re.MULTILINE)
_CORE = "tag:yaml.org,2002:"


def load_documents(data: bytes, *, positions: bool = False) -> list[YamlDocument]:
    """Every document of ``data``, the broken ones with their problem.

    A syntax error ends its own document only. Raises :class:`YamlProblem` (fatal) for what refuses the whole text:
    too large, too deep, too many aliases.
    """
    if len(data) > MOST_BYTES:
        raise YamlProblem(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.", 1, 1, fatal=True)
    text = _decoded(data)
    try:
        return list(_documents(text, positions=positions))
    except YamlProblem as problem:
        if problem.fatal:
            raise
    return _document_by_document(text, positions=positions)


def load(data: bytes) -> Any:
    """The value of a text with exactly one document; YamlProblem for everything else."""
    documents = load_documents(data)
    if len(documents) != 1:
        raise YamlProblem(f"Expected one document, found {len(documents)}.", 1, 1)
    if documents[0].problem:
        raise documents[0].problem
    return documents[0].value


def _decoded(data: bytes) -> str:
    text = data.decode("utf-8", errors="replace").removeprefix("\ufeff")
    # libyaml refuses control characters that YAML libraries elsewhere let pass.
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "\ufffd", text)


def _document_by_document(text: str, *, positions: bool) -> list[YamlDocument]:
    """Parse between ``---`` and ``...`` lines, which end a document wherever they stand."""
    breaks = {match.start() for match in _BREAK.finditer(text)} | {match.end() for match in _END.finditer(text)}
    cuts = sorted({0, *breaks, len(text)})
    found: list[YamlDocument] = []
    for begin, end in pairwise(cuts):
        part, line = text[begin:end], text.count("\n", 0, begin)
        if not _BREAK.match(part) and not _has_content(part):
            continue
        try:
            parsed = list(_documents(part, positions=positions, line=line, index=len(found)))
        except YamlProblem as problem:
            if problem.fatal:
                raise
            parsed = [YamlDocument(len(found), line + 1, problem=problem)]
        found.extend(parsed or [YamlDocument(len(found), line + 1)])
    return found


def _has_content(part: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in part.splitlines())


def _documents(text: str, *, positions: bool, line: int = 0, index: int = 0) -> Iterator[YamlDocument]:
    loader = yaml.CSafeLoader(text)
    try:
        while True:
            event = loader.get_event()
            if event is None or isinstance(event, yaml.StreamEndEvent):
                return
            if isinstance(event, yaml.DocumentStartEvent):
                builder = _Builder(loader, line, positions)
                document = YamlDocument(index, event.start_mark.line + line + 1, positions=builder.positions)
                document.value = builder.value(loader.get_event(), (), 0)
                yield document
                index += 1
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = (mark.line + line + 1, mark.column + 1) if mark else (line + 1, 1)
        raise YamlProblem(_sentence(error), *at) from None
    finally:
        loader.dispose()


def _sentence(error: yaml.MarkedYAMLError) -> str:
    words = ", ".join(part for part in (error.context, error.problem) if part)
    return f"Not valid YAML: {words}."


class _Builder:
    """Builds one document from events, counting as it goes."""

    def __init__(self, loader: Any, line: int, positions: bool) -> None:
        self._next = loader.get_event
        self._line, self._keep = line, positions
        self.positions: dict[Path, tuple[int, int]] = {}
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._uses: dict[str, int] = {}
        self._nodes = 0
        #: The largest alias weight seen since it was last set to 0, which becomes the weight of an anchor.
        self._weight = 0

    def value(self, event: Any, path: Path, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MOST_NODES or depth > MOST_DEPTH:
            raise self._problem(event, "The document is too deep or has too many values.", fatal=True)
        if self._keep and path not in self.positions:
            self.positions[path] = self._at(event)
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        before, self._weight = self._weight, 0
        if isinstance(event, yaml.ScalarEvent):
            built = _scalar(event)
        elif isinstance(event, yaml.SequenceStartEvent):
            built = self._sequence(path, depth)
        else:
            built = self._mapping(path, depth)
        if event.anchor:
            self._anchors[event.anchor] = (built, max(1, self._weight))
        self._weight = max(before, self._weight)
        return built

    def _aliased(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise self._problem(event, f"Unresolved alias (the anchor must be set before the alias): {event.anchor}.")
        built, weight = self._anchors[event.anchor]
        uses = self._uses[event.anchor] = self._uses.get(event.anchor, 0) + 1
        if uses * weight > MOST_ALIASES:
            raise self._problem(event, "Excessive alias count indicates a resource exhaustion attack.", fatal=True)
        self._weight = max(self._weight, (uses + 1) * weight)
        return built

    def _sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self.value(event, (*path, len(items)), depth + 1))
        return items

    def _mapping(self, path: Path, depth: int) -> dict[str, Any]:
        built: dict[str, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, depth)
            if key in built:
                raise self._problem(event, f"Map keys must be unique: {key} is here twice.")
            if self._keep:
                self.positions[*path, key] = self._at(event)
            built[key] = self.value(self._next(), (*path, key), depth + 1)
        return built

    def _key(self, event: Any, depth: int) -> str:
        if isinstance(event, yaml.ScalarEvent):
            if event.implicit[0] and _NULL.match(event.value):
                return ""
            return str(event.value)
        keep, self._keep = self._keep, False
        key = self.value(event, (), depth + 1)
        self._keep = keep
        return str(key)

    def _at(self, event: Any) -> tuple[int, int]:
        return event.start_mark.line + self._line + 1, event.start_mark.column + 1

    def _problem(self, event: Any, message: str, *, fatal: bool = False) -> YamlProblem:
        return YamlProblem(message, *self._at(event), fatal=fatal)


def _scalar(event: Any) -> Any:
    """A scalar by the core schema, or by its explicit tag; an unknown tag leaves a string."""
    text: str = event.value
    if event.tag in (None, "!"):
        return _plain(text) if event.implicit[0] else text
    name = event.tag.removeprefix(_CORE)
    if name in {"null", "bool", "int", "float"}:
        return _plain(text)
    return text.encode() if name == "binary" else text


def _plain(text: str) -> Any:
    first = text[:1]
    if first not in "-+.0123456789~nNtTfF":
        return text
    if _NULL.match(text):
        return None
    if text in _BOOL:
        return _BOOL[text]
    return _number(text)


def _number(text: str) -> Any:
    if _INT.match(text):
        return int(text)
    if _FLOAT.match(text):
        return float(text)
    if _OCTAL.match(text):
        return int(text[2:], 8)
    if _HEX.match(text):
        return int(text, 16)
    sign, rest = (text[0], text[1:]) if text[:1] in {"-", "+"} else ("", text)
    return float(sign + _SPECIAL[rest]) if rest in _SPECIAL else text

"""YAML 1.2 core on libyaml's parser. Pure.

``yes``, dates, ``12:30`` and ``1_000`` are strings; ``<<`` is an ordinary key; duplicate keys are errors; aliases,
depth, nodes and size are limited. Works on events, so that aliases can be counted and every value has its place.
"""

import base64
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import yaml

MOST_BYTES = 5 * 1024 * 1024
MOST_DEPTH = 200
MOST_NODES = 500_000
#: How often one anchor may be expanded, nested uses multiplied; the number of the `yaml` package for JavaScript.
MOST_ALIASES = 100

Path = tuple[str | int, ...]


@dataclass(eq=False)
class YamlProblem(Exception):
    """Why a text is not usable YAML; ``line`` and ``column`` count from 1.

    ``fatal`` problems make others stop reading: what follows in the text is never looked at.
    """

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
_OLD_BOOL = dict.fromkeys(("y", "yes", "on", "true"), True) | dict.fromkeys(("n", "no", "off", "false"), False)
#: A key that may be something else than its own text.
_ODD_KEY = re.compile(r"[-+.0-9]|(?:~|null|Null|NULL|[tT]rue|TRUE|[fF]alse|FALSE)?\Z")
_INT = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL = {".inf": "inf", ".Inf": "inf", ".INF": "inf", ".nan": "nan", ".NaN": "nan", ".NAN": "nan"}
_BREAK = re.compile(r"^---(?=[ \t\r\n]|\Z)", re.MULTILINE)
_PROLOGUE = re.compile(r"(?:(?:[%#].*|[ \t]*)\r?\n)*%(?:.*\n?)(?:(?:[%#].*|[ \t]*)\r?\n)*")
_END = re.compile(r"^\.\.\.[ \t]*(?:#.*)?\r?(?:\n|\Z)", re.MULTILINE)
#: Directives that mean nothing here, where directives may stand: they are comments.
_FOREIGN_DIRECTIVE = re.compile(r"^%(?!TAG |YAML 1\.[12]\s).*$", re.MULTILINE)
#: What libyaml refuses or takes for the end of a line, and YAML libraries elsewhere for text like any other.
_STRANGE = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\r(?!\n)")
_SURROGATES = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)
#: Where such characters wait in the meantime: as far up in a private plane.
_SHELTER = 0xF0000
_SHELTERED = re.compile(
    "[\U000f0001-\U000f0008\U000f000b-\U000f001f\U000f007f-\U000f009f\U000f2028\U000f2029\U000ffeff\U000ffffe\U000fffff]"
)
#: Whether a text under a tag is what the tag says; else it stays text.
_TAGGED: dict[str, Callable[[str, Any], bool]] = {
    "null": lambda text, built: built is None,
    "bool": lambda text, built: isinstance(built, bool),
    "int": lambda text, built: type(built) is int,
    "float": lambda text, built: isinstance(built, float),
}
_QUOTES = frozenset({"'", '"'})
_CORE = "tag:yaml.org,2002:"


def load_documents(data: bytes, *, positions: bool = False) -> list[YamlDocument]:
    """Every document of ``data``, the broken ones with their problem.

    An error ends its own document only. Raises :class:`YamlProblem` for a text that is too large.
    """
    if len(data) > MOST_BYTES:
        raise YamlProblem(f"The file is larger than {MOST_BYTES // 1024 // 1024} MB.", 1, 1, fatal=True)
    text = _decoded(data)
    try:
        return list(_documents(text, positions=positions))
    except YamlProblem:
        text = _SURROGATES.sub(_astral, text)
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
    text = data.decode("utf-8", errors="replace").removeprefix("\ufeff").replace("\x00", "\ufffd")
    if text and not text.endswith("\n"):
        text += "\n"
    return _STRANGE.sub(lambda match: chr(ord(match.group()) + _SHELTER), text)


def _astral(pair: re.Match[str]) -> str:
    """JSON's two escapes for one character, as one that YAML has."""
    high, low = (int(half, 16) for half in pair.groups())
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00:08x}"


def _restored(text: str) -> str:
    if text.isascii() and "\x00" not in text:
        return text
    text = text.replace("\x00", "\ufffd")  # no database keeps it
    return _SHELTERED.sub(lambda match: chr(ord(match.group()) - _SHELTER), text)


def _document_by_document(text: str, *, positions: bool) -> list[YamlDocument]:
    """Parse between ``---`` and ``...`` lines, which end a document wherever they stand."""
    breaks = {match.start() for match in _BREAK.finditer(text)} | {match.end() for match in _END.finditer(text)}
    cuts = sorted({0, *breaks, len(text)})
    found: list[YamlDocument] = []
    directives, begin = "", 0
    for start, end in pairwise(cuts):
        part = text[start:end]
        if _PROLOGUE.fullmatch(part):
            directives += part
            continue
        if _BREAK.match(part) or _has_content(part):
            begin = text.count("\n", 0, start - len(directives))
            found += _part(_FOREIGN_DIRECTIVE.sub("#", directives) + part, begin, len(found), positions)
        directives = ""
    return found


def _part(text: str, line: int, index: int, positions: bool) -> list[YamlDocument]:
    if _END.match(text):
        return [YamlDocument(index, line + 1)]
    try:
        parsed = list(_documents(text, positions=positions, line=line, index=index))
    except YamlProblem as problem:
        return [YamlDocument(index, line + 1, problem=problem)]
    return parsed or [YamlDocument(index, line + 1)]


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
                    raise YamlProblem("A value cannot start with %.", _line(event) + line, 1)
                yield _document(loader, text, event, index=index, line=line, positions=positions)
                index += 1
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        at = (mark.line + line + 1, mark.column + 1) if mark else (line + 1, 1)
        raise YamlProblem(_sentence(error), *at) from None
    finally:
        loader.dispose()


def _document(loader: Any, text: str, start: Any, *, index: int, line: int, positions: bool) -> YamlDocument:
    builder = _Builder(loader, text, line, positions, old=start.version == (1, 1))
    document = YamlDocument(index, _line(start) + line, positions=builder.positions)
    try:
        document.value = builder.value(loader.get_event(), (), 0, -1)
    except YamlProblem as problem:
        document.problem = problem
        while not loader.check_event(yaml.DocumentEndEvent):
            loader.get_event()
    return document


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _end_line(event: Any) -> int:
    return int(event.end_mark.line)


def _sentence(error: yaml.YAMLError) -> str:
    parts = getattr(error, "context", None), getattr(error, "problem", None)
    words = ", ".join(part for part in parts if part) or "it cannot be read"
    return f"Not valid YAML: {words}."


class _Builder:
    """Builds one document from events, counting as it goes."""

    def __init__(self, loader: Any, text: str, line: int, positions: bool, *, old: bool) -> None:
        self._text, self._old = text, old
        self._next = loader.get_event
        self._line, self._keep = line, positions
        self.positions: dict[Path, tuple[int, int]] = {}
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._uses: dict[str, int] = {}
        self._nodes = 0
        self._lines: list[str] | None = None
        #: The line on which the collection ended that was built last.
        self._last = 0
        #: The largest alias weight seen since it was last set to 0, which becomes the weight of an anchor.
        self._weight = 0

    def value(self, event: Any, path: Path, depth: int, indent: int) -> Any:
        """The value that begins with ``event``. ``indent`` is the column of the block collection around it."""
        self._nodes += 1
        if self._nodes > MOST_NODES or depth > MOST_DEPTH:
            raise self._problem(event, "The document is too deep or has too many values.", fatal=True)
        if self._keep and path not in self.positions:
            self.positions[path] = self._at(event)
        if isinstance(event, yaml.AliasEvent):
            return self._aliased(event)
        before, self._weight = self._weight, 0
        if isinstance(event, yaml.ScalarEvent):
            built = _scalar(event, old=self._old)
            if _end_line(event) >= _line(event) and event.style in _QUOTES:
                self._check_lines(event, _end_line(event), indent)
        else:
            is_list = isinstance(event, yaml.SequenceStartEvent)
            inner = indent if event.flow_style else event.start_mark.column
            built = (self._sequence if is_list else self._mapping)(path, depth, inner)
            if event.flow_style and event.start_mark.line != self._last:
                self._check_lines(event, self._last, indent)
        if event.anchor:
            self._anchors[event.anchor] = (built, max(1, self._weight))
        self._weight = max(before, self._weight)
        return built

    def _aliased(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            message = f"Unresolved alias (the anchor must be set before the alias): {event.anchor}."
            raise self._problem(event, message, fatal=True)
        built, weight = self._anchors[event.anchor]
        uses = self._uses[event.anchor] = self._uses.get(event.anchor, 0) + 1
        if uses * weight > MOST_ALIASES:
            raise self._problem(event, "Excessive alias count indicates a resource exhaustion attack.", fatal=True)
        self._weight = max(self._weight, (uses + 1) * weight)
        return built

    def _check_lines(self, event: Any, end: int, indent: int) -> None:
        """Lines of quotes and brackets must stand further right than the block around them, the last bracket aside."""
        if indent < 0:
            return
        if self._lines is None:
            self._lines = self._text.split("\n")
        for number in range(event.start_mark.line + 1, end + 1):
            row = self._lines[number]
            text = row.lstrip(" ")
            if len(row) - len(text) > indent or not text.strip("\r"):
                continue
            in_brackets = not isinstance(event, yaml.ScalarEvent)
            if in_brackets and (text[0] == "#" or not text.strip() or (number == end and text[0] in "]}")):
                continue
            place = number + self._line + 1, len(row) - len(text) + 1
            raise YamlProblem("This line must be indented further than the block around it.", *place)

    def _sequence(self, path: Path, depth: int, indent: int) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self.value(event, (*path, len(items)), depth + 1, indent))
        self._last = _end_line(event)
        return items

    def _mapping(self, path: Path, depth: int, indent: int) -> dict[str, Any]:
        built: dict[str, Any] = {}
        seen: set[tuple[bool, Any]] = set()
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key, identity = self._key(event, depth, indent)
            if identity in seen:
                raise self._problem(event, f"Map keys must be unique: {key} is here twice.")
            seen.add(identity)
            if self._keep:
                self.positions[*path, key] = self._at(event)
            built[key] = self.value(self._next(), (*path, key), depth + 1, indent)
        self._last = _end_line(event)
        return built

    def _key(self, event: Any, depth: int, indent: int) -> tuple[str, tuple[bool, Any]]:
        """A key as text, and what must be unique about it: the text ``"1"`` and the number are two keys."""
        if isinstance(event, yaml.ScalarEvent) and not event.anchor and not _ODD_KEY.match(event.value):
            key = _restored(event.value)
            return key, (True, key)
        keep, self._keep = self._keep, False
        value = self.value(event, (), depth + 1, indent)
        self._keep = keep
        key = _as_key(value)
        return key, (isinstance(value, str), key if not isinstance(value, (dict, list)) else id(value))

    def _at(self, event: Any) -> tuple[int, int]:
        return event.start_mark.line + self._line + 1, event.start_mark.column + 1

    def _problem(self, event: Any, message: str, *, fatal: bool = False) -> YamlProblem:
        return YamlProblem(message, *self._at(event), fatal=fatal)


def _as_key(value: Any) -> str:
    """A key that is no text, as JavaScript and its YAML library write it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    if isinstance(value, list):
        return f"[ {', '.join(map(_as_key, value))} ]" if value else "[]"
    if isinstance(value, dict):
        pairs = (f"{key}: {_as_key(item)}" if item is not None else key for key, item in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    return str(value)


def _scalar(event: Any, *, old: bool) -> Any:
    """A scalar by the core schema, or by its explicit tag; an unknown tag leaves a string."""
    text: str = event.value
    if event.tag is None and event.implicit[0]:
        return _old_plain(text) if old else plain(text)
    name = (event.tag or "").removeprefix(_CORE)
    if name == "binary":
        return _buffer(text)
    built = plain(text) if name in _TAGGED else None
    return built if name in _TAGGED and _TAGGED[name](text, built) else _restored(text)


def _buffer(text: str) -> Any:
    """Bytes as JSON has them from JavaScript; text that is not base64 stays text."""
    try:
        return {"type": "Buffer", "data": list(base64.b64decode("".join(text.split()), validate=True))}
    except ValueError:
        return _restored(text)


def _old_plain(text: str) -> Any:
    """A plain scalar of a document that says ``%YAML 1.1``."""
    if text.lower() in _OLD_BOOL:
        return _OLD_BOOL[text.lower()]
    digits = text.replace("_", "")
    return int(digits, 8) if re.fullmatch(r"[-+]?0[0-7]+", digits) else plain(digits if digits[:1].isdigit() else text)


def plain(text: str) -> Any:
    """What a text without quotes and tag is: null, a boolean, a number, or itself."""
    first = text[:1]
    if first not in "-+.0123456789~nNtTfF":
        return _restored(text)
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
    return float(sign + _SPECIAL[rest]) if rest in _SPECIAL else _restored(text)

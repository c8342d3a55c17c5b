"""One YAML document from libyaml's events, with what it may cost and what libyaml does not refuse. Pure."""

import re
from dataclasses import dataclass
from typing import Any

import yaml

from common.yaml_scalars import CORE, scalar
from common.yaml_text import has_glued_comment, restored

MOST_DEPTH = 200
MOST_NODES = 500_000
#: How often one anchor may stand, itself counted and nested uses multiplied; the number of the `yaml` package for
#: JavaScript.
MOST_ALIASES = 100


Path = tuple[str | int, ...]
#: A key that may be something else than its own text.
_ODD_KEY = re.compile(r"[-+.0-9]|(?:~|null|Null|NULL|[tT]rue|TRUE|[fF]alse|FALSE)?\Z")
_WORDS = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}
_QUOTES = frozenset({"'", '"'})
_BLOCKS = frozenset({"|", ">"})


@dataclass(eq=False)
class YamlProblem(Exception):
    """Why a text is not usable YAML; ``line`` and ``column`` count from 1.

    ``fatal`` problems make others stop reading: what follows in the text is never looked at. One that ``swallows`` is
    a quote that never closes: to others, what follows in the text is part of it.
    """

    message: str
    line: int
    column: int
    fatal: bool = False
    swallows: bool = False
    #: Where in the text quotes open that do not close in their document; -1 for other problems.
    opened: int = -1
    #: Where in the text a colon has no key before it, which libyaml alone refuses; -1 for other problems.
    omits: int = -1


def line_of(event: Any) -> int:
    """The line on which an event begins, counted from 1."""
    return int(event.start_mark.line) + 1


def _end_of(event: Any) -> tuple[int, int]:
    """The line on which an event ends, counted from 0, and where in the text."""
    return int(event.end_mark.line), int(event.end_mark.index)


class Builder:
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
        #: The line on which the collection ended that was built last, and where in the text.
        self._last = self._end = 0
        #: The largest weight seen since it was last set to 0, which becomes the weight of an anchor. A scalar weighs 1.
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
            built, self._weight = self._scalar(event), 1
            if event.style in _QUOTES and (last := _end_of(event)[0]) >= line_of(event):
                self._check_lines(event, last, indent)
        else:
            is_list = isinstance(event, yaml.SequenceStartEvent)
            inner = indent if event.flow_style else event.start_mark.column
            built = (
                self._sequence(path, depth, inner)
                if is_list
                else self._mapping(path, depth, inner, is_block=not event.flow_style)
            )
            if event.flow_style:
                self._check_comment(event, self._end)
                if event.start_mark.line != self._last:
                    self._check_lines(event, self._last, indent)
            if event.tag:
                built = self._tagged(event, built)
        if event.anchor:
            self._anchors[event.anchor] = (built, self._weight)
            self._uses[event.anchor] = 1
        self._weight = max(before, self._weight)
        return built

    def _scalar(self, event: Any) -> Any:
        if event.style:
            self._check_comment(event, event.end_mark.index, event.style)
        try:
            return scalar(event.value, event.tag, is_plain=event.implicit[0], old=self._old)
        except ValueError as error:
            raise self._problem(event, f"{error}.") from None

    def _tagged(self, event: Any, built: Any) -> Any:
        """A collection with a tag, as JSON has it from JavaScript: nothing is in its sets and ordered maps."""
        kind = event.tag.removeprefix(CORE), type(built)
        if kind == ("pairs", list):
            return [item if isinstance(item, dict) else {_as_key(item): None} for item in built]
        if kind == ("set", dict) and any(item is not None for item in built.values()):
            raise self._problem(event, "Set items must all have null values.")
        if kind == ("omap", list):
            keys = [key for item in built if isinstance(item, dict) for key in item]
            if len(keys) > len(set(keys)):
                raise self._problem(event, "Ordered maps must not include duplicate keys.")
        return {} if kind in {("set", dict), ("omap", list)} else built

    def _check_comment(self, event: Any, end: int, style: str | None = None) -> None:
        """A comment needs a blank before it, after quotes and brackets too."""
        if has_glued_comment(self._text, event.start_mark.index, end, style):
            raise self._problem(event, "Comments must be separated from other tokens by white space characters.")

    def _aliased(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            message = f"Unresolved alias (the anchor must be set before the alias): {event.anchor}."
            raise self._problem(event, message, fatal=True)
        built, weight = self._anchors[event.anchor]
        uses = self._uses[event.anchor] = self._uses[event.anchor] + 1
        if uses * weight > MOST_ALIASES:
            raise self._problem(event, "Excessive alias count indicates a resource exhaustion attack.", fatal=True)
        self._weight = max(self._weight, uses * weight)
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
        self._last, self._end = _end_of(event)
        return items

    def _mapping(self, path: Path, depth: int, indent: int, *, is_block: bool) -> dict[str, Any]:
        built: dict[str, Any] = {}
        seen: set[tuple[bool, Any]] = set()
        before: Any = None
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if is_block and before and isinstance(event, yaml.CollectionStartEvent):
                self._check_bracketed_key(event, before)
            key, identity = self._key(event, depth, indent)
            if identity in seen:
                raise self._problem(event, f"Map keys must be unique: {key} is here twice.")
            seen.add(identity)
            if self._keep:
                self.positions[*path, key] = self._at(event)
            before = self._next()
            built[key] = self.value(before, (*path, key), depth + 1, indent)
        self._last, self._end = _end_of(event)
        return built

    def _check_bracketed_key(self, event: Any, before: Any) -> None:
        """JavaScript's library loses a key in brackets that has anything but a value's line end before it."""
        head, _, row = self._text[: event.start_mark.index].rpartition("\n")
        above = head.rpartition("\n")[2].strip()
        is_far = not above or above.startswith("#")
        is_scalar = isinstance(before, yaml.ScalarEvent)
        if "?" in row or (is_scalar and before.start_mark.index == before.end_mark.index):
            return
        if is_far or (row and not (is_scalar and before.style in _BLOCKS)):
            raise self._problem(event, "Implicit map keys need to be followed by map values.")

    def _key(self, event: Any, depth: int, indent: int) -> tuple[str, tuple[bool, Any]]:
        """A key as text, and what must be unique about it: the text ``"1"`` and the number are two keys."""
        if isinstance(event, yaml.ScalarEvent) and not event.anchor and not _ODD_KEY.match(event.value):
            key = restored(event.value)
            return key, (True, key)
        keep, self._keep = self._keep, False
        value = self.value(event, (), depth + 1, indent)
        self._keep = keep
        key = _as_key(value)
        return key, (isinstance(value, str), key if not isinstance(value, (dict, list)) else object())

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
        return str(int(value)) if value.is_integer() else _WORDS.get(str(value), str(value))
    if isinstance(value, list):
        return f"[ {', '.join(map(_as_key, value))} ]" if value else "[]"
    if isinstance(value, dict):
        pairs = (f"{key}: {_as_key(item)}" if item is not None else key for key, item in value.items())
        return f"{{ {', '.join(pairs)} }}" if value else "{}"
    return str(value)

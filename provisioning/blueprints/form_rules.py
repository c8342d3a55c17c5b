"""What a blueprint's form can be made of: JSON Schema that can be drawn and does no harm when it is used. Pure."""

import re
from collections.abc import Iterator, Mapping
from re import _compiler as compiler  # type: ignore[attr-defined]
from re import _constants as constants  # the one parser of the language
from re import _parser as parser
from typing import Any

Mistake = tuple[tuple[str | int, ...], str]
#: Keywords that lead elsewhere, or in circles.
_LEADING = {
    "$ref",
    "$dynamicRef",
    "$recursiveRef",
    "$id",
    "$schema",
    "$anchor",
    "$dynamicAnchor",
    "$defs",
    "definitions",
}
_TYPES = {"string", "integer", "number", "boolean", "array", "object"}
_WIDGETS = {"text", "radio", "select", "textarea", "lines", "number", "checkbox"}
#: Those that the portal has; others would be an empty place.
ICONS = (
    "archive", "box", "boxes", "cloud", "container", "cpu", "database", "folder", "globe", "hard-drive", "key-round",
    "layers", "mail", "message-square", "network",
    "package", "plug", "server", "shield",
    "ship-wheel", "zap",
)  # fmt: skip
DEEPEST, LONGEST_PATTERN = 4, 300
_ASCII = frozenset(map(chr, range(128)))


def wrong_form(raw: Mapping[str, Any]) -> Iterator[Mistake]:
    """What is wrong with the form, and why; ``raw`` follows the schema."""
    if raw["icon"] not in ICONS:
        yield ("icon",), f"{raw['icon']} is no icon of the portal; they are {', '.join(ICONS)}"
    yield from _pattern(("naming", "pattern"), raw.get("naming", {}).get("pattern", ""))
    yield from _leading(("inputs",), raw["inputs"])
    yield from _object(("inputs",), raw["inputs"], 1)


def _leading(place: tuple[str | int, ...], part: Any) -> Iterator[Mistake]:
    if isinstance(part, Mapping):
        for key, value in part.items():
            if key in _LEADING:
                yield (*place, key), f"{key} is not followed; write out what it stands for"
            if key == "pattern" and isinstance(value, str):
                yield from _pattern((*place, key), value)
            if key == "patternProperties" and isinstance(value, Mapping):
                for pattern in value:
                    yield from _pattern((*place, key, pattern), pattern)
            yield from _leading((*place, key), value)
    elif isinstance(part, list):
        for number, value in enumerate(part):
            yield from _leading((*place, number), value)


def _object(place: tuple[str | int, ...], part: Mapping[str, Any], depth: int) -> Iterator[Mistake]:
    if depth > DEEPEST:
        yield place, f"is nested more than {DEEPEST} deep, which no form shows"
        return
    properties = part.get("properties", {})
    for name, inner in properties.items() if isinstance(properties, Mapping) else ():
        yield from _property((*place, "properties", name), inner, depth)


def _property(place: tuple[str | int, ...], part: Any, depth: int) -> Iterator[Mistake]:
    if not isinstance(part, Mapping):
        yield place, "must say what it is: title, type, …"
        return
    if part.get("type") not in _TYPES:
        yield place, f"needs a type: {', '.join(sorted(_TYPES))}"
    for key in ("title", "description"):
        if not isinstance(part.get(key, ""), str):
            yield (*place, key), "must be text"
    if part.get("ui:widget", "text") not in _WIDGETS:
        yield (*place, "ui:widget"), f"is no widget; they are {', '.join(sorted(_WIDGETS))}"
    if not isinstance(part.get("ui:options", {}), Mapping):
        yield (*place, "ui:options"), "must be an object such as {unit: GiB}"
    names = part.get("ui:enumNames", [])
    if not isinstance(names, list) or (names and len(names) != len(part.get("enum", []))):
        yield (*place, "ui:enumNames"), "must have a name for each value of enum"
    if part.get("type") == "object":
        yield from _object(place, part, depth + 1)


def _pattern(place: tuple[str | int, ...], pattern: str) -> Iterator[Mistake]:
    if len(pattern) > LONGEST_PATTERN:
        yield place, f"is longer than {LONGEST_PATTERN} characters"
        return
    try:
        parsed = parser.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        yield place, f"is not a regular expression: {error}"
        return
    if _takes_for_ever(parsed, None):
        yield place, "repeats without end what repeats without end; some texts would take for ever"


def _takes_for_ever(parsed: Any, around: list[frozenset[str]] | None) -> bool:
    """Whether an endless repetition stands within another whose rounds nothing tells apart.

    ``around`` are the characters that stand in each round of the one outside; what holds one that the inner repetition
    never takes is told apart by it, such as the dash in ``(-[a-z]+)*``.
    """
    for operator, argument in parsed:
        if operator in {constants.MAX_REPEAT, constants.MIN_REPEAT}:
            _, most, inner = argument
            endless = most == constants.MAXREPEAT or most > 1000
            if endless and around is not None and not any(sure.isdisjoint(_characters(inner)) for sure in around):
                return True
            if _takes_for_ever(inner, _sure(inner) if endless else around):
                return True
        elif any(_takes_for_ever(inner, around) for inner in _inner(argument)):
            return True
    return False


def _sure(items: Any) -> list[frozenset[str]]:
    """The characters of what stands in each round by itself."""
    return [_characters([item]) for item in _flat(items) if _is_one(item)]


def _flat(items: Any) -> Iterator[Any]:
    """``items`` without the groups around them."""
    for item in items:
        if item[0] is constants.SUBPATTERN:
            yield from _flat(item[1][-1])
        else:
            yield item


def _is_one(item: Any) -> bool:
    return item[0] in {constants.LITERAL, constants.NOT_LITERAL, constants.IN, constants.ANY}


def _characters(items: Any) -> frozenset[str]:
    """The ASCII characters that ``items`` take, one at a time; all when they take more than one."""
    if not all(_is_one(item) for item in items):
        return _ASCII
    one = [compiler.compile(parser.SubPattern(parser.State(), [item])) for item in items]
    return frozenset(character for character in _ASCII if any(each.fullmatch(character) for each in one))


def _inner(argument: Any) -> Iterator[Any]:
    """The patterns in the argument of an operator, however they are wrapped."""
    if isinstance(argument, parser.SubPattern):
        yield argument
    elif isinstance(argument, tuple | list):
        for part in argument:
            yield from _inner(part)

"""What the scalars of a YAML document mean: by the core schema of 1.2, or by 1.1's where a document asks for it. Pure.

The words and the oddities are those of the `yaml` package for JavaScript.
"""

import base64
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import reduce
from typing import Any

from common.yaml_text import restored

_NULL = re.compile(r"(?:~|null|Null|NULL)?\Z")
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_OLD_BOOL = {
    **_BOOL,
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF"), False),
}
_INT = re.compile(r"[-+]?[0-9]+\Z")
_OCTAL = re.compile(r"0o[0-7]+\Z")
_HEX = re.compile(r"0x[0-9a-fA-F]+\Z")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
_SPECIAL = {".inf": "inf", ".Inf": "inf", ".INF": "inf", ".nan": "nan", ".NaN": "nan", ".NAN": "nan"}
_TIMESTAMP = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:(?:[tT]|[ \t]+)([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(\.[0-9]+)?"
    r"(?:[ \t]*(Z|[-+][012]?[0-9](?::[0-9]{2})?))?)?\Z"
)
#: Whether a text under a tag is what the tag says; else it stays text.
_TAGGED: dict[str, Callable[[str, Any], bool]] = {
    "null": lambda text, built: built is None,
    "bool": lambda text, built: isinstance(built, bool),
    "int": lambda text, built: type(built) is int,
    "float": lambda text, built: isinstance(built, float),
}
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
CORE = "tag:yaml.org,2002:"


def scalar(text: str, tag: str | None, *, is_plain: bool, old: bool) -> Any:
    """The value of a scalar, by its tag if it has one; ``old`` when the document says ``%YAML 1.1``.

    An unknown tag leaves text. ValueError, with the reason, for a tag that the text cannot have.
    """
    if tag is None and is_plain:
        return _old_plain(text) if old else plain(text)
    name = (tag or "").removeprefix(CORE)
    if name == "binary":
        return _buffer(text)
    if name == "timestamp":
        return _timestamp(text)
    built = (_old_plain(text) if old else plain(text)) if name in _TAGGED else None
    return built if name in _TAGGED and _TAGGED[name](text, built) else restored(text)


def plain(text: str) -> Any:
    """What a text without quotes and tag is: null, a boolean, a number, or itself."""
    first = text[:1]
    if first not in "-+.0123456789~nNtTfF":
        return restored(text)
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
    return float(sign + _SPECIAL[rest]) if rest in _SPECIAL else restored(text)


def _buffer(text: str) -> dict[str, Any]:
    """Bytes as JSON has them from JavaScript, which skips what is not base64."""
    letters = _NOT_BASE64.sub("", text.partition("=")[0].replace("-", "+").replace("_", "/"))
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]
    return {"type": "Buffer", "data": list(base64.b64decode(whole + "=" * (-len(whole) % 4)))}


def _sexagesimal(digits: str) -> float:
    """``1:30`` as 90."""
    value = reduce(lambda sum_, part: sum_ * 60 + float(part or 0), digits.lstrip("+-").split(":"), 0.0)
    return -value if digits.startswith("-") else value


#: The numbers of YAML 1.1, underscores taken out, in the order in which they are tried.
_OLD_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"[-+]?0b[01][01_]*\Z"), lambda digits: int(digits, 2)),
    (re.compile(r"[-+]?0[0-7_]+\Z"), lambda digits: int(digits, 8)),
    (re.compile(r"[-+]?[0-9][0-9_]*\Z"), int),
    (re.compile(r"[-+]?0x[0-9a-fA-F][0-9a-fA-F_]*\Z"), lambda digits: int(digits, 16)),
    (re.compile(r"[-+]?(?=\.?[0-9])(?:[0-9][0-9_]*)?(?:\.[0-9_]*)?[eE][-+]?[0-9]+\Z"), float),
    (re.compile(r"[-+]?(?=\.?[0-9])(?:[0-9][0-9_]*)?\.[0-9_]*\Z"), float),
    (re.compile(r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?\Z"), _sexagesimal),
)


def _old_plain(text: str) -> Any:
    """A plain scalar of a document that says ``%YAML 1.1``."""
    if text in _OLD_BOOL:
        return _OLD_BOOL[text]
    for pattern, number in _OLD_NUMBERS:
        if pattern.match(text):
            return number(text.replace("_", ""))
    if _TIMESTAMP.match(text):
        return _timestamp(text)
    return restored(text) if text.startswith("0o") else plain(text)


def _timestamp(text: str) -> str:
    """A date and time as JSON has it from JavaScript, where the 32nd of a month is a day of the next."""
    match = _TIMESTAMP.match(text)
    if not match:
        raise ValueError("!!timestamp expects a date, starting with yyyy-mm-dd")
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    years, months = divmod(month - 1, 12)
    milliseconds = int(((match[7] or ".") + "000")[1:4])
    try:
        at = datetime(year + years, months + 1, 1, tzinfo=UTC) + timedelta(
            days=day - 1, hours=hour, minutes=minute - _offset(match[8]), seconds=second, milliseconds=milliseconds
        )
    except (ValueError, OverflowError):
        return restored(text)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _offset(zone: str | None) -> float:
    """How many minutes a time zone is ahead: ``+5`` and ``-03:30``."""
    if zone in {None, "Z"}:
        return 0
    minutes = _sexagesimal(str(zone))
    return minutes * 60 if abs(minutes) < 30 else minutes

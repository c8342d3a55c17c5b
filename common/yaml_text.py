"""The text of YAML files before libyaml sees it, and what libyaml does not check in it. Pure."""

import re

#: What libyaml refuses or takes for the end of a line, and YAML libraries elsewhere for text like any other.
_STRANGE = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\r(?!\n)")
_SURROGATES = re.compile(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", re.IGNORECASE)
#: Where such characters wait in the meantime: as far up in a private plane.
_SHELTER = 0xF0000
_SHELTERED = re.compile(
    "[\U000f0001-\U000f0008\U000f000b-\U000f001f\U000f007f-\U000f009f\U000f2028\U000f2029\U000ffeff\U000ffffe\U000fffff]"
)
#: Lines without anything but blanks or a comment, in which libyaml forbids tabs and others do not.
_TABS_OF_NOTHING = re.compile(r"^[ ]*\t[ \t]*(?=\r?$|#)", re.MULTILINE)
#: Tabs between the indentation, or the dash of an item, and a value that stands alone on its line.
_TABS_BEFORE_VALUE = re.compile(
    r"^((?: *[-?])+| +) *\t[ \t]*(?![-?][ \t])(?=[\[{\"']|(?![^\n]*:(?:[ \t\r]|$))[^\s#])", re.MULTILINE
)
_DIRECTIVE = re.compile(r"^%(YAML|TAG)(?![^ \t\r\n])([^\r\n#]*)", re.MULTILINE)
_VERSION = re.compile(r"[0-9]+\.[0-9]+\Z")
_HEADER = re.compile(r"[^\n]*?[|>][-+0-9]*#")
_CLOSED = {
    "'": re.compile(r"'(?:[^']|'')*'"),
    '"': re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL),
}


def decoded(data: bytes) -> str:
    """The text of ``data``, ended by a line end, with nothing in it that libyaml stumbles over."""
    text = data.decode("utf-8", errors="replace").removeprefix("\ufeff").replace("\x00", "\ufffd")
    text = _STRANGE.sub(lambda match: chr(ord(match.group()) + _SHELTER), text)
    return text if not text or text.endswith("\n") else f"{text}\n"


def restored(text: str) -> str:
    """``text`` with the characters that :func:`decoded` hid."""
    if text.isascii() and "\x00" not in text:
        return text
    text = text.replace("\x00", "\ufffd")  # no database keeps it
    return _SHELTERED.sub(lambda match: chr(ord(match.group()) - _SHELTER), text)


def with_astral_escapes(text: str) -> str:
    """JSON's two escapes for one character, as one that YAML has."""
    return _SURROGATES.sub(_astral, text)


def _astral(pair: re.Match[str]) -> str:
    high, low = (int(half, 16) for half in pair.groups())
    return f"\\U{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00:08x}"


def without_idle_tabs(text: str) -> str:
    """``text`` without the tabs that libyaml forbids and that decide nothing."""
    return _TABS_BEFORE_VALUE.sub(r"\1 ", _TABS_OF_NOTHING.sub("", text))


def directive_fault(directives: str) -> str:
    """What is wrong with the %YAML and %TAG lines before a document, in the words of JavaScript's library."""
    for name, rest in _DIRECTIVE.findall(directives):
        parts = rest.split()
        if name == "TAG" and len(parts) != 2:
            return "%TAG directive should contain exactly two parts"
        if name == "YAML" and len(parts) != 1:
            return "%YAML directive should contain exactly one part"
        if name == "YAML" and not _VERSION.match(parts[0]):
            return f"Unsupported YAML version {parts[0]}"
    return ""


def has_glued_comment(text: str, begin: int, end: int, style: str | None) -> bool:
    """Whether a comment starts right at the end of a quoted text or a collection, or of a block's first line."""
    if style in {"|", ">"}:
        return bool(_HEADER.match(text, begin))
    return text[end : end + 1] == "#"


def is_closed(text: str, begin: int) -> bool:
    """Whether the quotes at ``begin``, if there are any, close anywhere in ``text``."""
    pattern = _CLOSED.get(text[begin : begin + 1])
    return not pattern or bool(pattern.match(text, begin))

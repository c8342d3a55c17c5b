"""URLs as browsers and JavaScript's ``URL`` read them (https://url.spec.whatwg.org). Pure."""

import re
from ipaddress import AddressValueError, IPv6Address
from unicodedata import bidirectional, category, normalize
from urllib.parse import unquote

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_SPECIAL_SCHEMES = frozenset({"http", "https", "ftp", "ws", "wss"})
_EDGE = "".join(map(chr, range(33)))
_FORBIDDEN_IN_HOST = re.compile(r"[\x00\t\n\r #/:<>?@\[\\\]^|]")
_FORBIDDEN_IN_DOMAIN = re.compile(r"[\x00-\x20#%/:<>?@\[\\\]^|\x7f]")
_PORT = re.compile(r"[0-9]*\Z")
_NUMERIC_END = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9a-fA-F]*)\.?\Z")
#: What stands for nothing in the name of a host, and what for a dot.
_UNSEEN = dict.fromkeys(map(ord, "\xad\u200b\u2060\ufeff"), "") | dict.fromkeys(map(ord, "\u3002\uff0e\uff61"), ".")
_DRIVE = re.compile(r"[A-Za-z][:|]\Z")
_RIGHT_TO_LEFT = frozenset({"R", "AL"})


def cleaned(text: str) -> str:
    """``text`` without what a URL may have around and within it but does not mean."""
    return re.sub(r"[\t\r\n]", "", text.strip(_EDGE))


def is_absolute_url(text: str) -> bool:
    """Whether ``new URL(text)`` would accept it."""
    text = cleaned(text)
    if not _SCHEME.match(text):
        return False
    scheme, rest = text.split(":", 1)
    if scheme.lower() in _SPECIAL_SCHEMES:
        return _is_authority(rest.replace("\\", "/").lstrip("/"), special=True)
    if scheme.lower() == "file":
        slashed = rest.replace("\\", "/")
        host = re.split(r"[/?#]", slashed[2:], maxsplit=1)[0] if slashed.startswith("//") else ""
        return not host or bool(_DRIVE.match(host)) or _is_host(host, special=True)
    return not rest.startswith("//") or _is_authority(rest[2:], special=False)


def without_dots(path: str) -> str:
    """An absolute path without its ``.`` and ``..``, however they are written; empty parts stay."""
    kept: list[str] = []
    parts = path.split("/")[1:]
    for part in parts:
        plain = part.lower().replace("%2e", ".")
        if plain == "..":
            kept = kept[:-1]
        elif plain != ".":
            kept.append(part)
    ends_open = parts[-1].lower().replace("%2e", ".") in {".", ".."}
    return "/" + "/".join([*kept, ""] if ends_open else kept)


def _is_authority(rest: str, *, special: bool) -> bool:
    """Whether user, host and port at the beginning of ``rest`` can be. Only special schemes need a host."""
    _, at, host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")
    name, _, port = host.rpartition("]") if host.startswith("[") else ("", "", host)
    if name:
        name, colon, port = f"{name}]", port[:1], port[1:]
        if colon not in {"", ":"}:
            return False
    else:
        name, colon, port = host.partition(":")
    if not name:
        return not (special or at or colon)
    return bool(_PORT.match(port)) and int(port or 0) < 65536 and _is_host(name, special=special)


def _is_host(name: str, *, special: bool) -> bool:
    if name.startswith("["):
        return name.endswith("]") and _is_ipv6(name[1:-1])
    return _is_domain(unquote(name)) if special else not _FORBIDDEN_IN_HOST.search(name)


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except AddressValueError:
        return False
    return "%" not in text


def _is_domain(name: str) -> bool:
    name = normalize("NFKC", name.translate(_UNSEEN)).lower()
    if not name or _FORBIDDEN_IN_DOMAIN.search(name) or not all(map(_is_label, name.split("."))):
        return False
    return not _NUMERIC_END.match(name) or _is_ipv4(name)


def _is_label(label: str) -> bool:
    if label.startswith("xn--"):
        try:
            label = label[4:].encode("ascii").decode("punycode")
        except UnicodeError:
            return False
        if label.isascii():
            return False
    if label.isascii():
        return True
    sides = {bidirectional(char) for char in label}
    mixed = bool(sides & _RIGHT_TO_LEFT) and "L" in sides
    return not mixed and category(label[0])[0] != "M" and not any(category(char) in {"Cc", "Cf"} for char in label)


def _is_ipv4(name: str) -> bool:
    """Four numbers, or fewer of which the last is larger; octal and hexadecimal too."""
    numbers: list[int] = []
    for part in name.removesuffix(".").split("."):
        base = 16 if part[:2].lower() == "0x" else 8 if len(part) > 1 and part.startswith("0") else 10
        try:
            numbers.append(int(part[2:] or "0", 16) if base == 16 else int(part, base))
        except ValueError:
            return False
    *first, last = numbers
    return len(first) < 4 and all(number < 256 for number in first) and last < 256 ** (4 - len(first))

"""Keeping secrets out of logs. Pure."""

import html
import json
import re
from collections.abc import Mapping
from itertools import takewhile
from typing import Any
from urllib.parse import quote

MASK = "•••"
SHORTEST = 6
#: So much of the beginning or the end of a secret is taken out with what follows or leads to it: whoever prints in two
#: writes with a pause between them makes two lines of it.
PIECE = 12
_PATTERNS = (
    re.compile(r"(?i)(authorization:\s*(?:bearer|basic)\s+)\S+"),
    re.compile(r"(?i)((?:password|passwd|secret|token|api_?key)\s*[=:]\s*)(?!\()[\"']?[^\s\"',]{6,}[\"']?"),
    re.compile(r"()\b(?:crn_[\w-]{20,}|gh[pousr]_\w{20,}|glpat-[\w-]{20,}|AKIA[0-9A-Z]{16})\b"),
    re.compile(r"()-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?-----END [A-Z ]*PRIVATE KEY-----"),
)
_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_KEY_ENDS = re.compile(r"-----END [A-Z ]*PRIVATE KEY-----")
#: Characters; what goes on longer than the longest key, with what programs put before each line, is none.
LONGEST_KEY = 8 * 1024
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07]*\x07|[@-_])")
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class Redactor:
    """Replaces registered secrets, however they are escaped, and whatever looks like a credential."""

    def __init__(self) -> None:
        self._secrets: list[str] = []

    def add(self, secret: str) -> None:
        """Keep ``secret`` out, and its JSON, HTML and shell spellings. Shorter than six characters it is left alone,
        because it would blank out ordinary words."""
        if len(secret) < SHORTEST:
            return
        spellings = {secret, *_spellings(secret), *(line for line in secret.splitlines() if len(line) >= SHORTEST)}
        self._secrets = sorted({*self._secrets, *spellings}, key=len, reverse=True)

    def clean(self, text: str) -> str:
        """``text`` without secrets, terminal codes and control characters."""
        text = text.encode("utf-8", errors="replace").decode()  # half characters, which no database takes
        text = _CONTROLS.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
        text = self.hide(text)
        for pattern in _PATTERNS:
            text = pattern.sub(rf"\g<1>{MASK}", text)
        return text

    def hide(self, text: str) -> str:
        """``text`` without the registered secrets and large pieces of them; all else stays."""
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        for secret in self._secrets:
            if len(secret) > PIECE:
                text = _without_pieces(text, secret)
        return text

    def hide_in(self, value: Any) -> Any:
        """The same for every text in a JSON value."""
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, Mapping):
            return {key: self.hide_in(item) for key, item in value.items()}
        return [self.hide_in(item) for item in value] if isinstance(value, list | tuple) else value


def without_keys(text: str, inside: int = 0) -> tuple[str, int]:
    """``text`` without private keys, which programs print line by line, so that one may begin here and end in the next
    text: ``inside`` is how much of one has been left out before, and the answer's number how much was at the end."""
    kept = ""
    while True:
        if inside:
            end = _KEY_ENDS.search(text)
            if end is None:
                inside += len(text)
                return kept, inside if inside <= LONGEST_KEY else 0
            text = text[end.end() :]
        begin = _KEY_BEGINS.search(text)
        if begin is None:
            return kept + text, 0
        kept, text, inside = kept + text[: begin.start()] + MASK, text[begin.end() :], 1


def _without_pieces(text: str, secret: str) -> str:
    """``text`` with beginnings and ends of ``secret`` masked, as far as they go."""
    head, tail = secret[:PIECE], secret[-PIECE:]
    while (at := text.find(head)) >= 0:
        end = at + _shared(text[at:], secret)
        text = text[:at] + MASK + text[end:]
    while (at := text.find(tail)) >= 0:
        end = at + PIECE
        before = text[max(0, end - len(secret)) : end]
        same = _shared(before[::-1], secret[::-1])
        text = text[: end - same] + MASK + text[end:]
    return text


def _shared(one: str, other: str) -> int:
    """How many characters two texts have in common from their beginning on."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _spellings(secret: str) -> set[str]:
    as_json = json.dumps(secret)[1:-1]
    go_json = as_json.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return {as_json, go_json, html.escape(secret), quote(secret, safe="")}

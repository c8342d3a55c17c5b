"""Terraform's ``-json`` event stream in our words. Pure.

Each line becomes an :class:`Event` whose strings have been cleaned *after* JSON was decoded: a secret with
``<``, ``>`` or ``&`` in it is escaped on the wire and would slip through a replacement on the raw line.
Kinds that this version does not know pass through with their message.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Clean = Callable[[str], str]
LONGEST_TEXT = 16_000


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """An error or a warning, with the resource and the place in the module that it is about."""

    severity: Literal["error", "warning"]
    summary: str
    detail: str = ""
    address: str = ""
    place: str = ""

    def text(self) -> str:
        """The diagnostic as a person reads it."""
        where = ", ".join(part for part in (self.address, self.place) if part)
        head = f"{self.severity.capitalize()}: {self.summary}" + (f" ({where})" if where else "")
        return f"{head}\n{self.detail}" if self.detail else head


@dataclass(frozen=True, slots=True)
class Event:
    """One line of output.

    ``kind`` is Terraform's own word (``apply_start``, ``diagnostic``, …), ``plain`` for what is not JSON.
    ``identifier`` is the id that the provider gave, ``seconds`` how long the operation has taken.
    """

    kind: str
    text: str
    level: str = "info"
    address: str = ""
    action: str = ""
    identifier: str = ""
    seconds: float | None = None
    diagnostic: Diagnostic | None = None


def as_it_is(text: str) -> str:
    """The cleaner of those who have no secrets."""
    return text


def parse_line(line: str, clean: Clean = as_it_is) -> Event:
    """The event on ``line``. Never raises: output that is not an event is shown, cleaned, as ``plain``."""
    try:
        raw = json.loads(line)
    except ValueError:
        return Event("plain", clean(line)[:LONGEST_TEXT])
    if not isinstance(raw, dict) or "@message" not in raw:
        # Structured output without an envelope can only be a document such as a state: nothing to show.
        return Event("plain", "(a document was left out)")
    return _event(raw, clean)


def _event(raw: Mapping[str, Any], clean: Clean) -> Event:
    kind = str(raw.get("type", "log"))
    found = _diagnostic(raw["diagnostic"], clean) if isinstance(raw.get("diagnostic"), dict) else None
    hook, change = _mapping(raw, "hook"), _mapping(raw, "change")
    resource = _mapping(hook, "resource") or _mapping(change, "resource")
    seconds = hook.get("elapsed_seconds")
    return Event(
        kind=kind,
        text=found.text() if found else clean(str(raw["@message"]))[:LONGEST_TEXT],
        level=str(raw.get("@level", "info")),
        address=clean(str(resource.get("addr", ""))),
        action=str(hook.get("action") or change.get("action") or ""),
        identifier=clean(str(hook.get("id_value") or "")),
        seconds=float(seconds) if isinstance(seconds, int | float) else None,
        diagnostic=found,
    )


def _diagnostic(raw: Mapping[str, Any], clean: Clean) -> Diagnostic:
    source = _mapping(raw, "range")
    line = _mapping(source, "start").get("line")
    return Diagnostic(
        severity="warning" if raw.get("severity") == "warning" else "error",
        summary=clean(str(raw.get("summary", ""))),
        detail=clean(str(raw.get("detail", "")))[:LONGEST_TEXT],
        address=clean(str(raw.get("address", ""))),
        place=f"{source['filename']} line {line}" if source.get("filename") and line else "",
    )


def _mapping(raw: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = raw.get(key)
    return value if isinstance(value, dict) else {}

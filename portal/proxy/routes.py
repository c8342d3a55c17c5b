"""The routes of ``proxy`` in app-config.yaml, and where a path leads by them. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit

from common.errors import FieldError, UserError

BASE = "/api/proxy"
#: Keys of ``proxy`` that are no routes.
_SETTINGS = frozenset({"endpoints", "reviveConsumedRequestBodies", "skipInvalidProxies"})
OPEN = "dangerously-allow-unauthenticated"
CREDENTIALS = ("require", "forward", OPEN)
METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
MOST_LETTERS = 4000
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_IN_PATH = "/:@!$&'()*+,;=-._~"


@dataclass(frozen=True, slots=True)
class Route:
    """What is reached below ``prefix``. What may hold a secret is not in its ``repr``."""

    prefix: str
    target: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    rewrites: tuple[tuple[re.Pattern[str], str], ...] = ()
    #: None: all of METHODS.
    allowed_methods: tuple[str, ...] | None = None
    #: Lower case.
    allowed_headers: frozenset[str] = frozenset()
    credentials: str = "require"
    change_origin: bool = True
    secure: bool = True

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods that are passed on."""
        return METHODS if self.allowed_methods is None else self.allowed_methods

    @property
    def host(self) -> str:
        """Host and port of the target."""
        return urlsplit(self.target).netloc.rpartition("@")[2]

    def fits(self, path: str) -> bool:
        """Whether ``path`` is the prefix or below it."""
        return path == self.prefix or path.startswith(f"{self.prefix.rstrip('/')}/")

    def address(self, path: str, query: str) -> str:
        """Where ``path``, which fits, leads. Scheme and host are always the target's."""
        parts = urlsplit(self.target)
        inner = refuse_tricks(self._rewritten(BASE + quote(path, safe=_IN_PATH)))
        joined = f"{parts.path.rstrip('/')}/{inner.removeprefix('/')}"
        asked = "&".join(text for text in (parts.query, query) if text)
        return urlunsplit((parts.scheme, parts.netloc, joined, asked, ""))

    def _rewritten(self, path: str) -> str:
        """By the first rule that fits; without rules the prefix is taken away."""
        if not self.rewrites:
            return f"/{path.removeprefix(BASE + quote(self.prefix, safe=_IN_PATH)).lstrip('/')}"
        for pattern, text in self.rewrites:
            if found := pattern.search(path):
                return path[: found.start()] + _expanded(text, found) + path[found.end() :]
        return path

    def back(self, location: str, asked: str) -> str | None:
        """A redirect of the target as an address of ours; None when it leads elsewhere, or cannot be told."""
        joined = urlsplit(_join(asked, location))
        target = urlsplit(self.target)
        base = target.path.rstrip("/")
        same = (joined.scheme, joined.netloc) == (target.scheme, target.netloc)
        if self.rewrites or not same or not f"{joined.path}/".startswith(f"{base}/"):
            return None
        path = f"{BASE}{self.prefix.rstrip('/')}/{joined.path.removeprefix(base).lstrip('/')}"
        return urlunsplit(("", "", path, joined.query, joined.fragment))


@dataclass(frozen=True, slots=True)
class Routes:
    """The routes that can be used, the longest prefix first, and why others cannot."""

    usable: tuple[Route, ...] = ()
    broken: Mapping[str, FieldError] = field(default_factory=dict)

    def find(self, path: str) -> Route | None:
        """The route for ``path``."""
        return next((route for route in self.usable if route.fits(path)), None)


def routes_of(document: Mapping[str, Any]) -> Routes:
    """The routes of a merged app-config.yaml; one that is wrong does not stop the others."""
    section = document.get("proxy") or {}
    if not isinstance(section, dict):
        return Routes(broken={"": FieldError("proxy", "must be a map of prefixes")})
    given = {key: value for key, value in section.items() if key not in _SETTINGS}
    endpoints = section.get("endpoints") or {}
    given |= endpoints if isinstance(endpoints, dict) else {}
    usable, broken = [], {}
    for key, value in given.items():
        prefix = "/" + str(key).strip("/")
        try:
            usable.append(_route(prefix, {"target": value} if isinstance(value, str) else value))
        except _Wrong as error:
            path = ".".join(part for part in (f"proxy.{key}", error.field) if part)
            broken[prefix] = FieldError(path, error.message, "A variable in it may not be set." if error.empty else "")
    usable.sort(key=lambda route: len(route.prefix), reverse=True)
    return Routes(tuple(usable), broken)


class _Wrong(Exception):
    def __init__(self, field: str, message: str, *, empty: bool = False) -> None:
        super().__init__(message)
        self.field, self.message, self.empty = field, message, empty


def _route(prefix: str, given: Any) -> Route:
    if not isinstance(given, dict):
        raise _Wrong("", "must be an address or a map with target", empty=given is None)
    credentials = given.get("credentials") or "require"
    if credentials not in CREDENTIALS:
        raise _Wrong("credentials", f"must be one of {', '.join(CREDENTIALS)}")
    methods = given.get("allowedMethods")
    return Route(
        prefix=prefix,
        target=_target(given.get("target")),
        headers=_headers(given.get("headers")),
        rewrites=tuple(_rewrite(*rule) for rule in _map(given.get("pathRewrite"), "pathRewrite").items()),
        allowed_methods=None if methods is None else tuple(m.upper() for m in _texts(methods, "allowedMethods")),
        allowed_headers=frozenset(name.lower() for name in _texts(given.get("allowedHeaders"), "allowedHeaders")),
        credentials=credentials,
        change_origin=given.get("changeOrigin") is not False,
        secure=given.get("secure") is not False,
    )


def _target(given: Any) -> str:
    try:
        parts = urlsplit(str(given or ""))
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise _Wrong("target", "must be an http or https address", empty=not given)
    return str(given)


def _headers(given: Any) -> dict[str, str]:
    found = {}
    for name, value in _map(given, "headers").items():
        if value is None:
            raise _Wrong(f"headers.{name}", "must have a value", empty=True)
        if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name) or _CONTROL.search(str(value)):
            raise _Wrong(f"headers.{name}", "is no header")
        found[name] = str(value)
    return found


def _rewrite(pattern: str, text: Any) -> tuple[re.Pattern[str], str]:
    try:
        return re.compile(pattern), str(text or "")
    except (re.error, RecursionError) as error:
        raise _Wrong(f"pathRewrite.{pattern}", f"is no regular expression: {error}") from None


def _map(given: Any, name: str) -> dict[str, Any]:
    if not isinstance(given or {}, dict):
        raise _Wrong(name, "must be a map")
    return given or {}


def _texts(given: Any, name: str) -> list[str]:
    if not isinstance(given or [], list) or not all(isinstance(item, str) for item in given or []):
        raise _Wrong(name, "must be a list of texts")
    return given or []


def _expanded(text: str, found: re.Match[str]) -> str:
    """A replacement in JavaScript's words: ``$1``, ``$&``, ``$$``."""

    def part(mark: re.Match[str]) -> str:
        which = mark[1]
        if which == "$":
            return "$"
        index = 0 if which == "&" else int(which)
        return (found[index] or "") if index <= (found.re.groups or 0) else mark[0]

    return re.sub(r"\$(\$|&|\d)", part, text)


def _join(asked: str, location: str) -> str:
    try:
        return urljoin(asked, location)
    except ValueError:
        return ""


def refuse_tricks(path: str) -> str:
    """``path``, unless it climbs up, however often that is encoded; UserError then."""
    seen: Iterable[str] = {path, once := unquote(path), twice := unquote(once), unquote(twice)}
    if len(path) > MOST_LETTERS:
        raise UserError("The path is too long.", id="path-refused")
    for text in seen:
        steps = (step.partition(";")[0] for step in re.split(r"[/\\]", text))
        if _CONTROL.search(text) or any(step in {".", ".."} for step in steps):
            raise UserError("The path must not climb up or hold control characters.", id="path-refused")
    return path

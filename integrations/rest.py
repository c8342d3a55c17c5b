"""What the REST APIs of Git hosts have in common: conditional requests, a budget, pages, and how they refuse."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from common.errors import NotFound, ProviderError, RateLimited
from common.http import Fetched, fetch
from common.numbers import parse_digits

MOST_PAGES = 1000
#: Seconds to rest after a refusal that does not say how long.
REST = 60


class Answers(Protocol):
    """Keeps answers with their ETags, so that the same again is answered by 304. Called from several threads."""

    def get(self, address: str) -> tuple[str, bytes] | None:
        """ETag and body that were kept for ``address``."""

    def put(self, address: str, etag: str, body: bytes) -> None:
        """Keep them."""


class NoAnswers:
    """Keeps nothing."""

    def get(self, address: str) -> tuple[str, bytes] | None:
        """Nothing."""
        return None

    def put(self, address: str, etag: str, body: bytes) -> None:
        """Forget it."""


@dataclass(frozen=True, slots=True)
class Budget:
    """How many requests the host still answers before ``reset``."""

    limit: int
    remaining: int
    reset: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer; ``next`` is the address of the next page, empty on the last."""

    body: bytes
    next: str = ""


class Rest:
    """Asks one API. ``authorization`` gives the header's value, or nothing; ``rate`` is what budget headers begin with.

    RateLimited says until when nothing is answered, NotFound is a 404, ProviderError everything else.
    """

    def __init__(
        self,
        api: str,
        *,
        authorization: Callable[[], str],
        answers: Answers,
        rate: str,
        allow_private: tuple[str, ...] = (),
    ) -> None:
        self.api = api.rstrip("/")
        self.budget: Budget | None = None
        self._authorization, self._answers, self._rate = authorization, answers, rate
        self._allow_private = allow_private
        self._closed_until: datetime | None = None

    def get(self, path: str, *, accept: str = "application/json", keep: bool = True) -> Answer:
        """What is at ``path`` (or at a full address of the same API) now; with ``keep`` by its ETag next time."""
        address = path if "://" in path else f"{self.api}{path}"
        self._require_same_host(address)
        self._require_open()
        kept = self._answers.get(f"{accept} {address}") if keep else None
        headers = {"Accept": accept, **({"If-None-Match": kept[0]} if kept else {}), **self._login()}
        answer = fetch(address, headers=headers, allow_private=self._allow_private, returned={429})
        self._note_budget(answer.headers)
        if answer.status == HTTPStatus.NOT_MODIFIED and kept:
            return _unpacked(kept[1])
        self._require_good(answer, address)
        found = Answer(answer.body, next_page(answer.headers, address))
        if keep and (etag := answer.headers.get("etag")):
            self._answers.put(f"{accept} {address}", etag, _packed(found))
        return found

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and decoded answer of a request that changes something, which is never sent twice.

        Raises RateLimited, and ProviderError for a host that does not answer; a refusal is returned.
        """
        self._require_open()
        data = None if body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json", "Content-Type": "application/json", **self._login()}
        answer = fetch(
            f"{self.api}{path}",
            method=method,
            headers=headers,
            body=data,
            allow_private=self._allow_private,
            attempts=1,
            returned={429},
        )
        self._note_budget(answer.headers)
        if until := self._refused_until(answer):
            self._closed_until = until
            raise self._limited(until)
        try:
            return answer.status, json.loads(answer.body) if answer.body else None
        except ValueError:
            return answer.status, None

    def json(self, path: str, *, keep: bool = True) -> Any:
        """The decoded answer."""
        return self._decoded(self.get(path, keep=keep).body, path)

    def pages(self, path: str) -> Iterator[Any]:
        """The items of all pages. A page that fails fails the whole: half a list is not to be taken for all of it."""
        for _ in range(MOST_PAGES):
            answer = self.get(path)
            items = self._decoded(answer.body, path)
            if not isinstance(items, list):
                raise self._bad(path, "is no list")
            yield from items
            if not answer.next:
                return
            path = answer.next
        raise self._bad(path, f"has more than {MOST_PAGES} pages")

    @property
    def host(self) -> str:
        """The host, for messages."""
        return urlsplit(self.api).netloc

    def _login(self) -> dict[str, str]:
        given = self._authorization()
        return {"Authorization": given} if given else {}

    def _decoded(self, body: bytes, path: str) -> Any:
        try:
            return json.loads(body)
        except ValueError:
            raise self._bad(path, "is not JSON") from None

    def _bad(self, path: str, what: str) -> ProviderError:
        message = f"What {self.host} answered to {urlsplit(path).path} {what}."
        return ProviderError(message, permanent=False, id="bad-answer", hint="It is tried again at the next sync.")

    def _require_same_host(self, address: str) -> None:
        """The next page is named by the answer, and the token goes along."""
        if urlsplit(address)[:2] != urlsplit(self.api)[:2]:
            raise ProviderError(f"{self.host} names a page of another host.", permanent=True, id="bad-answer")

    def _require_open(self) -> None:
        """Ask nothing of a host that has said that it answers nothing."""
        if self._closed_until and self._closed_until > datetime.now(UTC):
            raise self._limited(self._closed_until)

    def _require_good(self, answer: Fetched, address: str) -> None:
        if answer.status == HTTPStatus.OK:
            return
        if until := self._refused_until(answer):
            self._closed_until = until
            raise self._limited(until)
        raise self._refusal(answer.status, urlsplit(address).path)

    def _refusal(self, status: int, path: str) -> NotFound | ProviderError:
        if status == HTTPStatus.NOT_FOUND:
            hint = "Check the name. What is private shows itself only to a token that may read it."
            return NotFound(f"{self.host} has no {path}.", id="not-found", hint=hint)
        message = f"{self.host} answered {status} to {path}."
        if status == HTTPStatus.UNAUTHORIZED:
            hint = "The token under integrations in app-config.yaml is wrong or has expired."
            return ProviderError(message, permanent=True, id="login-refused", hint=hint)
        hint = "The token may not read this: look at its scopes." if status == HTTPStatus.FORBIDDEN else ""
        return ProviderError(message, permanent=True, id=f"answered-{status}", hint=hint)

    def _limited(self, until: datetime) -> RateLimited:
        moment = until.astimezone(UTC).strftime("%H:%M UTC")
        hint = "It is read again then. A token or a GitHub App under integrations has a larger budget."
        return RateLimited(f"{self.host} answers no more requests until {moment}.", until=until, hint=hint)

    def _refused_until(self, answer: Fetched) -> datetime | None:
        """The end of a rate limit; None for a refusal that is about something else."""
        if answer.status not in {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}:
            return None
        now = datetime.now(UTC)
        if after := answer.headers.get("retry-after"):
            return _moment_after(after, now)
        if self.budget and self.budget.remaining == 0:
            return max(self.budget.reset, now + timedelta(seconds=1))
        said = answer.status == HTTPStatus.TOO_MANY_REQUESTS or b"rate limit" in answer.body[:2000].lower()
        return now + timedelta(seconds=REST) if said else None

    def _note_budget(self, headers: Mapping[str, str]) -> None:
        try:
            limit, remaining, reset = (int(headers[f"{self._rate}{name}"]) for name in ("limit", "remaining", "reset"))
            self.budget = Budget(limit, remaining, datetime.fromtimestamp(reset, UTC))
        except (KeyError, ValueError, OverflowError, OSError):
            return


def next_page(headers: Mapping[str, str], address: str) -> str:
    """The address of the page after the one at ``address``; empty on the last.

    ``X-Next-Page`` comes first: it holds where a proxy makes the host call itself by another name in ``Link``.
    """
    if number := headers.get("x-next-page", ""):
        parts = urlsplit(address)
        query = {**dict(parse_qsl(parts.query)), "page": number}
        return urlunsplit(parts._replace(query=urlencode(query)))
    for link in headers.get("link", "").split(","):
        where, _, about = link.partition(";")
        if 'rel="next"' in about:
            return where.strip().strip("<>")
    return ""


def _moment_after(after: str, now: datetime) -> datetime:
    """``Retry-After``: seconds or a date."""
    seconds = parse_digits(after.strip(), most=86_400)
    if seconds is not None:
        return now + timedelta(seconds=seconds)
    try:
        return parsedate_to_datetime(after).astimezone(UTC)
    except (ValueError, OverflowError):
        return now + timedelta(seconds=REST)


def _packed(answer: Answer) -> bytes:
    """A 304 need not name the next page, so it is kept before the body."""
    return answer.next.encode() + b"\n" + answer.body


def _unpacked(kept: bytes) -> Answer:
    address, _, body = bytes(kept).partition(b"\n")
    return Answer(body, address.decode())

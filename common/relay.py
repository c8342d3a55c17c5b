"""Passing one request on to a server that an operator has named, and its answer back, without holding either whole.

Unlike :func:`common.http.fetch` it reaches private hosts: who calls it must have the address from configuration alone.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from typing import Any

import httpx2

from common.errors import CairnError, ProviderError
from common.numbers import parse_digits

TIMEOUT = httpx2.Timeout(30.0, connect=5.0)
#: An answer may take so many seconds as a whole.
MOST_SECONDS = 300.0


class TooLarge(Exception):
    """What is passed on is larger than it may be."""


@dataclass(slots=True)
class Relayed:
    """An answer whose body is still on its way; close ``body`` when nobody reads it."""

    status: int
    headers: list[tuple[str, str]]
    body: "Body"


class Body:
    """The bytes of an answer, once. Reading ends with an error when they are too many or take too long."""

    def __init__(self, client: httpx2.Client, answer: httpx2.Response, max_bytes: int) -> None:
        self._client, self._answer, self._left = client, answer, max_bytes
        self._end = time.monotonic() + MOST_SECONDS

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._answer.iter_bytes():
            self._left -= len(chunk)
            if self._left < 0 or time.monotonic() > self._end:
                raise TooLarge("the answer is too large, or takes too long")
            yield chunk

    def close(self) -> None:
        """Let go of the connection."""
        self._answer.close()
        self._client.close()


@cache
def _trusted(secure: bool) -> Any:
    """The certificates to trust, which take a tenth of a second to load."""
    return httpx2.create_ssl_context(trust_env=False) if secure else False


def relay(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: Iterator[bytes] | None,
    max_bytes: int,
    secure: bool = True,
) -> Relayed:
    """Send a request and answer what comes back, redirects included, as soon as its headers are there.

    ProviderError when the server cannot be reached, and a CairnError with status 504 when it does not answer in time;
    neither names address or headers, which may hold secrets. ``secure`` off trusts any certificate.
    """
    # A client of its own each time: a shared one would keep the cookies that one person is given for all others.
    client = httpx2.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False, verify=_trusted(secure))
    try:
        answer = client.send(client.build_request(method, url, headers=headers, content=body), stream=True)
    except httpx2.TimeoutException:
        client.close()
        raise CairnError(
            "The target did not answer in time.", id="target-too-slow", status=HTTPStatus.GATEWAY_TIMEOUT
        ) from None
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError):
        client.close()
        raise ProviderError("The target could not be reached.", permanent=False, id="target-gone") from None
    found = Relayed(answer.status_code, list(answer.headers.multi_items()), Body(client, answer, max_bytes))
    length = parse_digits(str(answer.headers.get("content-length")), most=max_bytes + 1)
    if method != "HEAD" and length and length > max_bytes:
        found.body.close()
        raise ProviderError("The answer of the target is too large.", permanent=True, id="target-too-large")
    return found

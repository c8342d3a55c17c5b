"""Requests to other systems. Every hop's address is looked up, checked and pinned, so that no name leads inside."""

import ipaddress
import socket
import ssl
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import httpx2
import stamina
from django.conf import settings

from common.errors import FieldError, ProviderError, UserError

MOST_BYTES = 5 * 1024 * 1024
MOST_REDIRECTS = 5
TIMEOUT = httpx2.Timeout(20.0, connect=5.0)
USER_AGENT = "Cairn"
_AGAIN = frozenset({429, 500, 502, 503, 504})

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer; header names are lower case. ``url`` is where the redirects led."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


class _TryAgain(Exception):
    """A failure that may pass."""


def fetch(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    max_bytes: int = MOST_BYTES,
    allow_private: Iterable[str] = (),
    attempts: int = 2,
    returned: Collection[int] = (),
) -> Fetched:
    """Request ``url`` and follow its redirects, and read at most ``max_bytes``.

    Answers of 4xx but 429 are returned, and so are those of ``returned``, for callers who read more out of them than
    that the server is busy. UserError for an address that may not be reached, ProviderError for a server that
    does not answer as it should. ``allow_private`` names hosts or networks beyond CAIRN_HTTP_ALLOW_PRIVATE.
    """
    allowed = (*settings.HTTP_ALLOW_PRIVATE, *allow_private)
    try:
        for attempt in stamina.retry_context(on=_TryAgain, attempts=attempts, wait_initial=0.3, wait_max=2):
            with attempt:
                return _follow(url, method, dict(headers or {}), body, max_bytes, allowed, _AGAIN - set(returned))
    except _TryAgain as error:
        raise ProviderError(str(error), permanent=False, id="no-answer", hint="Try again in a while.") from None
    raise AssertionError("a retry loop ends with an answer or an error")


def reachable_address(url: str, *, allow_private: Iterable[str] = ()) -> Address:
    """The address that the host of ``url`` has now, for programs of others that are told to go there and nowhere else.

    Raises what :func:`fetch` raises for a host that may not be reached or is not there.
    """
    parts = urlsplit(url)
    if not parts.hostname:
        raise _refused(url, f"{url} names no host.")
    return _public_address(parts.hostname, _port(parts), url, (*settings.HTTP_ALLOW_PRIVATE, *allow_private))


def _port(parts: SplitResult) -> int:
    try:
        return parts.port or {"https": 443, "ssh": 22}.get(parts.scheme, 80)
    except ValueError:
        message = f"{parts.netloc.rsplit('@', 1)[-1]} has no port that there can be."
        hint = "A port is a number from 1 to 65535, and is rarely needed."
        raise UserError(message, id="wrong-address", hint=hint, fields=[FieldError("target", message)]) from None


def _follow(
    url: str,
    method: str,
    headers: dict[str, str],
    body: bytes | None,
    max_bytes: int,
    allowed: tuple[str, ...],
    again: Collection[int],
) -> Fetched:
    origin = urlsplit(url)[:2]
    for _ in range(MOST_REDIRECTS + 1):
        answer = _once(url, method, headers, body, max_bytes, allowed, again)
        if answer.status not in {301, 302, 303, 307, 308} or "location" not in answer.headers:
            return answer
        url = urljoin(url, answer.headers["location"])
        if urlsplit(url)[:2] != origin:
            headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
    raise ProviderError(f"{url} redirects more than {MOST_REDIRECTS} times.", permanent=True, id="too-many-redirects")


def _once(
    url: str,
    method: str,
    headers: Mapping[str, str],
    body: bytes | None,
    max_bytes: int,
    allowed: tuple[str, ...],
    again: Collection[int],
) -> Fetched:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _refused(url, f"{url} is not an http or https address.")
    address = _public_address(parts.hostname, _port(parts), url, allowed)
    host = f"[{address}]" if address.version == 6 else str(address)
    pinned = urlunsplit(parts._replace(netloc=f"{host}:{parts.port}" if parts.port else host, fragment=""))
    sent = {"User-Agent": USER_AGENT, **headers, "Host": parts.netloc.rsplit("@", 1)[-1]}
    try:
        with (
            httpx2.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False, verify=_tls()) as client,
            client.stream(
                method, pinned, headers=sent, content=body, extensions={"sni_hostname": parts.hostname}
            ) as answer,
        ):
            if answer.status_code in again:
                raise _TryAgain(f"{parts.hostname} answered {answer.status_code}.")
            return Fetched(answer.status_code, _lower(answer.headers), _read(answer, max_bytes, url), url)
    except httpx2.TimeoutException:
        raise _TryAgain(f"{parts.hostname} did not answer in time.") from None
    except httpx2.HTTPError as error:
        raise _TryAgain(f"{parts.hostname} could not be reached: {error}.") from None


@cache
def _tls() -> ssl.SSLContext:
    """One for all requests: reading the authorities takes longer than most answers."""
    context: ssl.SSLContext = httpx2.create_ssl_context(trust_env=False)
    return context


def _read(answer: httpx2.Response, max_bytes: int, url: str) -> bytes:
    parts: list[bytes] = []
    size = 0
    for chunk in answer.iter_bytes():
        size += len(chunk)
        if size > max_bytes:
            raise ProviderError(f"{url} holds more than {max_bytes // 1024} KB.", permanent=True, id="too-large")
        parts.append(chunk)
    return b"".join(parts)


def _lower(headers: httpx2.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _public_address(host: str, port: int, url: str, allowed: tuple[str, ...]) -> Address:
    """The address that ``host`` has now, if requests may go there."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise ProviderError(
            f"There is no host {host}.", permanent=True, id="unknown-host", hint="Check the spelling of the address."
        ) from None
    addresses = [ipaddress.ip_address(entry[4][0]) for entry in found]
    for address in addresses:
        if not (_is_public(address) or _is_allowed(host, port, address, allowed)):
            raise _refused(url, f"{host} leads to a private address, {address}.")
    return addresses[0]


def _is_public(address: Address) -> bool:
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_global and not address.is_multicast


def _is_allowed(host: str, port: int, address: Address, allowed: tuple[str, ...]) -> bool:
    for entry in allowed:
        if entry.lower() in {host.lower(), f"{host.lower()}:{port}"}:
            return True
        try:
            if address in ipaddress.ip_network(entry):
                return True
        except ValueError:
            continue
    return False


def _refused(url: str, message: str) -> UserError:
    hint = "Whoever runs the portal can allow a private host in CAIRN_HTTP_ALLOW_PRIVATE."
    return UserError(message, id="address-refused", hint=hint, fields=[FieldError("target", message)])

"""Which headers go through, there and back: few, as in Backstage. Pure."""

from collections.abc import Iterable, Mapping

from portal.proxy.routes import Route

#: Passed on in both directions, whatever the route says.
SAFE = frozenset(
    {
        "accept",
        "accept-language",
        "cache-control",
        "content-language",
        "content-type",
        "expires",
        "last-modified",
        "pragma",
        "user-agent",
    }
)
#: Of one connection only, or ours to say.
_OWN = frozenset(
    {
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "trailers",
        "transfer-encoding",
        "upgrade",
    }
)
#: A page that comes through here must not act as one of ours.
BOXED = "sandbox; default-src 'none'"


def outgoing(route: Route, given: Mapping[str, str], *, host: str, cookies: str) -> dict[str, str]:
    """What the target is sent of the headers ``given``, with those that the route sets.

    ``cookies`` are those that are not the portal's own.
    """
    allowed = SAFE | route.allowed_headers | ({"authorization"} if route.credentials == "forward" else set())
    dropped = _OWN | _named_in(given.get("Connection", "")) | {name.lower() for name in route.headers} | {"cookie"}
    sent = {name: value for name, value in given.items() if name.lower() in allowed - dropped}
    if "cookie" in route.allowed_headers and cookies:
        sent["Cookie"] = cookies
    sent.setdefault("User-Agent", "Cairn")
    sent.setdefault("Accept", "*/*")
    return {**sent, "Accept-Encoding": "identity", "Host": route.host if route.change_origin else host, **route.headers}


def incoming(route: Route, given: Iterable[tuple[str, str]], *, asked: str) -> dict[str, str]:
    """What of the target's answer to ``asked`` is sent back. It never sets a cookie of the portal's host."""
    headers = {name.lower(): value for name, value in given}
    dropped = _OWN | _named_in(headers.get("connection", "")) | {"set-cookie", "location", "content-security-policy"}
    sent = {name.title(): value for name, value in headers.items() if name in (SAFE | route.allowed_headers) - dropped}
    location = route.back(headers["location"], asked) if "location" in headers else None
    if location:
        sent["Location"] = location
    if "content-length" in headers and "content-encoding" not in headers:
        sent["Content-Length"] = headers["content-length"]
    return sent | {"Content-Security-Policy": BOXED, "X-Content-Type-Options": "nosniff"}


def _named_in(connection: str) -> set[str]:
    """Headers that the sender says are of this connection only."""
    return {name.strip().lower() for name in connection.split(",") if name.strip()}

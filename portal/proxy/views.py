"""One view: who asks, by which route, there and back."""

from collections.abc import Iterator
from functools import cache
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import AuthenticationFailed

from accounts.auth import token_of
from accounts.models import User
from accounts.permissions import may_write, require
from catalog.api.base import failure
from catalog.config import merged_document
from common.errors import CairnError, NotFound, PermissionRefused, UserError
from common.numbers import parse_digits
from common.relay import relay
from portal.proxy.headers import incoming, outgoing
from portal.proxy.routes import BASE, OPEN, Route, Routes, refuse_tricks, routes_of

SCOPE = "proxy"
MOST_SENT = 10 * 1024 * 1024
MOST_ANSWERED = 100 * 1024 * 1024
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_CHUNK = 64 * 1024


@cache
def configured_routes() -> Routes:
    """The routes of this process; changed files count from the next start."""
    return routes_of(merged_document())


@csrf_exempt
def proxy(request: HttpRequest, path: str) -> HttpResponseBase:
    """Pass the request on by its route. Errors have Backstage's body."""
    try:
        route = _route(request, f"/{path}")
        return _passed_on(request, route, f"/{path}")
    except AuthenticationFailed as error:
        return failure(request, str(error.detail), HTTPStatus.UNAUTHORIZED)
    except CairnError as error:
        status = HTTPStatus.BAD_REQUEST if isinstance(error, UserError) else error.status
        answer = failure(request, error.message, status)
        for name, value in error.headers.items():
            answer[name] = value
        return answer


def _route(request: HttpRequest, path: str) -> Route:
    """The route for ``path``, once it is known that this person may take it."""
    routes = configured_routes()
    route = routes.find(path)
    if route is None or route.credentials != OPEN:
        _authenticate(request)
    refuse_tricks(path)
    if route is None:
        broken = next((prefix for prefix in routes.broken if f"{path}/".startswith(f"{prefix}/")), None)
        if broken is None:
            raise NotFound(f"There is no proxy for {BASE}{path}")
        message = f"The proxy {broken} is not usable as it is configured; `manage.py doctor` says why"
        raise CairnError(message, id="proxy-broken", status=HTTPStatus.SERVICE_UNAVAILABLE)
    if request.method not in route.methods:
        raise CairnError(
            f"{request.method} is not allowed here",
            id="method-not-allowed",
            status=HTTPStatus.METHOD_NOT_ALLOWED,
            headers={"Allow": ", ".join(route.methods)},
        )
    return route


def _authenticate(request: HttpRequest) -> None:
    """A token with the scope, or a session, which may only read: no CSRF token travels here."""
    token = token_of(request)
    user = token.user if token else request.user
    if not isinstance(user, User):
        raise AuthenticationFailed("Missing credentials")
    if token is not None and not token.allows(SCOPE):
        raise PermissionRefused(f"This token lacks the scope {SCOPE}.")
    if request.method not in _READS:
        if token is None:
            raise PermissionRefused("Writing takes a token.")
        require(may_write(user))


def _passed_on(request: HttpRequest, route: Route, path: str) -> HttpResponseBase:
    size = parse_digits(str(request.META.get("CONTENT_LENGTH")), most=MOST_SENT + 1) or 0
    if size > MOST_SENT:
        message = f"At most {MOST_SENT // 1024 // 1024} MB are passed on"
        raise CairnError(message, id="too-large", status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    address = route.address(path, request.META.get("QUERY_STRING", ""))
    headers = outgoing(route, request.headers, host=request.get_host(), cookies=_foreign_cookies(request))
    if size:
        headers["Content-Length"] = str(size)
    answer = relay(
        request.method or "GET",
        address,
        headers=headers,
        body=_chunks(request) if size else None,
        max_bytes=MOST_ANSWERED,
        secure=route.secure,
    )
    sent = {"Content-Type": "application/octet-stream"} | incoming(route, answer.headers, asked=address)
    return StreamingHttpResponse(answer.body, status=answer.status, headers=sent)


def _chunks(request: HttpRequest) -> Iterator[bytes]:
    while chunk := request.read(_CHUNK):
        yield chunk


def _foreign_cookies(request: HttpRequest) -> str:
    """The cookies that are not the portal's: those would let the target act as the person."""
    own = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    return "; ".join(f"{name}={value}" for name, value in request.COOKIES.items() if name not in own)

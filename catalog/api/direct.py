"""The short way of requests with a token to the catalog API.

They need no session, cookie, CSRF token, message or policy for scripts, which cost more than the answer itself.
"""

from collections.abc import Callable

import structlog
from django.db import InterfaceError, OperationalError, connection
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from accounts.auth import bearer_text
from accounts.models import User
from common.middleware import ErrorMiddleware

BELOW = "/api/catalog/"
#: As the other middleware would set them, for answers that no browser shows as a page.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
Handler = Callable[[HttpRequest], HttpResponseBase]
_log = structlog.get_logger(__name__)


class TokenRequests:
    """Answers requests with a token below :data:`BELOW` by their view; all others go on."""

    def __init__(self, get_response: Handler) -> None:
        self._get_response = get_response
        self._view = ErrorMiddleware(_by_view)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        text = bearer_text(request) if request.path.startswith(BELOW) else None
        if not text:
            return self._get_response(request)
        # The first query tells as well as a health check would that a connection has died.
        connection.health_check_done = True  # type: ignore[attr-defined]  # not in the stubs
        try:
            response = self._fresh(request)
        except Resolver404:
            return self._get_response(request)
        _note(request, response)
        return _with_headers(response)

    def _fresh(self, request: HttpRequest) -> HttpResponseBase:
        request.resolver_match = match = resolve(request.path_info)
        # What is remembered only reads, though a question that is long is posted.
        if request.method != "GET" and not getattr(match.func, "remember", False):
            connection.health_check_done = False  # type: ignore[attr-defined]  # what may write is asked once
            return self._view(request)
        try:
            return self._view(request)
        except (InterfaceError, OperationalError):
            connection.close()
            return self._view(request)


def _by_view(request: HttpRequest) -> HttpResponseBase:
    match = request.resolver_match
    assert match
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return response


def _with_headers(response: HttpResponseBase) -> HttpResponseBase:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _note(request: HttpRequest, response: HttpResponseBase) -> None:
    user = getattr(request, "user", None)
    _log.info(
        "request_finished",
        code=response.status_code,
        request=f"{request.method} {request.get_full_path()}",
        user_id=user.pk if isinstance(user, User) else None,
    )

"""Answers of the catalog API that are given again while the catalog is as it was.

All who may read the catalog read the same, so that an answer is known by what was asked and by the catalog's number.
A token asks through :class:`RememberedAnswers`, before sessions, cookies and everything else that only pages need.
"""

from collections.abc import Callable
from http import HTTPStatus

import structlog
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.auth import bearer_text
from accounts.models import Version
from accounts.remembered import usable_token
from common.memory import Memory

BELOW = "/api/catalog/"
LARGEST = 1024 * 1024
READS = "catalog:read"
Handler = Callable[[HttpRequest], HttpResponseBase]
_answers: Memory[HttpResponse] = Memory(32 * 1024 * 1024)
_log = structlog.get_logger(__name__)


def remembered(request: HttpRequest, version: int | None, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The answer to ``request`` from memory, or from ``answer``, which is then remembered unless it is long."""
    key = _key(request)
    found = _answers.get(key, version) if version is not None else None
    if found is None:
        fresh = answer()
        if version is None or not isinstance(fresh, HttpResponse) or len(fresh.content) > LARGEST:
            return fresh
        found = fresh
        _answers.put(key, version, found, len(found.content) + len(request.body) + 500)
    return _copied(found)


class RememberedAnswers:
    """Answers tokens from memory; whatever is not there, or may not be read, goes on to the views."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self._known(request) or self.get_response(request)

    def _known(self, request: HttpRequest) -> HttpResponse | None:
        if not request.path.startswith(BELOW) or not (text := bearer_text(request)):
            return None
        key = _key(request)
        if not _answers.holds(key):
            return None
        try:
            versions = Version.objects.numbers()
            token = usable_token(text, versions.get("accounts"))
        except Error:
            return None  # the views say what is the matter
        found = _answers.get(key, versions.get("catalog"))
        if found is None or token is None or not token.allows(READS):
            return None
        words = f"{request.method} {request.get_full_path()}"
        _log.info("request_finished", code=HTTPStatus.OK, request=words, user_id=token.user_id)
        return _copied(found)


def _key(request: HttpRequest) -> tuple[str | None, str, bytes]:
    return request.method, request.get_full_path(), request.body


def _copied(response: HttpResponse) -> HttpResponse:
    """Its own headers, which the middleware adds to."""
    headers = {**dict(response.items()), "X-Frame-Options": "DENY"}
    return HttpResponse(response.content, status=response.status_code, headers=headers)

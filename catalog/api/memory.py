"""Answers of the catalog API that are given again while the catalog is as it was.

All who may read the catalog read the same, so that an answer is known by what was asked and by the catalog's number.
"""

from collections.abc import Callable

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.models import Version
from accounts.remembered import usable_token
from common.memory import Memory

LARGEST = 1024 * 1024
READS = "catalog:read"
_answers: Memory[HttpResponse] = Memory(32 * 1024 * 1024)


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


def known_answer(request: HttpRequest, text: str) -> HttpResponse | None:
    """What is remembered for ``request``, if ``text`` is a token that may read it. Two steps, one small query."""
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
    request.user = token.user
    return _copied(found)


def _key(request: HttpRequest) -> tuple[str | None, str, bytes]:
    return request.method, request.get_full_path(), request.body


def _copied(response: HttpResponse) -> HttpResponse:
    """Its own headers, which the middleware adds to."""
    return HttpResponse(response.content, status=response.status_code, headers=dict(response.items()))

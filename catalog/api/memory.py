"""Answers of the catalog API that are given again while the catalog is as it was.

All who see the same read the same, so that an answer is known by what was asked, by what the caller may see, and by
the numbers of the catalog and of the rules of visibility. While there are no rules, everybody sees the same.
"""

from collections.abc import Callable, Mapping

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.models import User, Version
from accounts.remembered import shared_token, with_teams
from catalog.visibility import VERSION, Sight, rules_at, sight_of
from common.memory import Memory

LARGEST = 1024 * 1024
READS = "catalog:read"
Numbers = Mapping[str, int]
Question = tuple[str | None, str, bytes]
_answers: Memory[HttpResponse] = Memory(32 * 1024 * 1024)
#: What was asked lately, so that nobody looks for an answer that is not there.
_questions: Memory[None] = Memory(50_000)


def remembered(
    request: HttpRequest, user: User, numbers: Numbers, answer: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """The answer to ``request`` from memory, or from ``answer``, which is then remembered unless it is long."""
    question, sight, version = _question(request), _sight_now(user, numbers), _version(numbers)
    found = _answers.get((question, sight), version) if version else None
    if found is None:
        fresh = answer()
        if version is None or not isinstance(fresh, HttpResponse) or len(fresh.content) > LARGEST:
            return fresh
        found = fresh
        _answers.put((question, sight), version, found, len(found.content) + len(request.body) + 500)
        _questions.put(question, version, None)
    return _copied(found)


def known_answer(request: HttpRequest, text: str) -> HttpResponse | None:
    """What is remembered for ``request``, if ``text`` is a token that may read it. Two steps, one small query."""
    question = _question(request)
    if not _questions.holds(question):
        return None
    try:
        numbers = Version.objects.numbers()
        token = shared_token(text, numbers.get("accounts"))
        if token is None or not token.allows(READS):
            return None
        found = _answers.get((question, _sight_now(token.user, numbers)), _version(numbers))
    except Error:
        return None  # the views say what is the matter
    if found is None:
        return None
    request.user = token.user
    return _copied(found)


def _sight_now(user: User, numbers: Numbers) -> Sight:
    """What ``user`` may see by ``numbers``, which were just read; no query while there are no rules."""
    if rules_at(numbers.get(VERSION)):
        with_teams(user, numbers.get("accounts"))
    return sight_of(user)


def _question(request: HttpRequest) -> Question:
    return request.method, request.get_full_path(), request.body


def _version(numbers: Numbers) -> tuple[int, int | None] | None:
    """What answers are true of; None while nothing was ever in the catalog."""
    return (numbers["catalog"], numbers.get(VERSION)) if "catalog" in numbers else None


def _copied(response: HttpResponse) -> HttpResponse:
    """Its own headers, which the middleware adds to."""
    return HttpResponse(response.content, status=response.status_code, headers=dict(response.items()))

"""Answers of the catalog API that are given again while the catalog is as it was.

All who see the same read the same, so that an answer is known by what was asked, by what the caller may see, and by
the numbers of the catalog and of the rules of visibility. While there are no rules, everybody sees the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeGuard

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from accounts.models import User
from accounts.remembered import shared_token, with_teams
from catalog.visibility import VERSION, Sight, rules_at, sight_of
from common.memory import Memory

LARGEST = 1024 * 1024
READS = "catalog:read"
Numbers = Mapping[str, int]
#: Method, path, query and body.
Question = tuple[str, str, str, bytes]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said with status 200: its content, and the headers that the view gave it."""

    content: bytes
    headers: tuple[tuple[str, str], ...]


_answers: Memory[Answer] = Memory(32 * 1024 * 1024)
#: What was asked lately, so that nobody looks for an answer that is not there.
_questions: Memory[None] = Memory(8 * 1024 * 1024)


def question_of(environ: Mapping[str, Any], body: bytes) -> Question:
    """What a WSGI request asks."""
    return environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("QUERY_STRING", ""), body


def is_asked_again(question: Question) -> bool:
    """Whether it may be worth while to ask :func:`known_answer`."""
    return _questions.holds(question)


def known_answer(question: Question, text: str, numbers: Numbers) -> Answer | None:
    """What is remembered, if ``text`` is a token that may read it; ``numbers`` were just read."""
    token = shared_token(text, numbers.get("accounts"))
    if token is None or not token.allows(READS):
        return None
    return _answers.get((question, _sight_now(token.user, numbers)), _version(numbers))


def remembered(
    request: HttpRequest, user: User, numbers: Numbers, answer: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """The answer to ``request`` from memory, or from ``answer``, which is then remembered unless it is long."""
    question = question_of(request.META, request.body)
    sight, version = _sight_now(user, numbers), _version(numbers)
    found = _answers.get((question, sight), version) if version else None
    if found is not None:
        return HttpResponse(found.content, headers=dict(found.headers))
    fresh = answer()
    if version is not None and _is_short(fresh):
        found = Answer(fresh.content, tuple(fresh.items()))
        asked = sum(map(len, question)) + 300
        _answers.put((question, sight), version, found, len(found.content) + asked)
        _questions.put(question, version, None, asked)
    return fresh


def _is_short(response: HttpResponseBase) -> TypeGuard[HttpResponse]:
    if not isinstance(response, HttpResponse) or response.status_code != HTTPStatus.OK:
        return False
    return len(response.content) <= LARGEST


def _sight_now(user: User, numbers: Numbers) -> Sight:
    """What ``user`` may see by ``numbers``, which were just read; no query while there are no rules."""
    if rules_at(numbers.get(VERSION)):
        with_teams(user, numbers.get("accounts"))
    return sight_of(user)


def _version(numbers: Numbers) -> tuple[int, int | None] | None:
    """What answers are true of; None while nothing was ever in the catalog."""
    return (numbers["catalog"], numbers.get(VERSION)) if "catalog" in numbers else None

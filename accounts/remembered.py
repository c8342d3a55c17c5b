"""Tokens and teams that were looked up before, true as long as nothing about people and tokens has changed."""

import copy

from django.utils import timezone

from accounts.models import ApiToken, User
from common.crypto import keyed_digest
from common.memory import Memory

MOST = 10_000
_tokens: Memory[ApiToken] = Memory(MOST)
_teams: Memory[frozenset[str]] = Memory(MOST)


def usable_token(text: str, version: int | None) -> ApiToken | None:
    """The usable token that ``text`` is, with a user of its own; None when there is none.

    ``version`` is the number of ``accounts``, read by the same request; without one the token is looked up.
    """
    token = shared_token(text, version)
    return _own(token) if token else None


def shared_token(text: str, version: int | None) -> ApiToken | None:
    """The same with a user that all requests under this ``version`` share, for those who only read from it."""
    digest = keyed_digest("api-token", text)
    token = _tokens.get(digest, version) if version is not None else None
    if token is None:
        token = ApiToken.objects.matching(text)
        if token is not None and version is not None:
            _tokens.put(digest, version, token)
    elif token.expires_at is not None and token.expires_at <= timezone.now():
        return None
    if token is None:
        return None
    token.touch()
    return token


def with_teams(user: User, version: int | None) -> None:
    """Let ``user`` know the teams that were looked up before under ``version``, the number of ``accounts``."""
    if version is None:
        return
    found = _teams.get(user.pk, version)
    if found is None:
        _teams.put(user.pk, version, found := user.team_refs())
    user.remember_teams(found)


def _own(token: ApiToken) -> ApiToken:
    """A copy, since a user remembers its teams for as long as a request."""
    user = copy.copy(token.user)
    found = copy.copy(token)
    found.user = user
    return found

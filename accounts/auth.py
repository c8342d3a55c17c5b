"""How a request of the API proves who it is: a bearer token, or the session of the page."""

from typing import Any

from django.http import HttpRequest
from rest_framework import authentication, exceptions, permissions
from rest_framework.request import Request

from accounts.models import ApiToken, User
from accounts.remembered import usable_token
from common.errors import PermissionRefused


class TokenAuthentication(authentication.BaseAuthentication):
    """``Authorization: Bearer crn_…``; the token is then ``request.auth``."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The token's user; None when no bearer token was sent; 401 when it is not usable."""
        found = token_of(request._request)
        return (found.user, found) if found else None

    def authenticate_header(self, request: Request) -> str:
        """What ``WWW-Authenticate`` says on a 401."""
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The page's session, with the CSRF check that goes with it."""

    def authenticate_header(self, request: Request) -> str:
        """A 401, so that a script learns that it needs a token."""
        return "Bearer"


class IsSignedIn(permissions.BasePermission):
    """Somebody must be known; what they may do is asked where it is done."""

    def has_permission(self, request: Request, view: Any) -> bool:
        """Whether a person stands behind the request."""
        return bool(request.user.is_authenticated)


def bearer_text(request: HttpRequest) -> str | None:
    """The text after ``Bearer``; None without such a header."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    return text.strip() if kind.lower() == "bearer" else None


def token_of(request: HttpRequest, version: int | None = None) -> ApiToken | None:
    """The usable token that ``request`` carries; None without one; AuthenticationFailed for a bad one.

    With the ``version`` of accounts a token that was looked up before is taken from memory.
    """
    text = bearer_text(request)
    if text is None:
        return None
    token = usable_token(text, version)
    if token is None:
        raise exceptions.AuthenticationFailed("The token is unknown, expired or revoked.")
    return token


def require_scope(request: Request, scope: str) -> None:
    """Refuse a token that lacks ``scope``. A session has every scope of its person."""
    if isinstance(request.auth, ApiToken) and not request.auth.allows(scope):
        raise PermissionRefused(
            f"This token lacks the scope {scope}.", id="scope-missing", hint="Make a token with it under Settings."
        )

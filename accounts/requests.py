"""What a view may take for granted about a request."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User


def signed_in(request: HttpRequest | Request) -> User:
    """The person behind ``request``; the middleware has seen to it that there is one."""
    if isinstance(request.user, User):
        return request.user
    raise PermissionDenied

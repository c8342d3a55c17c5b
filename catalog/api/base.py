"""What the endpoints share: who asks, Backstage's error body, stored JSON sent as it is."""

import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import AuthenticationFailed

from accounts.auth import token_of
from accounts.models import ApiToken, User, Version
from catalog.api.memory import remembered
from catalog.visibility import VERSION, rules_at
from common.errors import CairnError, FieldError, NotFound, PermissionRefused, UserError
from common.numbers import parse_digits

Endpoint = Callable[..., HttpResponseBase]
NAMES = {
    400: "InputError",
    401: "AuthenticationError",
    403: "NotAllowedError",
    404: "NotFoundError",
    409: "ConflictError",
    501: "NotImplementedError",
    503: "ServiceUnavailableError",
}


FURTHEST = 2**31 - 1
JSON = "application/json; charset=utf-8"


def endpoint(*, remember: bool = False, **methods: Endpoint) -> Endpoint:
    """A view that answers each HTTP method by its own function, with Backstage's error body for whatever fails.

    With ``remember`` an answer is given again while the catalog is as it was.
    """

    @csrf_exempt
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = methods.get(request.method or "")
        if answer is None:
            return HttpResponseNotAllowed(methods) if methods else HttpResponse(status=HTTPStatus.NOT_FOUND)
        try:
            _refuse_nul(request)
            numbers = Version.objects.numbers()
            user = authenticate(request, numbers.get("accounts"), writes=request.method in {"DELETE", "PUT"})
            rules_at(numbers.get(VERSION))
            if not remember:
                return answer(request, *args, **kwargs)
            return remembered(request, user, numbers, lambda: answer(request, *args, **kwargs))
        except AuthenticationFailed as error:
            return failure(request, str(error.detail), HTTPStatus.UNAUTHORIZED)
        except CairnError as error:
            return failure(request, error.message, _status(error))

    view.methods = methods  # type: ignore[attr-defined]  # for the documentation
    view.remember = remember  # type: ignore[attr-defined]
    return view


def _refuse_nul(request: HttpRequest) -> None:
    """PostgreSQL's text cannot hold NUL, so nothing can be found by it."""
    if "%00" in request.get_full_path() or b"\\u0000" in request.body:
        raise UserError("NUL characters are not allowed")


def authenticate(request: HttpRequest, version: int | None, *, writes: bool) -> User:
    """The person behind a token or a session; a session may only read, since no CSRF token travels here."""
    token = token_of(request, version)
    if token is not None:
        request.user = token.user
        request.api_token = token  # type: ignore[attr-defined]
        require_scope(request, "catalog:write" if writes else "catalog:read")
        return token.user
    if not isinstance(request.user, User):
        raise AuthenticationFailed("Missing credentials")
    if writes:
        raise PermissionRefused("Writing takes a token.")
    return request.user


def person(request: HttpRequest) -> User:
    """Who asks."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user


def require_scope(request: HttpRequest, scope: str) -> None:
    """Refuse a token without ``scope``, and a session where ``scope`` writes."""
    token: ApiToken | None = getattr(request, "api_token", None)
    if token is not None and not token.allows(scope):
        raise PermissionRefused(f"This token lacks the scope {scope}.")
    if token is None and scope.endswith(":write"):
        raise PermissionRefused("Writing takes a token.")


def _status(error: CairnError) -> HTTPStatus:
    return HTTPStatus.BAD_REQUEST if isinstance(error, UserError) else error.status


def failure(request: HttpRequest, message: str, status: HTTPStatus) -> HttpResponse:
    """Backstage's error body."""
    body = {
        "error": {"name": NAMES.get(status, "Error"), "message": message},
        "request": {"method": request.method, "url": request.get_full_path().removeprefix("/api/catalog")},
        "response": {"statusCode": int(status)},
    }
    return HttpResponse(json.dumps(body), status=status, content_type="application/json")


def as_json(value: Any, status: int = 200) -> HttpResponse:
    """``value`` as JSON."""
    return HttpResponse(
        json.dumps(value, ensure_ascii=False, default=str),
        status=status,
        content_type=JSON,
    )


def stored(text: str) -> HttpResponse:
    """JSON text as it is stored."""
    return HttpResponse(text, content_type=JSON)


def array(texts: Iterable[str]) -> str:
    """JSON texts as one array."""
    return f"[{','.join(texts)}]"


def whole_number(given: str | None, name: str, default: int, *, least: int = 0) -> int:
    """A query parameter as a number; what is more than the database could count is as good as :data:`FURTHEST`."""
    if given is None:
        return default
    number = parse_digits(given, most=FURTHEST)
    if number is None or number < least:
        message = f"Invalid {name}, must be greater than zero" if least else f"Invalid {name}, not an integer"
        raise UserError(message, fields=[FieldError(name, "not usable")])
    return number


def no_entity(kind: str, namespace: str, name: str) -> NotFound:
    """Backstage's words for it."""
    return NotFound(f"No entity named '{name}' found, with kind '{kind}' in namespace '{namespace}'")

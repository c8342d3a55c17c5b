"""The base of the REST API: error bodies, cursor pages, idempotent writes, versions of rows."""

import base64
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from common.errors import CairnError, Conflict, FieldError, NotFound, PermissionRefused, UserError
from common.numbers import parse_digits
from common.responses import error_response

PAGE_SIZE, PAGE_MOST = 50, 500
FURTHEST = 2**63 - 1


class Flag(serializers.BooleanField):
    """True or false, and nothing that looks like it: ``dry_run: "no"`` must not run."""

    def to_internal_value(self, data: Any) -> bool:
        """``data`` when it is a boolean."""
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


def object_in(request: Request) -> Mapping[str, Any]:
    """The body of ``request``; UserError for one that is no object."""
    if not isinstance(request.data, dict):
        raise UserError("The body must be an object.", fields=[FieldError("", "must be an object")])
    return request.data


class Text(serializers.CharField):
    """A text, and no number that could be written as one."""

    def to_internal_value(self, data: Any) -> str:
        """``data`` when it is a text."""
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = super().to_internal_value(data)
        return text


def problem_response(exception: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's exception handler: everything known becomes a problem document; the unknown stays a 500."""
    request = context["request"]._request
    known = as_cairn_error(exception)
    return error_response(request, known) if known else None


def as_cairn_error(exception: Exception) -> CairnError | None:
    """``exception`` in our words; None when it is nobody's mistake but ours."""
    if isinstance(exception, CairnError):
        return exception
    if isinstance(exception, Http404):
        return NotFound("There is nothing at this address.")
    if isinstance(exception, exceptions.ValidationError):
        return UserError("The body is not valid.", fields=list(_field_errors(exception.detail)))
    if isinstance(exception, exceptions.NotAuthenticated | exceptions.AuthenticationFailed):
        return CairnError(
            str(exception.detail),
            id="not-signed-in",
            status=HTTPStatus.UNAUTHORIZED,
            hint="Send `Authorization: Bearer TOKEN`; make a token under Settings, Tokens.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    if isinstance(exception, exceptions.PermissionDenied):
        return PermissionRefused(str(exception.detail))
    if isinstance(exception, exceptions.APIException):
        id = exception.default_code.replace("_", "-")
        return CairnError(str(exception.detail), id=id, status=HTTPStatus(exception.status_code))
    return None


def _field_errors(detail: Any, path: str = "") -> Iterable[FieldError]:
    if isinstance(detail, dict):
        for key, value in detail.items():
            inner = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}" if path else str(key)
            yield from _field_errors(value, inner)
    elif isinstance(detail, list) and any(isinstance(item, dict | list) for item in detail):
        for index, value in enumerate(detail):
            yield from _field_errors(value, f"{path}[{index}]")
    else:
        for message in detail if isinstance(detail, list) else [detail]:
            yield FieldError(path, str(message))


def cursor_page(
    rows: QuerySet[Any], request: HttpRequest, as_json: Callable[[Any], dict[str, Any]], *, key: str = "-id"
) -> Response:
    """One keyset page of ``rows`` ordered by the unique field ``key`` (``-`` for descending).

    Answers ``{"items": [...], "next_cursor": TEXT | null}``; takes ``?limit=`` and ``?cursor=``.
    """
    name, descending = key.removeprefix("-"), key.startswith("-")
    limit = page_limit(request)
    after = read_cursor(request.GET.get("cursor", ""))
    if after is not None:
        rows = rows.filter(**{f"{name}__{'lt' if descending else 'gt'}": after})
    page = list(rows.order_by(key)[: limit + 1])
    more = len(page) > limit
    cursor = write_cursor(getattr(page[limit - 1], name)) if more else None
    return Response({"items": [as_json(row) for row in page[:limit]], "next_cursor": cursor})


def page_limit(request: HttpRequest) -> int:
    """``?limit=`` as a number from 1 to 500."""
    limit = parse_digits(request.GET.get("limit", str(PAGE_SIZE)), most=PAGE_MOST + 1)
    if limit is None or not 1 <= limit <= PAGE_MOST:
        raise UserError(
            f"limit must be a whole number from 1 to {PAGE_MOST}.", fields=[FieldError("limit", "not usable")]
        )
    return limit


def write_cursor(place: int) -> str:
    """An opaque text for what comes after ``place``."""
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> int | None:
    """The place that :func:`write_cursor` wrapped; None for an empty text."""
    if not cursor:
        return None
    try:
        decoded = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except ValueError:
        decoded = ""
    place = parse_digits(decoded, most=FURTHEST)
    if place is None:
        raise UserError("The cursor is not one of ours.", fields=[FieldError("cursor", "not usable")])
    return place


def require_version(row: Model, version: int, request: HttpRequest) -> None:
    """Refuse a write whose ``If-Match`` names another version of ``row`` than ``version``."""
    wanted = request.headers.get("If-Match")
    if wanted not in (None, "*", f'"{version}"'):
        raise Conflict(
            f"This {row._meta.verbose_name} has changed since you read it.",
            id="version-mismatch",
            status=HTTPStatus.PRECONDITION_FAILED,
            hint="Read it again and repeat the change on the new version.",
        )

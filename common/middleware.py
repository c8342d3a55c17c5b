"""Request ids, and the one place where a CairnError becomes a page or a problem document."""

import re
import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase

from common.errors import CairnError
from common.request_context import set_request_id
from common.responses import error_response

Handler = Callable[[HttpRequest], HttpResponse]
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id_of(environ: Mapping[str, Any]) -> str:
    """The id of a request: a proxy's, when it looks like one, else a new one."""
    given: str = environ.get("HTTP_X_REQUEST_ID", "")
    return given if _ACCEPTABLE_ID.fullmatch(given) else uuid.uuid4().hex


class RequestIdMiddleware:
    """Gives each request an id and returns it as ``X-Request-ID``."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = request_id_of(request.META)
        # The log takes its id from the header, which must be read by nobody before it is replaced here.
        request.META["HTTP_X_REQUEST_ID"] = request.id = request_id  # type: ignore[attr-defined]
        set_request_id(request_id)
        response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class ErrorMiddleware:
    """Answers a CairnError that a view let through, as a page or as JSON by the path; and a bare 405, which whoever
    reloads the address of a form would see as an empty page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            return error_response(request, _not_allowed(response["Allow"]))
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return error_response(request, exception) if isinstance(exception, CairnError) else None


def _not_allowed(allowed: str) -> CairnError:
    return CairnError(
        f"This address answers {allowed} only.",
        id="method-not-allowed",
        status=HTTPStatus.METHOD_NOT_ALLOWED,
        hint="Go back to the page that led here." if "GET" not in allowed else "",
        headers={"Allow": allowed},
    )

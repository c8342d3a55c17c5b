"""Request ids, and the one place where a CairnError becomes a page or a problem document."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from common.errors import CairnError
from common.request_context import set_request_id
from common.responses import error_response

Handler = Callable[[HttpRequest], HttpResponse]
_ACCEPTABLE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestIdMiddleware:
    """Gives each request an id (a proxy's, when it looks like one) and returns it as ``X-Request-ID``."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request.id = given if _ACCEPTABLE_ID.fullmatch(given) else uuid.uuid4().hex  # type: ignore[attr-defined]
        set_request_id(request.id)  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        return response


class ErrorMiddleware:
    """Answers a CairnError that a view let through, as a page or as JSON by the path."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        return error_response(request, exception) if isinstance(exception, CairnError) else None

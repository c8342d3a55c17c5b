"""How an error looks: a problem document (RFC 9457) for programs, a page for people."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from common.errors import CairnError
from common.htmx import render_page

#: Paths that answer programs. Backstage's doors have a body of their own (common/api.py).
PROGRAM_PATHS = ("/api/", "/webhooks/", "/terraform/")


def request_id(request: HttpRequest) -> str:
    """The id that RequestIdMiddleware gave this request."""
    return str(getattr(request, "id", ""))


def problem(error: CairnError, request: HttpRequest) -> dict[str, Any]:
    """``error`` as the members of an ``application/problem+json`` document."""
    body: dict[str, Any] = {
        "type": f"/api/docs#error-{error.id}",
        "title": error.status.phrase,
        "status": int(error.status),
        "id": error.id,
        "detail": error.message,
        "hint": error.hint,
        "request_id": request_id(request),
    }
    if error.fields:
        body["errors"] = [
            {key: value for key in ("path", "message", "hint", "line", "column") if (value := getattr(field, key))}
            for field in error.fields
        ]
    return body


def error_response(request: HttpRequest, error: CairnError) -> HttpResponse:
    """The answer to ``error`` in the form that the path's readers expect."""
    response: HttpResponse
    if request.path.startswith(PROGRAM_PATHS):
        response = JsonResponse(problem(error, request), status=error.status, content_type="application/problem+json")
    else:
        context = {"error": error, "status": int(error.status), "request_id": request_id(request)}
        response = render_page(request, "errors/error.html", context, partial="error", status=error.status)
    for name, value in error.headers.items():
        response[name] = value
    return response

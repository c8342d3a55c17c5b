"""A form that holds a question (``{% asks %}``) is obeyed once somebody has said yes.

With JavaScript the page asks, and sends the form without its question. Without, this does.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

QUESTION, VERB = "ask", "ask_verb"
#: Who posts there is no browser.
_SCRIPTS = ("/api/", "/webhooks/", "/terraform/")
_HIDDEN = frozenset({QUESTION, VERB, "csrfmiddlewaretoken"})


class ConfirmMiddleware:
    """Answers a form that holds a question with a page that asks it. Comes after sign-in and the CSRF check."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """The page that asks, with everything that was sent; None when there is nothing to ask."""
        if request.method != "POST" or request.path.startswith(_SCRIPTS) or not (asked := request.POST.get(QUESTION)):
            return None
        fields = [(name, value) for name, values in request.POST.lists() if name not in _HIDDEN for value in values]
        context = {
            "question": asked,
            "verb": request.POST.get(VERB),
            "fields": fields,
            "back": _back(request),
        }
        return render(request, "confirm.html", context)


def _back(request: HttpRequest) -> str:
    """The page of ours that the form stood on."""
    came = urlsplit(request.headers.get("Referer", ""))
    if came.netloc != request.get_host():
        return "/"
    return f"{came.path}?{came.query}" if came.query else came.path or "/"

"""Pages are for people who are signed in."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

#: Doors that know their visitors in another way, or need not know them.
OPEN_PATHS = ("/api/", "/webhooks/", "/terraform/", "/accounts/", "/sign-in/", "/healthz", "/readyz", "/static/", "/-/")


class SignInRequiredMiddleware:
    """Sends strangers to the sign-in page, and back to where they wanted to go."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(OPEN_PATHS) or request.user.is_authenticated:
            return self.get_response(request)
        if request.headers.get("HX-Request"):
            return HttpResponse(status=401, headers={"HX-Redirect": resolve_url(settings.LOGIN_URL)})
        return redirect_to_login(request.get_full_path(), resolve_url(settings.LOGIN_URL))

"""Home, the look, and the pages for what goes wrong."""

import sys
from http import HTTPStatus

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import signed_in
from catalog.models import Entity
from common.errors import CairnError, NotFound, PermissionRefused
from common.responses import error_response
from portal.shell import LOOKS, chosen
from provisioning.models import Request, Resource
from provisioning.overview import ending_soon
from runs.models import Run

YEAR = 365 * 24 * 3600


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """What needs me, what I own, and what I am running."""
    user = signed_in(request)
    mine = list(user.owner_refs())
    context = {
        "to_decide": Request.objects.awaiting(user).select_related("resource")[:10],
        "requests": Request.objects.visible_to(user)
        .filter(requested_by=user)
        .select_related("resource")
        .order_by("-pk")[:5],
        "owned": Entity.objects.visible_to(user).filter(owner_ref__in=mine).order_by("kind", "name")[:12],
        "runs": Run.objects.visible_to(user).active().order_by("-pk")[:5],
        "ending": ending_soon(Resource.objects.filter(owner_ref__in=mine).noteworthy()[:10], timezone.now()),
        "entities": Entity.objects.visible_to(user).count(),
    }
    return render(request, "portal/home.html", context)


@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Keep the look in cookies, which the server reads before it draws. A form may name only a part of it."""
    back = request.headers.get("Referer", "")
    response = redirect(back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "settings")
    for name, allowed in LOOKS.items():
        if name not in request.POST:
            continue
        value = chosen(request.POST[name], allowed)
        if value:
            response.set_cookie(name, value, max_age=YEAR, samesite="Lax", httponly=True)
        else:
            response.delete_cookie(name, samesite="Lax")
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return error_response(
        request, CairnError("This request cannot be read.", id="bad-request", status=HTTPStatus.BAD_REQUEST)
    )


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return error_response(request, PermissionRefused("You may not do this."))


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without its token."""
    hint = "Go back, reload the page and send it again; what you typed is still there."
    return error_response(request, PermissionRefused("This form is too old to be sent.", id="csrf", hint=hint))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return error_response(
        request, NotFound("There is nothing at this address.", hint="Search with Ctrl-K, or go home.")
    )


def server_error(request: HttpRequest) -> HttpResponse:
    """500, without the database: it may be what is broken; 503 when it is."""
    if isinstance(sys.exc_info()[1], OperationalError | InterfaceError):
        return error_response(
            request,
            CairnError(
                "The database does not answer.",
                id="database-away",
                status=HTTPStatus.SERVICE_UNAVAILABLE,
                hint="Nothing that was under way is lost. Try again in a moment.",
                headers={"Retry-After": "5"},
            ),
        )
    hint = "Try again in a moment. If it stays, give whoever runs the portal the request id below."
    return error_response(request, CairnError("Something went wrong in Cairn.", hint=hint))

"""Asking for something of a resource that is there: buttons, and the forms that some of them need."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Team
from accounts.permissions import may_act_for, require
from accounts.requests import signed_in
from common.errors import CairnError
from provisioning.asking import asked_of
from provisioning.day_two import PARAMETERS, may_quarantine, wish
from provisioning.dependants import dependants_of
from provisioning.drift_actions import look_now
from provisioning.models import Resource
from provisioning.permissions import visible_resource
from provisioning.submitting import submit
from provisioning.views.asking import verdict_of
from provisioning.views.resources import page

#: Those that need no form: a button, and a confirmation where something stops.
BUTTONS = ("restore", "protect", "unprotect", "extend", "repair", "accept", "rotate")


@require_POST
def act(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Ask for one of the BUTTONS."""
    user = signed_in(request)
    resource = visible_resource(user, pk)
    require(may_act_for(user, resource.owner_ref))
    given = {name: request.POST[name] for name in PARAMETERS if name in request.POST}
    try:
        asked = wish(resource, action if action in BUTTONS else "", given=_typed(given))
        return redirect(submit(asked=asked, by=user, resource=resource))
    except CairnError as error:
        return page(request, resource, error=error, status=error.status)


@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Plan a deletion, or the quarantine before it, once the name has been typed."""
    user = signed_in(request)
    resource = visible_resource(user, pk)
    if request.method == "GET":
        return _removal(request, resource)
    typed = request.POST.get("name", "").strip()
    if typed != resource.name:
        return _removal(request, resource, typed=typed, wrong=f"Type {resource.name} to plan its deletion.", status=422)
    action = "quarantine" if may_quarantine(resource) is not None and not _is_over(resource) else "delete"
    try:
        asked = wish(resource, action, given={"acknowledge_dependants": "known" in request.POST})
        return redirect(submit(asked=asked, by=user, resource=resource))
    except CairnError as error:
        return _removal(request, resource, typed=typed, error=error, status=error.status)


@require_http_methods(["GET", "POST"])
def transfer(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask another team to take it."""
    user = signed_in(request)
    resource = visible_resource(user, pk)
    context: dict[str, Any] = {"resource": resource, "to": request.POST.get("to", "")}
    context["teams"] = Team.objects.exclude(ref=resource.owner_ref).order_by("ref").values_list("ref", flat=True)
    if request.method == "GET":
        return render(request, "provisioning/transfer.html", context)
    try:
        asked = wish(resource, "transfer", given={"to": request.POST.get("to", "")})
        return redirect(submit(asked=asked, by=user, resource=resource))
    except CairnError as error:
        context |= {"error": error, "wrong": {each.path: each for each in error.fields}}
        return render(request, "provisioning/transfer.html", context, status=error.status)


@require_POST
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """Look for drift now."""
    user = signed_in(request)
    resource = visible_resource(user, pk)
    try:
        look_now(resource=resource, by=user)
    except CairnError as error:
        return page(request, resource, error=error, status=error.status)
    messages.success(request, "Looking.")
    return redirect("resource", pk)


def _removal(
    request: HttpRequest,
    resource: Resource,
    *,
    typed: str = "",
    wrong: str = "",
    error: CairnError | None = None,
    status: int = 200,
) -> HttpResponse:
    user = signed_in(request)
    hours = None if _is_over(resource) else may_quarantine(resource)
    asked = asked_of(resource, "delete" if hours is None else "quarantine", resource.inputs)
    context = {
        **verdict_of(asked, user, [], resource),
        "resource": resource,
        "typed": typed,
        "wrong": wrong,
        "error": error,
        "known": "known" in request.POST,
        "dependants": dependants_of(resource, user),
        "hours": hours,
        "may_change": may_act_for(user, resource.owner_ref),
    }
    return render(request, "provisioning/remove.html", context, status=status)


def _is_over(resource: Resource) -> bool:
    return resource.quarantined_until is not None and resource.quarantined_until <= timezone.now()


def _typed(given: dict[str, str]) -> dict[str, Any]:
    """A lifetime that a form sends is a text."""
    ttl = given.get("ttl", "")
    return given | ({"ttl": int(ttl)} if ttl.isdecimal() and len(ttl) < 12 else {})

"""Requests, and deciding on them."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.requests import signed_in
from common.errors import CairnError
from common.htmx import render_page
from provisioning import actions, intents
from provisioning.approval_actions import can_be_let_through
from provisioning.approvals import counted
from provisioning.forms import fields_of
from provisioning.models import Approval, Request
from provisioning.permissions import (
    approvers_in_words,
    escalations_of,
    may_break_glass,
    may_review,
    may_withdraw,
    open_stage,
    stage_in_words,
    visible_request,
)
from provisioning.queue import queue_of
from provisioning.states import ABANDONED, AWAITING_APPROVAL, NEEDS_ATTENTION, QUEUED, STATES
from provisioning.waiting import line_of, waiting_for
from provisioning.words import in_words

#: Begins the name of a field that takes something on.
ADOPT = "adopt."


@require_GET
def requests(request: HttpRequest) -> HttpResponse:
    """Those I may see, newest first; or those that wait for me."""
    user, state = signed_in(request), request.GET.get("state", "")
    if request.GET.get("for") == "me":
        return render(request, "provisioning/queue.html", {"queue": queue_of(user)})
    rows = Request.objects.visible_to(user)
    if request.GET.get("mine"):
        rows = rows.filter(requested_by=user)
    rows = rows.filter(state=state) if state in STATES else rows
    page = Paginator(rows.select_related("resource", "requested_by").order_by("-pk"), 50).get_page(
        request.GET.get("page")
    )
    context = {"page": page, "state": state, "waiting": len(queue_of(user))}
    return render(request, "provisioning/requests.html", context)


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What is wanted, what would happen, who decides, where it stands."""
    return request_page(request, visible_request(signed_in(request), pk))


def request_page(
    request: HttpRequest,
    found: Request,
    error: CairnError | None = None,
    reason: str = "",
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    """The page of a request; ``more`` is what was typed on it and what was wrong with that."""
    user = signed_in(request)
    given = counted(found)
    opening = open_stage(user, found, given)
    waits = found.state == AWAITING_APPROVAL
    glasses = [
        (one, may_review(user, one)) for one in found.broken_glass.select_related("by", "reviewed_by", "request")
    ]
    context = {
        "wish": found,
        "resource": found.resource,
        "plan": found.shown_plan,
        "again": _form_filled_in(found) if found.is_final and found.action == "create" else "",
        "asked_for": in_words(found.inputs, found.definition.inputs),
        "decisions": list(found.approvals.select_related("by", "on_behalf_of").order_by("pk")),
        "counting": {approval.pk for approval in given},
        "stages": [_stage(stage, found, given) for stage in found.stages],
        "opening": opening if waits else None,
        "waiting_for": waiting_for(found),
        "ahead": next((one for one in line_of(found.resource)[:1] if one != found), None)
        if found.state == QUEUED
        else None,
        "glasses": glasses,
        "may_break_glass": can_be_let_through(found) and may_break_glass(user, found),
        "may_withdraw": not found.is_final and may_withdraw(user, found),
        "needs_attention": found.state == NEEDS_ATTENTION,
        "exists": intents.found(found) if found.state in {NEEDS_ATTENTION, ABANDONED} else [],
        "error": error,
        "reason": reason,
        **more,
    }
    return render_page(request, "provisioning/request.html", context, status=status)


def _stage(stage: dict[str, Any], found: Request, given: Sequence[Approval]) -> dict[str, Any]:
    names = stage.get("rules") or [""] * len(stage["reasons"])
    return {
        "who": stage_in_words(stage, found),
        "reasons": list(zip(stage["reasons"], names, strict=True)),
        "given": sum(approval.approvers == stage["approvers"] for approval in given),
        "count": stage["count"],
        "later": [
            (at, approvers_in_words(one["to"], found.resource.owner_ref))
            for one, at in escalations_of(found, stage)
            if at > timezone.now()
        ],
    }


def _form_filled_in(request: Request) -> str:
    """The address of the form with what was asked for, to be changed and sent as a new request."""
    resource, blueprint = request.resource, request.definition
    answers = {field.path: field.value for field in fields_of(blueprint.inputs, request.inputs)}
    answers |= {"name": resource.name, "owner": resource.owner_ref, "environment": resource.environment}
    return f"{reverse('request_new', args=[blueprint.name])}?{urlencode(answers)}"


@require_POST
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Approve or reject; a refused decision keeps the reason that was typed."""
    user = signed_in(request)
    found = visible_request(user, pk)
    given = request.POST
    try:
        actions.decide(
            request=found,
            by=user,
            decision="reject" if given.get("decision") == "reject" else "approve",
            reason=given.get("reason", ""),
            digest=given.get("digest", ""),
        )
    except CairnError as error:
        return request_page(request, visible_request(user, pk), error, given.get("reason", ""), error.status)
    messages.success(request, "Rejected." if given.get("decision") == "reject" else "Approved.")
    return redirect("request", pk)


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back."""
    return _do(request, pk, actions.withdraw, "Withdrawn.")


@require_POST
def plan_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at what exists and plan what is left; what was typed beside an object takes it on."""
    user = signed_in(request)
    found = visible_request(user, pk)
    posted = request.POST.dict().items()
    typed = {name.removeprefix(ADOPT): str(value) for name, value in posted if name.startswith(ADOPT)}
    try:
        actions.plan_again(request=found, by=user, adopt=typed)
    except CairnError as error:
        return request_page(request, found, error, status=error.status)
    messages.success(request, "Planning again.")
    return redirect("request", pk)


def _do(request: HttpRequest, pk: int, action: Callable[..., Request], words: str) -> HttpResponse:
    user: User = signed_in(request)
    action(request=visible_request(user, pk), by=user)
    messages.success(request, words)
    return redirect("request", pk)

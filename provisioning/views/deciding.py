"""Several requests at once, and the two ways around waiting: an emergency, and somebody who stands in."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.permissions import may_approve, require
from accounts.requests import signed_in
from common.errors import CairnError, FieldError, UserError
from common.numbers import parse_digits
from provisioning.approval_actions import break_glass, decide_many, review
from provisioning.delegation_actions import delegate, end_delegation
from provisioning.models import BreakGlass, Delegation
from provisioning.permissions import may_end, visible_delegation, visible_request
from provisioning.queue import queue_of
from provisioning.views.requests import request_page

LARGEST = 2**63 - 1


@require_POST
def decide_several(request: HttpRequest) -> HttpResponse:
    """Approve or reject what was chosen in the queue; the answer says what became of each."""
    user, given = signed_in(request), request.POST
    decision = "reject" if given.get("decision") == "reject" else "approve"
    try:
        results = decide_many(
            chosen=_chosen(given.getlist("request")), by=user, decision=decision, reason=given.get("reason", "")
        )
    except CairnError as error:
        return _queue(request, user, error=error, status=error.status)
    done = [result.request for result in results if result.request]
    refused = [result for result in results if result.error]
    if done:
        verb = "Rejected" if decision == "reject" else "Approved"
        messages.success(request, f"{verb}: {', '.join(found.title for found in done)}.")
    if not refused:
        return redirect("/requests?for=me")
    return _queue(request, user, refused=refused, status=207 if done else 409)


def _queue(request: HttpRequest, user: User, *, status: int, **more: Any) -> HttpResponse:
    """The queue as it is now, with what went wrong and what was typed."""
    typed = {"reason": request.POST.get("reason", ""), "chosen": set(request.POST.getlist("request"))}
    context = {"queue": queue_of(user), "typed": typed, **more}
    return render(request, "provisioning/queue.html", context, status=status)


def _chosen(values: list[str]) -> list[tuple[int, str]]:
    """``NUMBER:DIGEST`` as the queue's boxes say it; what is none of that is no request."""
    pairs = [value.partition(":") for value in values]
    numbers = [(parse_digits(number, most=LARGEST), digest) for number, _, digest in pairs]
    return [(number, digest) for number, digest in numbers if number is not None]


@require_POST
def glass(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a request through without the approvals that it lacks."""
    user = signed_in(request)
    found, given = visible_request(user, pk), request.POST
    try:
        break_glass(
            request=found,
            by=user,
            reason=given.get("reason", ""),
            incident=given.get("incident", ""),
            digest=given.get("digest", ""),
        )
    except CairnError as error:
        typed = {name: given.get(name, "") for name in ("reason", "incident")}
        return request_page(
            request, visible_request(user, pk), status=error.status, glass_error=error, glass_typed=typed
        )
    messages.success(request, "Let through. Somebody else has to review it.")
    return redirect("request", pk)


@require_POST
def glass_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Look at the latest time that this request was let through."""
    user = signed_in(request)
    found = visible_request(user, pk)
    latest = found.broken_glass.filter(reviewed_at=None).order_by("pk").first()
    if latest is None:
        messages.info(request, "There is nothing to review.")
        return redirect("request", pk)
    try:
        review(glass=latest, by=user, note=request.POST.get("note", ""))
    except CairnError as error:
        return request_page(request, found, status=error.status, error=error)
    messages.success(request, "Reviewed.")
    return redirect("request", pk)


@require_GET
def to_review(request: HttpRequest) -> HttpResponse:
    """What was let through without approval, what nobody has reviewed first."""
    user = signed_in(request)
    require(may_approve(user))
    rows = BreakGlass.objects.select_related("by", "reviewed_by", "request__resource", "request__requested_by")
    page = Paginator(rows.order_by(F("reviewed_at").desc(nulls_first=True), "-pk"), 50).get_page(
        request.GET.get("page")
    )
    return render(request, "provisioning/broken_glass.html", {"page": page})


@require_http_methods(["GET", "POST"])
def delegations(request: HttpRequest) -> HttpResponse:
    """Who decides in my stead, and in whose stead I decide; a form for one more."""
    user = signed_in(request)
    if request.method == "GET":
        return _delegations(request, user, {})
    given = {name: request.POST.get(name, "").strip() for name in ("to", "from", "until", "reason")}
    try:
        made = delegate(
            to=given["to"],
            begin=_moment("from", given["from"]),
            end=_moment("until", given["until"]),
            reason=given["reason"],
            by=user,
        )
    except CairnError as error:
        return _delegations(request, user, given, error)
    messages.success(request, f"{made.delegate.display_name} decides in your stead.")
    return redirect("delegations")


def _delegations(
    request: HttpRequest, user: User, given: dict[str, str], error: CairnError | None = None
) -> HttpResponse:
    rows = Delegation.objects.visible_to(user).select_related("delegator", "delegate").order_by("-ends_at", "-pk")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "shown": [(row, row.state in {"ahead", "in force"} and bool(may_end(user, row))) for row in page],
        "given": given,
        "error": error,
        "wrong": {one.path: one for one in (error.fields if error else ())},
        "people": User.objects.filter(is_active=True).exclude(pk=user.pk).exclude(role="viewer").order_by("username"),
    }
    return render(request, "provisioning/delegations.html", context, status=error.status if error else 200)


def _moment(name: str, text: str) -> datetime | None:
    """What a field for date and time says, in UTC; None for an empty one."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        wrong = FieldError(name, "It is no date and time.", "Write 2026-12-24 08:00.")
        raise UserError("Nothing was delegated.", id="delegation-invalid", fields=[wrong]) from None
    return found if found.tzinfo else timezone.make_aware(found, timezone.get_default_timezone())


@require_POST
def delegation_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it back."""
    user = signed_in(request)
    end_delegation(delegation=visible_delegation(user, pk), by=user)
    messages.success(request, "Taken back.")
    return redirect("delegations")

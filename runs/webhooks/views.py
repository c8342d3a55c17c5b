"""Pages of webhooks, for platform admins."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import Team
from accounts.permissions import may_administer, require
from accounts.requests import signed_in
from common.errors import CairnError
from runs.models import WebhookEndpoint
from runs.webhooks import actions
from runs.webhooks.announce import known_topics


@require_GET
def webhooks(request: HttpRequest) -> HttpResponse:
    """All, with whether things arrive."""
    require(may_administer(signed_in(request)))
    page = Paginator(WebhookEndpoint.objects.order_by("-pk"), 50).get_page(request.GET.get("page"))
    return render(request, "webhooks/webhooks.html", {"page": page})


@require_http_methods(["GET", "POST"])
def webhook_new(request: HttpRequest) -> HttpResponse:
    """A form for one more; its secret is shown once, on its page."""
    user = signed_in(request)
    require(may_administer(user))
    if request.method == "GET":
        return _page(request, None, {"topics": []})
    given = _given(request)
    try:
        made, secret = actions.add_endpoint(given=given, by=user)
    except CairnError as error:
        return _page(request, None, given, error)
    return _page(request, made, given, secret=secret)


@require_http_methods(["GET", "POST"])
def webhook(request: HttpRequest, pk: int) -> HttpResponse:
    """One: how it is set up, and what it was told."""
    user = signed_in(request)
    found = actions.visible_endpoint(user, pk)
    if request.method == "GET":
        return _page(request, found, _stored(found))
    given = _given(request)
    try:
        actions.change_endpoint(endpoint=found, given=given, by=user)
    except CairnError as error:
        return _page(request, found, given, error)
    messages.success(request, "Kept.")
    return redirect(found)


@require_POST
def webhook_active(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch it on or off."""
    user, on = signed_in(request), request.POST.get("active") == "1"
    found = actions.visible_endpoint(user, pk)
    actions.change_endpoint(endpoint=found, given={"active": on}, by=user)
    messages.success(request, "It is told what happens from now on." if on else "It is told nothing any more.")
    return redirect(found)


@require_POST
def webhook_secret(request: HttpRequest, pk: int) -> HttpResponse:
    """Another secret, shown this once."""
    user = signed_in(request)
    found = actions.visible_endpoint(user, pk)
    return _page(request, found, _stored(found), secret=actions.renew_secret(endpoint=found, by=user))


@require_POST
def webhook_send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send a test, or a message again."""
    user = signed_in(request)
    found = actions.visible_endpoint(user, pk)
    if again := request.POST.get("message_id"):
        actions.send_again(endpoint=found, message_id=again, by=user)
    else:
        actions.send_test(endpoint=found, by=user)
    messages.success(request, "It is on its way; what became of it is below.")
    return redirect(found)


@require_POST
def webhook_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Take it away."""
    user = signed_in(request)
    actions.remove_endpoint(endpoint=actions.visible_endpoint(user, pk), by=user)
    messages.success(request, "The webhook is gone.")
    return redirect("webhooks")


def _given(request: HttpRequest) -> dict[str, Any]:
    texts = {name: request.POST.get(name, "").strip() for name in ("url", "description", "owner")}
    return {**texts, "topics": request.POST.getlist("topics")}


def _stored(found: WebhookEndpoint) -> dict[str, Any]:
    return {
        "url": found.url,
        "description": found.description,
        "owner": found.owner_ref,
        "topics": found.topics,
    }


def _page(
    request: HttpRequest,
    found: WebhookEndpoint | None,
    given: Mapping[str, Any],
    error: CairnError | None = None,
    secret: str = "",
) -> HttpResponse:
    context = {
        "endpoint": found,
        "given": given,
        "error": error,
        "wrong": {one.path: one for one in (error.fields if error else ())},
        "secret": secret,
        "topics": known_topics(),
        "teams": Team.objects.order_by("ref").values_list("ref", flat=True),
        "page": Paginator(found.deliveries.order_by("-pk"), 50).get_page(request.GET.get("page")) if found else None,
    }
    response = render(request, "webhooks/webhook.html", context, status=error.status if error else 200)
    response["Cache-Control"] = "no-store"
    return response

"""What entities were: their changes, and those that are gone."""

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.requests import signed_in
from catalog.entity_actions import restore_entity
from catalog.history import steps_of
from catalog.models import Entity
from catalog.permissions import entity_by_ref, may_write_entity
from catalog.views.entities import head_of
from catalog.visibility import names_nothing_hidden

MOST_STEPS = 50


@require_GET
def entity_history(request: HttpRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """The changes of an entity with their diffs, newest first."""
    user = signed_in(request)
    found = entity_by_ref(user, f"{kind}:{namespace}/{name}", removed=True)
    steps = steps_of(found, user, most=MOST_STEPS + 1)
    context = {
        **head_of(user, found),
        "steps": [(step, diff_lines(step.diff)) for step in steps[:MOST_STEPS]],
        "more": len(steps) > MOST_STEPS,
        "may_restore": bool(found.deleted_at) and may_write_entity(user, found.kind, found.owner_ref),
    }
    return render(request, "catalog/entity_history.html", context)


def diff_lines(diff: str) -> list[tuple[str, str]]:
    """The lines of a diff with their tone; the two that name the sides are left out."""
    tones = {"+": "ok", "-": "bad"}
    return [(line, tones.get(line[:1], "")) for line in diff.splitlines()[2:]]


@require_GET
def removed(request: HttpRequest) -> HttpResponse:
    """Entities that are gone and can be brought back."""
    user = signed_in(request)
    rows = Entity.objects.removed().filter(names_nothing_hidden("ref", user)).light().select_related("source")
    rows = rows.order_by("-deleted_at", "ref")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    entries = [(entity, may_write_entity(user, entity.kind, entity.owner_ref)) for entity in page]
    context = {"page": page, "entries": entries, "days": settings.CATALOG_GRACE_DAYS}
    return render(request, "catalog/removed.html", context)


@require_POST
def restore(request: HttpRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """Bring an entity back."""
    user = signed_in(request)
    found = entity_by_ref(user, f"{kind}:{namespace}/{name}", removed=True)
    restore_entity(entity=found, by=user)
    messages.success(request, f"{found.display_name} is back.")
    return redirect(found)

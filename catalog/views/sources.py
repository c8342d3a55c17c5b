"""Where the catalog comes from: sources and their problems."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.permissions import may_administer, require
from accounts.requests import signed_in
from catalog import actions
from catalog.models import Entity, Source
from catalog.models.source import PUSHED, SLOW, SourceKind, SourceState
from catalog.permissions import may_register, may_sync, may_unregister, source_by_id
from catalog.problems import list_problems, with_holders
from catalog.progress import progress_of
from catalog.refresh_actions import request_sync
from catalog.teams import PEOPLE
from common.htmx import render_page, wants_partial


@require_GET
def sources(request: HttpRequest) -> HttpResponse:
    """All sources with their state."""
    user = signed_in(request)
    rows = Source.objects.visible_to(user).with_counts(user).order_by("kind", "target")
    context = {
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "may_register": may_register(user),
    }
    return render(request, "catalog/sources.html", context)


@require_GET
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """One source: what the last sync did, what is wrong, what it says; while it is read, how far that is."""
    user = signed_in(request)
    return _page(request, user, source_by_id(user, pk))


def _page(request: HttpRequest, user: User, found: Source, *, removing: bool = False) -> HttpResponse:
    progress, polled = progress_of(found), wants_partial(request)
    if progress and polled:
        context = {"source": found, "progress": progress, "may_sync": may_sync(user)}
        return render_page(request, "catalog/source.html", context, partial="progress")
    entities = Entity.objects.visible_to(user).light().filter(source=found).order_by("kind", "name")
    context = {
        "source": found,
        "progress": progress,
        "ended": polled,
        "problems": with_holders(user, found.problems.visible_to(user).select_related("source").newest_first()[:200]),
        "page": Paginator(entities, 50).get_page(request.GET.get("page")),
        "may_sync": may_sync(user) and found.kind not in PUSHED,
        "upload_name": found.target.removeprefix("upload:"),
        "may_unregister": may_unregister(user, found),
        "removing": removing,
        "days": settings.CATALOG_GRACE_DAYS,
        "names_people": found.kind != SourceKind.PORTAL and entities.filter(kind__in=PEOPLE).exists(),
        "may_administer": may_administer(user),
        "budget": _budget(found),
        "options": list(_flat(found.options)),
        "webhook": _WEBHOOKS.get(found.kind),
    }
    response = render_page(request, "catalog/source.html", context)
    if polled:
        response["HX-Retarget"] = response["HX-Reselect"] = "#source"
    return response


@require_POST
def sync(request: HttpRequest, pk: int) -> HttpResponse:
    """Read it now and say what changed; what takes long a worker reads, and the page of the source shows how far."""
    user = signed_in(request)
    found = source_by_id(user, pk)
    require(may_sync(user))
    allow_removal = bool(request.POST.get("allow_removal"))
    if found.kind in SLOW:
        request_sync(source=found, by=user, allow_removal=allow_removal)
        return redirect(found)
    result = actions.sync_source(source=found, by=user, allow_removal=allow_removal)
    if result.state == SourceState.FAILED:
        messages.error(request, result.error)
    else:
        counts = result.counts
        messages.success(
            request,
            f"{counts['added']} added, {counts['changed']} changed, {counts['removed']} removed, "
            f"{counts['unchanged']} as before, {counts['problems']} problems.",
        )
    return redirect(found)


@require_POST
def decide_teams(request: HttpRequest, pk: int) -> HttpResponse:
    """Let its Groups and Users be teams and memberships, or no longer."""
    user, decides = signed_in(request), request.POST.get("decides") == "1"
    found = source_by_id(user, pk)
    actions.let_decide_teams(source=found, decides=decides, by=user)
    messages.success(request, "Its groups are teams now." if decides else "Its groups decide nothing any more.")
    return redirect(found)


@require_POST
def unregister(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether it is meant, then forget it and all that it says."""
    user = signed_in(request)
    found = source_by_id(user, pk)
    require(may_unregister(user, found))
    if not request.POST.get("sure"):
        return _page(request, user, found, removing=True)
    count = actions.unregister_source(source=found, by=user)
    messages.success(request, f"Unregistered {found.target}; {_entities(count)} gone.")
    return redirect("sources")


def _entities(count: int) -> str:
    return "1 entity is" if count == 1 else f"{count} entities are"


@require_GET
def problems(request: HttpRequest) -> HttpResponse:
    """Everything wrong, everywhere, narrowed by the address."""
    listing = list_problems(signed_in(request), request.GET.dict())
    return render(request, "catalog/problems.html", {"listing": listing, "page": listing.page})


#: Which door takes the pushes of repositories of a kind of source.
_WEBHOOKS: Mapping[str, str] = {SourceKind.GITHUB: "github", SourceKind.GITLAB: "gitlab"}


def _budget(source: Source) -> dict[str, Any] | None:
    """What the host still answers, with the moment of the reset."""
    told = source.counts.get("budget")
    return {**told, "reset": parse_datetime(told["reset"])} if told else None


def _flat(options: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    """Options as people write them: ``filters.topic.include`` and its words."""
    for name, value in options.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", ", ".join(map(str, value)) if isinstance(value, list) else str(value)

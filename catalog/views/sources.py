"""Where the catalog comes from: sources, their problems, registering a new one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.permissions import require
from accounts.requests import signed_in
from catalog import actions
from catalog.config import current as configuration
from catalog.ingest.read import read_source
from catalog.ingest.wanted import wanted_of
from catalog.kinds import known_kinds
from catalog.models import Entity, Problem, Source
from catalog.models.source import PUSHED, SourceKind, SourceState
from catalog.permissions import may_register, may_sync, may_unregister, source_by_id
from catalog.sources.registry import reader_for
from common.errors import CairnError, UserError


@require_GET
def sources(request: HttpRequest) -> HttpResponse:
    """All sources with their state."""
    rows = Source.objects.with_counts().order_by("kind", "target")
    context = {
        "page": Paginator(rows, 50).get_page(request.GET.get("page")),
        "may_register": may_register(signed_in(request)),
    }
    return render(request, "catalog/sources.html", context)


@require_GET
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """One source: what the last sync did, what is wrong, what it says."""
    found, user = source_by_id(pk), signed_in(request)
    entities = Entity.objects.visible_to(user).light().filter(source=found).order_by("kind", "name")
    context = {
        "source": found,
        "problems": found.problems.newest_first()[:200],
        "page": Paginator(entities, 50).get_page(request.GET.get("page")),
        "may_sync": may_sync(user) and found.kind not in PUSHED,
        "upload_name": found.target.removeprefix("upload:"),
        "may_unregister": may_unregister(user, found),
    }
    return render(request, "catalog/source.html", context)


@require_POST
def sync(request: HttpRequest, pk: int) -> HttpResponse:
    """Read it now and say what changed."""
    found, user = source_by_id(pk), signed_in(request)
    require(may_sync(user))
    result = actions.sync_source(source=found, by=user, allow_removal=bool(request.POST.get("allow_removal")))
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
def unregister(request: HttpRequest, pk: int) -> HttpResponse:
    """Forget it and all that it says."""
    found, user = source_by_id(pk), signed_in(request)
    require(may_unregister(user, found))
    count = actions.unregister_source(source=found, by=user)
    messages.success(request, f"Unregistered {found.target}; {count} entities are gone.")
    return redirect("sources")


@require_GET
def problems(request: HttpRequest) -> HttpResponse:
    """Everything wrong, everywhere."""
    rows = Problem.objects.select_related("source").newest_first()
    return render(request, "catalog/problems.html", {"page": Paginator(rows, 50).get_page(request.GET.get("page"))})


@require_http_methods(["GET", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Preview what a URL would bring, then register it."""
    user = signed_in(request)
    require(may_register(user))
    target = (request.POST.get("target") or request.GET.get("target") or "").strip()
    context: dict[str, object] = {"target": target, "error": None}
    if not target:
        return render(request, "catalog/register.html", context, status=422 if request.method == "POST" else 200)
    try:
        if request.method == "POST":
            found = actions.register_source(kind=SourceKind.URL, target=_url(target), by=user)
            actions.sync_source(source=found, by=user)
            return redirect(found)
        read = read_source(reader_for(Source(kind=SourceKind.URL, target=_url(target))), known_kinds())
    except CairnError as error:
        return render(request, "catalog/register.html", context | {"error": error}, status=error.status)
    wanted, wrong = wanted_of(read, f"url:{target}", configuration().rules)
    known = set(Entity.objects.present().filter(ref__in=list(wanted)).values_list("ref", flat=True))
    preview = [(entity, ref in known) for ref, entity in sorted(wanted.items())]
    return render(request, "catalog/register.html", context | {"preview": preview, "wrong": wrong, "looked": True})


def _url(target: str) -> str:
    if not target.startswith(("http://", "https://")):
        raise UserError("That is no web address.", hint="It begins with https:// and ends with the file's name.")
    return target

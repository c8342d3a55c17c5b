"""Where blueprints come from, for those who run the portal."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.models import User
from accounts.permissions import may_administer, require
from accounts.requests import signed_in
from common.errors import CairnError
from common.numbers import parse_digits
from provisioning import source_actions
from provisioning.blueprints.definition import order_of
from provisioning.fleet import fleet
from provisioning.models import BlueprintSource
from provisioning.models.blueprint import SourceKind
from provisioning.permissions import blueprint_source

FIELDS = ("kind", "target", "path", "interval", "trusted")


@require_GET
def blueprints(request: HttpRequest) -> HttpResponse:
    """Every blueprint with its versions, and which resources are on which."""
    require(may_administer(signed_in(request)))
    lines = fleet()
    context = {"lines": lines, "outdated": sum(line.outdated for line in lines)}
    return render(request, "provisioning/blueprints.html", context)


@require_http_methods(["GET", "POST"])
def sources(request: HttpRequest) -> HttpResponse:
    """All sources, and a form for another."""
    user = signed_in(request)
    require(may_administer(user))
    if request.method == "GET":
        return _list(request, {})
    given = {name: request.POST.get(name, "").strip() for name in FIELDS}
    try:
        source = source_actions.add_source(
            by=user,
            kind=given["kind"],
            target=given["target"],
            path=given["path"],
            trusted=bool(given["trusted"]),
            interval=_interval(given["interval"]),
        )
    except CairnError as error:
        return _list(request, given, error)
    return redirect(source)


def _interval(minutes: str) -> timedelta:
    """Out of bounds for what is no number, so that the field is named."""
    return timedelta(minutes=parse_digits(minutes, most=10**5) or 0)


def _list(request: HttpRequest, given: dict[str, str], error: CairnError | None = None) -> HttpResponse:
    wrong = {"interval" if one.path == "interval_seconds" else one.path: one for one in (error.fields if error else ())}
    context = {
        "sources": BlueprintSource.objects.annotate(held=Count("versions")).order_by("target", "path"),
        "kinds": SourceKind.choices,
        "given": {"kind": "git", "interval": "5"} | given,
        "error": error,
        "wrong": wrong,
    }
    return render(request, "provisioning/sources.html", context, status=error.status if error else 200)


@require_GET
def source(request: HttpRequest, pk: int) -> HttpResponse:
    """One source: what it brought, what is wrong with it; while it is read, that it is."""
    return _page(request, signed_in(request), pk)


def _page(request: HttpRequest, user: User, pk: int, *, removing: bool = False) -> HttpResponse:
    found = blueprint_source(user, pk)
    versions = list(found.versions.with_use())
    context = {
        "source": found,
        "versions": sorted(versions, key=lambda row: (row.name, *(-part for part in order_of(row.version)))),
        "drafts": sum(row.state == "draft" for row in versions),
        "removing": removing,
    }
    return render(request, "provisioning/source.html", context)


@require_POST
def sync(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a worker read it."""
    user = signed_in(request)
    found = blueprint_source(user, pk)
    source_actions.request_sync(source=found, by=user)
    return redirect(found)


@require_POST
def trust(request: HttpRequest, pk: int) -> HttpResponse:
    """Let its modules do anything, or search them again."""
    user, trusted = signed_in(request), request.POST.get("trusted") == "1"
    found = blueprint_source(user, pk)
    source_actions.trust_source(source=found, trusted=trusted, by=user)
    messages.success(request, "Trusted; it is read again." if trusted else "Its modules are searched again.")
    return redirect(found)


@require_POST
def removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask whether it is meant, then forget it."""
    user = signed_in(request)
    found = blueprint_source(user, pk)
    if not request.POST.get("sure"):
        return _page(request, user, pk, removing=True)
    source_actions.remove_source(source=found, by=user)
    messages.success(request, f"{found} is no source any more.")
    return redirect("blueprint_sources")

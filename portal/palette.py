"""The palette: entities and pages, as JSON for the dialog and as a page without JavaScript."""

from dataclasses import asdict, dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from accounts.models import User
from accounts.requests import signed_in
from catalog.search import find
from portal.shell import PLACES
from provisioning.blueprints import offered

MOST = 12


@dataclass(frozen=True, slots=True)
class Hit:
    """Somewhere to go."""

    title: str
    kind: str
    url: str
    icon: str


@require_GET
def palette(request: HttpRequest) -> HttpResponse:
    """What fits ``?q=``."""
    asked = request.GET.get("q", "").strip()[:100]
    found = hits(signed_in(request), asked)
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"hits": [asdict(hit) for hit in found]})
    return render(request, "portal/search.html", {"q": asked, "hits": found})


def hits(user: User, asked: str) -> list[Hit]:
    """Pages first while nothing is asked, entities first afterwards."""
    pages = [hit for hit in _pages() if asked.lower() in hit.title.lower()]
    if not asked:
        return pages
    entities = [
        Hit(entity.title or entity.name, entity.kind.lower(), entity.get_absolute_url(), icon_of(entity.kind))
        for entity in find(user, asked, most=MOST)
    ]
    return [*entities, *pages][:MOST]


def _pages() -> list[Hit]:
    pages = [Hit(place.title, "page", reverse(place.url_name), place.icon) for place in PLACES]
    pages += [
        Hit(f"Request: {blueprint.title}", "action", reverse("request_new", args=[blueprint.name]), blueprint.icon)
        for blueprint in offered()
    ]
    return [
        *pages,
        Hit("Register in the catalog", "action", reverse("register"), "plus"),
        Hit("Upload to the catalog", "action", reverse("upload"), "upload"),
        Hit("Kinds of entities", "page", reverse("kinds"), "shapes"),
        Hit("Requests", "page", reverse("requests"), "inbox"),
        Hit("Runs", "page", reverse("runs"), "play"),
        Hit("Settings", "page", reverse("settings"), "settings"),
    ]


def icon_of(kind: str) -> str:
    """The icon of a kind."""
    return {
        "component": "box",
        "api": "plug",
        "resource": "database",
        "system": "boxes",
        "domain": "layers",
        "group": "users",
        "user": "user",
        "template": "file-plus",
        "location": "map-pin",
    }.get(kind.lower(), "box")

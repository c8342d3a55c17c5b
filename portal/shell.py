"""What every page shows around its content."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

#: What a cookie may choose; without one the system and the width of the window decide.
LOOKS = {"theme": ("light", "dark"), "contrast": ("more",), "density": ("compact",), "rail": ("narrow",)}


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the navigation; ``prefixes`` are the paths that lie in it."""

    title: str
    icon: str
    url_name: str
    prefixes: tuple[str, ...]


PLACES = (
    Place("Home", icon="house", url_name="home", prefixes=()),
    Place("Catalog", icon="blocks", url_name="catalog", prefixes=("/catalog",)),
    Place(
        "Self-service",
        icon="database",
        url_name="self_service",
        prefixes=(
            "/self-service",
            "/requests",
            "/resources",
            "/budgets",
            "/policies",
            "/delegations",
            "/broken-glass",
            "/runs",
        ),
    ),
    Place("Insights", icon="chart-line", url_name="insights", prefixes=("/insights",)),
    Place("Activity", icon="history", url_name="activity", prefixes=("/activity",)),
)


def shell(request: HttpRequest) -> dict[str, Any]:
    """Navigation with the current place, and the look that the cookies choose. No queries."""
    places = [
        {"title": place.title, "icon": place.icon, "url": reverse(place.url_name), "here": is_here(place, request.path)}
        for place in PLACES
    ]
    look = {name: chosen(request.COOKIES.get(name), allowed) for name, allowed in LOOKS.items()}
    return {"places": places, **look}


def is_here(place: Place, path: str) -> bool:
    """Whether ``path`` lies in ``place``."""
    return path.startswith(place.prefixes) if place.prefixes else path == "/"


def chosen(value: str | None, allowed: tuple[str, ...]) -> str:
    """``value`` if it is one of ``allowed``, else nothing, which means: as the system does."""
    return value if value in allowed else ""

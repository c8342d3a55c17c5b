"""What the gallery shows: every component of templates/components in every state, on made-up values."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

STATES = (
    ("ok", "Healthy", ""),
    ("warn", "Degraded", ""),
    ("bad", "Down", ""),
    ("run", "Applying", ""),
    ("idle", "Waiting", "clock"),
    ("idle", "No signal", "circle-help"),
    ("warn", "Lost", "unplug"),
    ("idle", "Draft", ""),
    ("idle", "Denied", "ban"),
)
ERRORS = (
    {"id": "g-wrong", "label": "Name", "message": "Use small letters and dashes: gift-wrap."},
    {"id": "g-storage", "label": "Storage", "message": "At least 20 GiB."},
)
FIELDS = (
    {"path": "instance_class", "before": "db.t3.micro", "after": "db.t3.medium", "sensitive": False},
    {"path": "backup_window", "before": None, "after": "03:00-04:00", "sensitive": False},
    {"path": "password", "before": None, "after": None, "sensitive": True},
)
STATS = (
    {"title": "Deployments", "value": "4.2", "unit": "a week", "n": 18, "meta": "last 30 days"},
    {"title": "Lead time", "value": "1 h 22", "unit": "min", "n": 18, "meta": "median"},
    {"title": "Time to recovery", "value": None, "unit": "", "n": 0, "meta": "a median needs 6 incidents"},
)
EVENTS = (
    ("bad", "siren", "INC-4431 opened", "linked to v412", 3),
    ("warn", "rocket", "v412 deployed", "3 commits", 9),
    ("ok", "rocket", "v411 deployed", "", 160),
)


@require_GET
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in every state."""
    return render(request, "ui/gallery.html", samples())


def samples() -> dict[str, Any]:
    """The values that the gallery's components are drawn with."""
    now = timezone.now()
    events = [
        {"tone": tone, "icon": icon, "text": text, "more": more, "at": now - timedelta(minutes=minutes)}
        for tone, icon, text, more, minutes in EVENTS
    ]
    return {"states": STATES, "errors": ERRORS, "fields": FIELDS, "stats": STATS, "events": events}

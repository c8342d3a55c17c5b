"""Delivery in pages: everything, one service, and what came in through webhooks."""

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from accounts.models import User
from accounts.permissions import may_write, require
from accounts.requests import signed_in
from catalog.models import Entity
from common.errors import NotFound
from metrics import actions
from metrics.charts import BASE, HEIGHT, WIDTH, daily_bars
from metrics.formulas import Judged
from metrics.models import Delivery, Deployment
from metrics.query import Scope, frequency_of
from metrics.window import Window, parse_window

PERIODS = (7, 30, 90, 180)
REASONS = {
    "not_production": "Not production",
    "cancelled": "Cancelled",
    "failed": "Failed",
    "redeploy": "The same version again",
}


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """One service in the overview."""

    ref: str
    path: tuple[str, str, str]
    count: int
    per_day: float


@require_GET
def insights(request: HttpRequest) -> HttpResponse:
    """Deployments of everything, service by service, and what could not be placed."""
    window = _window(request)
    frequency = frequency_of(Scope("", signed_in(request)), window)
    context = {
        **_period(request, window),
        "frequency": frequency,
        "bars": daily_bars(frequency.judged, window),
        "lines": _service_lines(frequency.judged, window),
        "unmapped": Deployment.objects.unmapped().values_list("repository", flat=True).distinct()[:20],
        "drawing": {"width": WIDTH, "height": HEIGHT, "base": BASE},
    }
    return render(request, "metrics/insights.html", context)


@require_GET
def service(request: HttpRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """Deployment frequency of one entity, with the rows behind the number."""
    entity, window = _entity(request, namespace, kind, name), _window(request)
    frequency = frequency_of(Scope(entity.ref, signed_in(request)), window)
    shown = [item for item in frequency.judged if _shown(item, request.GET.get("show", ""))]
    context = {
        **_period(request, window),
        "entity": entity,
        "frequency": frequency,
        "bars": daily_bars(frequency.judged, window),
        "page": Paginator(shown[::-1], 50).get_page(request.GET.get("page")),
        "excluded": [(code, REASONS[code], count) for code, count in sorted(frequency.result.excluded.items())],
        "reasons": REASONS,
        "show": request.GET.get("show", ""),
        "drawing": {"width": WIDTH, "height": HEIGHT, "base": BASE},
    }
    return render(request, "metrics/service.html", context)


@require_GET
def card(request: HttpRequest, namespace: str, kind: str, name: str) -> HttpResponse:
    """Delivery on the page of a component."""
    entity, window = _entity(request, namespace, kind, name), _window(request)
    frequency = frequency_of(Scope(entity.ref, signed_in(request)), window)
    latest = [item for item in frequency.judged if not item.reason][-3:]
    context = {"entity": entity, "frequency": frequency, "latest": latest[::-1], "window": window}
    return render(request, "metrics/card.html", context)


@require_GET
def deliveries(request: HttpRequest) -> HttpResponse:
    """What came in through webhooks and what became of it."""
    rows = Delivery.objects.visible_to(signed_in(request)).defer("body").order_by("-pk")
    if state := request.GET.get("state", ""):
        rows = rows.filter(state=state)
    context = {"page": Paginator(rows, 50).get_page(request.GET.get("page")), "state": state}
    return render(request, "metrics/deliveries.html", context)


@require_GET
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """One delivery: headers, body, outcome."""
    row = _delivery(signed_in(request), pk)
    return render(request, "metrics/delivery.html", {"delivery": row, "body": _readable(bytes(row.body))})


@require_POST
def replay(request: HttpRequest, pk: int) -> HttpResponse:
    """Read it again with the mapper of today."""
    user = signed_in(request)
    require(may_write(user))
    row = _delivery(user, pk)
    actions.replay(delivery=row, by=user)
    return redirect(row)


def _delivery(user: User, pk: int) -> Delivery:
    row = Delivery.objects.visible_to(user).filter(pk=pk).first()
    if row is None:
        raise NotFound("There is no such delivery.")
    return row


def _readable(body: bytes) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body.decode("utf-8", errors="replace")


def _entity(request: HttpRequest, namespace: str, kind: str, name: str) -> Entity:
    ref = f"{kind}:{namespace}/{name}".lower()
    entity = Entity.objects.visible_to(signed_in(request)).filter(ref=ref).first()
    if entity is None:
        raise NotFound(f"{ref} is not in the catalog.")
    return entity


def _window(request: HttpRequest) -> Window:
    given = request.GET
    days = given.get("days", "30")
    window = parse_window(
        start=given.get("from", ""), end=given.get("to", ""), zone=given.get("tz", ""), now=timezone.now()
    )
    if given.get("from") or days not in map(str, PERIODS):
        return window
    return Window(window.end - timedelta(days=int(days)), window.end, window.zone)


def _period(request: HttpRequest, window: Window) -> dict[str, Any]:
    chosen = "" if request.GET.get("from") else request.GET.get("days", "30")
    return {"window": window, "periods": PERIODS, "days": chosen}


def _shown(item: Judged, show: str) -> bool:
    return item.reason == show if show in REASONS else (not item.reason if show == "counted" else True)


def _service_lines(judged: list[Judged], window: Window) -> list[ServiceLine]:
    counts: dict[str, int] = defaultdict(int)
    for item in judged:
        counts[item.fact.service] += not item.reason
    lines = [ServiceLine(ref, _path(ref), count, count / window.days) for ref, count in counts.items()]
    return sorted(lines, key=lambda line: (-line.count, line.ref))


def _path(ref: str) -> tuple[str, str, str]:
    kind, _, rest = ref.partition(":")
    namespace, _, name = rest.partition("/")
    return namespace, kind, name

"""The activity page."""

import csv
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from accounts.requests import signed_in
from audit.models import Event, EventQuerySet
from audit.query import filtered
from common.api import read_cursor, write_cursor
from common.errors import UserError
from common.htmx import render_page

PAGE = 50
MOST_EXPORTED = 50_000
#: What happens to things of one kind.
FAMILIES = {
    "request.*": "Requests",
    "break-glass.*": "Let through without approval",
    "policy.*": "Policies",
    "delegation.*": "Delegations",
    "run.*": "Runs",
    "secret.*": "Secrets shown",
    "state.*": "Terraform states",
    "source.*": "Catalog sources",
    "entity.*": "Entities of the portal",
    "user.*": "People",
    "token.*": "Tokens",
    "delivery.*": "Webhook deliveries",
}
#: What each filter is called on its chip.
TITLES = {
    "actor": "Who",
    "verb": "What",
    "subject_kind": "Kind",
    "subject_id": "On",
    "from": "From",
    "to": "To",
}


@require_GET
def activity(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """What happened, newest first, narrowed by the query string."""
    visible, error = Event.objects.visible_to(signed_in(request)), None
    try:
        events = filtered(visible, request.GET.dict())
    except UserError as problem:
        events, error = visible.none(), problem
    if request.GET.get("format") == "csv":
        return _csv(events)
    if (before := read_cursor(request.GET.get("cursor", ""))) is not None:
        events = events.filter(pk__lt=before)
    rows = list(events.order_by("-pk")[: PAGE + 1])
    more = len(rows) > PAGE
    context = {
        "events": rows[:PAGE],
        "next": write_cursor(rows[PAGE - 1].pk) if more else "",
        "chips": [
            (TITLES[name], request.GET[name], _without(request, name)) for name in TITLES if request.GET.get(name)
        ],
        "families": FAMILIES,
        "error": error,
    }
    return render_page(request, "audit/activity.html", context, partial="rows", status=error.status if error else 200)


def _without(request: HttpRequest, name: str) -> str:
    """The address without one of its filters."""
    query = request.GET.copy()
    for gone in (name, "cursor"):
        query.pop(gone, None)
    return f"?{query.urlencode()}"


class _Echo:
    """A file whose ``write`` hands the line back, as csv needs for streaming."""

    def write(self, line: str) -> str:
        """The line itself."""
        return line


def _csv(events: EventQuerySet) -> StreamingHttpResponse:
    writer = csv.writer(_Echo())
    columns = ("at", "actor", "verb", "subject_kind", "subject_id", "subject_label", "owner_ref", "request_id")

    def lines() -> Iterator[str]:
        yield writer.writerow(columns)
        for row in events.order_by("-pk").values_list(*columns)[:MOST_EXPORTED].iterator(chunk_size=2000):
            yield writer.writerow([row[0].isoformat(), *(_harmless(cell) for cell in row[1:])])

    headers = {"Content-Disposition": 'attachment; filename="activity.csv"'}
    return StreamingHttpResponse(lines(), content_type="text/csv", headers=headers)


def _harmless(cell: str) -> str:
    """Spreadsheets run cells that begin like formulas; a quote in front stops them."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell

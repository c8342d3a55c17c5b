"""The activity page."""

import csv
from collections.abc import Iterator

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.views.decorators.http import require_GET

from accounts.requests import signed_in
from audit.models import Event, EventQuerySet
from audit.query import FILTERS, filtered
from common.api import read_cursor, write_cursor
from common.htmx import render_page

PAGE = 50
MOST_EXPORTED = 50_000


@require_GET
def activity(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """What happened, newest first, narrowed by the query string."""
    events = filtered(Event.objects.visible_to(signed_in(request)), request.GET.dict())
    if request.GET.get("format") == "csv":
        return _csv(events)
    if (before := read_cursor(request.GET.get("cursor", ""))) is not None:
        events = events.filter(pk__lt=before)
    rows = list(events.order_by("-pk")[: PAGE + 1])
    more = len(rows) > PAGE
    context = {
        "events": rows[:PAGE],
        "next": write_cursor(rows[PAGE - 1].pk) if more else "",
        "chips": [(name, request.GET[name]) for name in FILTERS if request.GET.get(name)],
    }
    return render_page(request, "audit/activity.html", context, partial="rows")


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

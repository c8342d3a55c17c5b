"""The trail for scripts and on its page."""

import csv
import io
from datetime import UTC, date, timedelta

import pytest
from django.utils import timezone

from audit.record import record

pytestmark = pytest.mark.django_db
TEAM = "group:default/orders-team"


@pytest.fixture
def events(alice, pat) -> None:  # type: ignore[no-untyped-def]
    """Three of alice's and one of the portal's."""
    for number in range(3):
        record("request.approved", by=alice, subject_kind="request", subject_id=str(number), owner_ref=TEAM)
    record("portal.changed", by=pat, subject_kind="portal", subject_id="1", subject_label="=HYPERLINK()")


def test_a_script_pages_through_the_trail_without_a_gap_or_a_repeat(api_for, alice, events) -> None:  # type: ignore[no-untyped-def]
    client, cursor, found = api_for(alice, ["audit:read"]), "", []
    while cursor is not None:
        page = client.get(f"/api/v1/audit?verb=request.*&limit=2&cursor={cursor}").json()
        found += [event["subject_id"] for event in page["items"]]
        cursor = page["next_cursor"]
    assert found == ["2", "1", "0"]


def test_an_outsider_sees_nothing_of_others(api_for, charlie, events) -> None:  # type: ignore[no-untyped-def]
    items = api_for(charlie).get("/api/v1/audit?verb=request.*").json()["items"]
    assert items == []


def test_a_token_needs_the_scope(api_for, alice) -> None:  # type: ignore[no-untyped-def]
    assert api_for(alice, ["runs:read"]).get("/api/v1/audit").status_code == 403


def test_a_broken_cursor_is_told_by_its_field(api_for, alice) -> None:  # type: ignore[no-untyped-def]
    answer = api_for(alice).get("/api/v1/audit?cursor=***")
    assert answer.status_code in {400, 422}
    assert "cursor" in answer.content.decode()


def test_the_page_shows_a_person_what_concerns_them(client_for, alice, charlie, events) -> None:  # type: ignore[no-untyped-def]
    assert "request.approved" in client_for(alice).get("/activity").content.decode()
    page = client_for(charlie).get("/activity?verb=request.*")
    assert page.status_code == 200
    assert "Nothing matches" in page.content.decode()


def test_the_export_holds_what_the_page_shows_and_starts_no_formula(client_for, pat, events) -> None:  # type: ignore[no-untyped-def]
    answer = client_for(pat).get("/activity?verb=portal.changed&format=csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert [row["verb"] for row in rows] == ["portal.changed"]
    assert rows[0]["subject_label"] == "'=HYPERLINK()"


def test_a_period_counts_both_of_its_days(api_for, alice, events) -> None:  # type: ignore[no-untyped-def]
    today = timezone.now().astimezone(UTC).date()
    client = api_for(alice, ["audit:read"])

    def count(begin: date, end: date) -> int:
        return len(client.get(f"/api/v1/audit?verb=request.*&from={begin}&to={end}").json()["items"])

    assert count(today, today) == 3
    assert count(today - timedelta(days=2), today - timedelta(days=1)) == 0
    assert client.get("/api/v1/audit?from=soon").json()["errors"][0]["path"] == "from"


def test_somebody_is_found_by_the_name_alone(api_for, alice, events) -> None:  # type: ignore[no-untyped-def]
    assert len(api_for(alice, ["audit:read"]).get("/api/v1/audit?actor=alice&verb=request.*").json()["items"]) == 3


def test_the_page_keeps_the_other_filters_when_one_is_taken_away(client, alice, events) -> None:  # type: ignore[no-untyped-def]
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/activity?actor=alice&verb=request.approved&from=2026-01-01").content.decode()
    assert 'href="?verb=request.approved&amp;from=2026-01-01"' in page
    assert "Request approved" in page


def test_a_date_that_is_none_is_said_on_the_page_and_stays_in_the_form(client, alice) -> None:  # type: ignore[no-untyped-def]
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.get("/activity?from=soon")
    assert answer.status_code == 422
    assert "soon is no date" in answer.content.decode()

"""Runs for scripts and on their pages: who sees them, waiting, the log, stopping."""

import threading
import time

import pytest
from django.db import connection

from runs.engine import advance
from runs.logs import LogWriter
from runs.models import Run
from runs.pipeline import Fail, Wait
from runs.redaction import Redactor
from tests.unit.runs.conftest import Scripted, begin  # noqa: F401


@pytest.fixture
def run(begin, alice) -> Run:  # type: ignore[no-untyped-def]  # noqa: F811
    """Of alice's team, waiting for an approval."""
    waits = [Wait("approval", "One approval", ("group:default/platform",))]
    started = begin(Scripted("plan", title="Making the plan"), Scripted("gate", waits), by=alice)
    while advance(started.pk):
        pass
    return Run.objects.get(pk=started.pk)


def say(run: Run, text: str) -> None:
    log = LogWriter(run.pk, run.epoch, Redactor())
    log.write(text)
    log.flush()


def test_a_run_tells_its_steps_and_what_it_waits_for(api_for, alice, run) -> None:  # type: ignore[no-untyped-def]
    body = api_for(alice, ["runs:read"]).get(f"/api/v1/runs/{run.pk}").json()
    assert (body["state"], body["step"], body["requested_by"]) == ("waiting", "gate", alice.entity_ref)
    assert body["waiting_for"][0] | {"until": None} == {
        "kind": "approval",
        "text": "One approval",
        "who": ["group:default/platform"],
        "until": None,
    }
    assert next(step["title"] for step in body["steps"]) == "Making the plan"


@pytest.mark.parametrize("path", ["/api/v1/runs/{}", "/api/v1/runs/{}/log", "/runs/{}"])
def test_teams_and_admins_see_a_run_and_outsiders_are_told_it_is_not_there(  # type: ignore[no-untyped-def]
    path, client_for, bob, charlie, pat, run
) -> None:
    address = path.format(run.pk)
    assert client_for(bob).get(address).status_code == 200
    assert client_for(pat).get(address).status_code == 200
    assert client_for(charlie).get(address).status_code == 404


def test_lists_hold_only_what_one_may_see(api_for, client_for, bob, charlie, run) -> None:  # type: ignore[no-untyped-def]
    def seen(user) -> list[int]:  # type: ignore[no-untyped-def]
        return [item["id"] for item in api_for(user).get("/api/v1/runs?state=waiting").json()["items"]]

    assert seen(bob) == [run.pk]
    assert seen(charlie) == []
    assert "A thing" not in client_for(charlie).get("/runs").content.decode()


def test_an_outsider_cannot_stop_a_run(api_for, client_for, charlie, run) -> None:  # type: ignore[no-untyped-def]
    assert api_for(charlie).post(f"/api/v1/runs/{run.pk}/cancellation").status_code == 404
    assert client_for(charlie).post(f"/runs/{run.pk}/cancellation").status_code == 404
    run.refresh_from_db()
    assert run.state == "waiting"


def test_a_member_of_the_team_stops_a_run_once(api_for, bob, run) -> None:  # type: ignore[no-untyped-def]
    client = api_for(bob)
    assert client.post(f"/api/v1/runs/{run.pk}/cancellation").json()["state"] == "cancelled"
    again = client.post(f"/api/v1/runs/{run.pk}/cancellation")
    assert again.status_code == 409
    assert again["Content-Type"].startswith("application/problem+json")


def test_the_log_goes_on_from_the_offset_it_named(api_for, alice, run) -> None:  # type: ignore[no-untyped-def]
    client = api_for(alice, ["runs:read"])
    say(run, "grün")
    first = client.get(f"/api/v1/runs/{run.pk}/log")
    assert (first.content.decode(), first["X-Next-Offset"], first["X-Run-State"]) == ("grün\n", "6", "waiting")
    assert first["Content-Type"] == "text/plain; charset=utf-8"
    say(run, "blau")
    second = client.get(f"/api/v1/runs/{run.pk}/log?after={first['X-Next-Offset']}")
    assert (second.content.decode(), second["X-Next-Offset"]) == ("blau\n", "11")


@pytest.mark.parametrize("query", ["after=-1", "after=x", "wait=soon"])
def test_a_parameter_that_is_no_number_is_refused(api_for, alice, run, query) -> None:  # type: ignore[no-untyped-def]
    assert api_for(alice).get(f"/api/v1/runs/{run.pk}/log?{query}").status_code in {400, 422}


def test_a_run_at_its_end_answers_at_once(api_for, alice, begin) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    run = begin(Scripted("one", [Fail("provider", "The cloud said no.", "Ask the platform team.", "aws-denied")]))
    Run.objects.filter(pk=run.pk).update(requested_by=alice)
    advance(run.pk)
    before = time.monotonic()
    body = api_for(alice).get(f"/api/v1/runs/{run.pk}?wait=20").json()
    assert time.monotonic() - before < 5
    assert body["error"] == {
        "id": "aws-denied",
        "family": "provider",
        "message": "The cloud said no.",
        "hint": "Ask the platform team.",
    }


@pytest.mark.django_db(transaction=True)
def test_who_waits_hears_of_a_change_when_it_happens(api_for, alice, begin) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    run = begin(Scripted("one"), by=alice)

    def work() -> None:
        time.sleep(0.5)
        advance(run.pk)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    body = api_for(alice).get(f"/api/v1/runs/{run.pk}?wait=20").json()
    worker.join()
    assert body["state"] in {"running", "succeeded"}


def test_the_page_says_what_a_run_waits_for_and_offers_to_stop_it(client_for, alice, run) -> None:  # type: ignore[no-untyped-def]
    page = client_for(alice).get(f"/runs/{run.pk}").content.decode()
    assert "One approval" in page
    assert "group:default/platform" in page
    assert f"/runs/{run.pk}/cancellation" in page


def test_a_log_cannot_put_markup_into_the_page(client_for, alice, run) -> None:  # type: ignore[no-untyped-def]
    say(run, "<script>alert(1)</script>")
    assert "<script>alert" not in client_for(alice).get(f"/runs/{run.pk}").content.decode()


def test_what_the_page_asks_again_and_again_is_the_progress_alone(client_for, alice, run) -> None:  # type: ignore[no-untyped-def]
    answer = client_for(alice).get(f"/runs/{run.pk}", headers={"HX-Request": "true"})
    assert answer.status_code == 200
    text = answer.content.decode()
    assert 'id="progress"' in text
    assert "<html" not in text
    assert 'role="log"' not in text

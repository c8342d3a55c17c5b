"""Whose turn it is, and what a run waits for."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from runs.engine import advance, advance_next
from runs.line import give_way, waits_for
from runs.models import Heartbeat, OutboxMessage, Run
from runs.pipeline import Done, Wait
from runs.tasks import advance_run
from runs.transition import ADVANCE
from tests.unit.runs.conftest import Scripted

ORDERS, STOCK = "group:default/orders-team", "group:default/stock-team"


@pytest.fixture
def teams(begin: Callable[..., Run], settings: Any) -> Callable[..., Run]:
    settings.RUN_SLOTS_PER_TEAM = 2
    Heartbeat.objects.create(name="sweep")

    def make(owner: str, state: str = "queued", title: str = "A thing") -> Run:
        run = begin(Scripted("one", [Done("taken")]))
        lease = timezone.now() + timedelta(minutes=1) if state == "running" else None
        Run.objects.filter(pk=run.pk).update(owner_ref=owner, state=state, lease_until=lease, title=title)
        run.refresh_from_db()
        return run

    return make


def taken() -> list[int]:
    return list(Run.objects.filter(state="succeeded").order_by("finished_at").values_list("pk", flat=True))


def test_a_team_that_asks_for_much_does_not_keep_another_waiting(teams: Callable[..., Run]) -> None:
    teams(ORDERS, "running")
    flood = [teams(ORDERS) for _ in range(3)]
    late = teams(STOCK)
    while advance_next("runs"):
        pass
    assert taken() == [late.pk, *(run.pk for run in flood)]


def test_whoever_is_called_the_oldest_of_equals_goes_first(teams: Callable[..., Run]) -> None:
    first, second = teams(ORDERS), teams(STOCK)
    advance_run(second.pk)
    assert taken() == [first.pk]
    advance_run(second.pk)
    assert taken() == [first.pk, second.pk]


def test_a_team_has_so_many_places_and_no_more(teams: Callable[..., Run]) -> None:
    busy = [teams(ORDERS, "running", title=f"Make {name}") for name in ("one", "two")]
    blocked = teams(ORDERS)
    assert not advance_next("runs")
    (wait,) = waits_for(blocked)
    assert wait["kind"] == "slot"
    assert wait["text"] == ("orders-team has 2 runs under way, as many as a team may have at once: Make one, Make two.")
    OutboxMessage.objects.all().delete()
    Run.objects.filter(pk=busy[0].pk).update(state="waiting")
    give_way(busy[0])
    assert list(OutboxMessage.objects.values_list("task", "args")) == [(ADVANCE, [blocked.pk])]
    assert advance_next("runs")


def test_nobody_is_called_for_a_place_that_nobody_waited_for(teams: Callable[..., Run]) -> None:
    ended, _ = teams(ORDERS, "waiting"), teams(ORDERS)
    OutboxMessage.objects.all().delete()
    give_way(ended)
    assert not OutboxMessage.objects.exists()


def test_what_belongs_to_nobody_is_not_counted_together(teams: Callable[..., Run]) -> None:
    for _ in range(2):
        teams("", "running")
    teams("")
    assert advance_next("runs")


def test_a_run_that_this_worker_does_not_know_keeps_nobody_waiting(teams: Callable[..., Run]) -> None:
    unknown, strange, run = teams(ORDERS), teams(ORDERS), teams(ORDERS)
    Run.objects.filter(pk=unknown.pk).update(pipeline="of-tomorrow")
    Run.objects.filter(pk=strange.pk).update(step="of-tomorrow")
    assert advance_next("runs")
    assert taken() == [run.pk]
    unknown.refresh_from_db()
    assert "No worker that runs now" in waits_for(unknown)[0]["text"]


def test_another_queue_has_its_own_line(teams: Callable[..., Run]) -> None:
    run = teams(ORDERS)
    Run.objects.filter(pk=run.pk).update(queue="other")
    assert not advance_next("runs")
    assert advance_next("other")


def test_the_place_in_line_is_told(teams: Callable[..., Run]) -> None:
    runs = [teams(owner) for owner in (ORDERS, STOCK, ORDERS)]
    assert [waits_for(run)[0]["text"] for run in runs] == [
        "A free worker. It is the next.",
        "A free worker. 1 run is before it.",
        "A free worker. 2 runs are before it.",
    ]


def test_a_portal_without_workers_says_so(teams: Callable[..., Run]) -> None:
    run = teams(ORDERS)
    Heartbeat.objects.all().delete()
    (wait,) = waits_for(run)
    assert (wait["kind"], wait["who"]) == ("worker", ["role:platform-admin"])


def test_what_a_step_waits_for_is_told_as_it_said(begin: Callable[..., Run]) -> None:
    run = begin(Scripted("one", [Wait("approval", "One approval", ("role:approver",))]))
    advance(run.pk)
    run.refresh_from_db()
    assert waits_for(run)[0]["text"] == "One approval"


def test_nothing_waits_at_its_end_or_while_it_is_done(teams: Callable[..., Run]) -> None:
    assert waits_for(teams(ORDERS, "running")) == []
    assert waits_for(teams(ORDERS, "succeeded")) == []

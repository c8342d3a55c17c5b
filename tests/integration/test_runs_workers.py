"""Nothing is lost and nothing is done twice: real workers that are killed, frozen, called too often or not at all."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from celery import current_app

from runs import registry
from runs.actions import start_run
from runs.logs import read_log
from runs.models import OutboxMessage, Run
from runs.transition import ADVANCE
from tests.integration.rehearsal.pipeline import REHEARSAL
from tests.integration.severed import Line
from tests.integration.workers import Start, empty_queues, environment, kill, until

pytestmark = [pytest.mark.worker, pytest.mark.django_db(transaction=True)]


class Stage:
    """The folder in which a run plays, and the run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self) -> Run:
        return start_run(
            pipeline="rehearsal",
            title="Rehearse",
            subject_kind="play",
            subject_id=str(self.folder),
            owner_ref="group:default/orders-team",
            by=None,
        )

    def allow(self, *steps: str) -> None:
        for step in steps:
            (self.folder / f"{step}.go").touch()

    def notes(self) -> list[str]:
        """What steps did, in order, without the process."""
        found = self.folder / "notes"
        return [line.split(" ", 1)[1] for line in found.read_text().splitlines()] if found.exists() else []


def ended(run: Run) -> bool:
    run.refresh_from_db()
    return run.is_final


@pytest.fixture
def stage(tmp_path, settings, monkeypatch) -> Stage:  # type: ignore[no-untyped-def]
    settings.RUN_SWEEP_SECONDS = 1
    monkeypatch.setitem(registry._pipelines, "rehearsal", REHEARSAL)
    empty_queues()
    return Stage(tmp_path)


def test_a_step_that_may_be_repeated_is_repeated_when_its_worker_is_killed(stage: Stage, start: Start) -> None:
    run, worker = stage.begin(), start()
    until(lambda: "prepare begins" in stage.notes())
    kill(worker)
    start()
    until(lambda: stage.notes().count("prepare begins") == 2)
    stage.allow("prepare", "apply", "look")
    until(lambda: ended(run))
    assert run.state == "succeeded"
    assert stage.notes().count("prepare ends") == stage.notes().count("apply ends") == 1
    assert [(step.name, step.state) for step in run.steps.order_by("pk")][:2] == [
        ("prepare", "lost"),
        ("prepare", "succeeded"),
    ]


def test_a_step_that_may_not_be_repeated_goes_to_its_recovery_when_its_worker_is_killed(
    stage: Stage, start: Start
) -> None:
    stage.allow("prepare")
    run, worker = stage.begin(), start()
    until(lambda: "apply begins" in stage.notes())
    kill(worker)
    stage.allow("apply", "look")
    start()
    until(lambda: ended(run))
    assert run.state == "succeeded"
    assert stage.notes() == ["prepare begins", "prepare ends", "apply begins", "look begins", "look ends"]
    assert "interrupted" in run.events.values_list("after", flat=True)


def test_a_worker_that_wakes_up_after_its_lease_can_write_nothing_more(stage: Stage, start: Start) -> None:
    stage.allow("prepare")
    run, zombie = stage.begin(), start()
    until(lambda: "apply begins" in stage.notes())
    zombie.send_signal(signal.SIGSTOP)
    start()
    until(lambda: "look begins" in stage.notes())
    stage.allow("apply")
    zombie.send_signal(signal.SIGCONT)
    until(lambda: "apply is fenced" in stage.notes())
    stage.allow("look")
    until(lambda: ended(run))
    time.sleep(0.5)  # whatever the zombie still tries
    assert run.state == "succeeded"
    assert [(step.name, step.state) for step in run.steps.order_by("pk")] == [
        ("prepare", "succeeded"),
        ("apply", "lost"),
        ("look", "succeeded"),
    ]
    assert "zombie" not in read_log(run.pk, 0)[0] + str(list(run.steps.values_list("note", flat=True)))


def test_a_step_that_ends_while_the_database_is_away_is_neither_lost_nor_done_twice(stage: Stage, start: Start) -> None:
    line = Line(environment()["DATABASE_URL"])
    stage.allow("prepare")
    run = stage.begin()
    start(DATABASE_URL=line.url, CAIRN_RUN_LEASE_SECONDS="30")
    until(lambda: "apply begins" in stage.notes())
    line.cut()
    time.sleep(1.5)
    stage.allow("apply", "look")
    until(lambda: "apply ends" in stage.notes(), sweeping=False)
    time.sleep(1.5)
    assert not ended(run)
    line.mend()
    until(lambda: ended(run))
    assert run.state == "succeeded"
    assert stage.notes() == ["prepare begins", "prepare ends", "apply begins", "apply ends", "look begins", "look ends"]
    assert "apply of epoch" in read_log(run.pk, 0)[0]
    line.cut()


def test_a_message_that_comes_five_times_is_acted_on_once(stage: Stage, start: Start) -> None:
    stage.allow("prepare", "apply", "look")
    run = stage.begin()
    for _ in range(4):
        current_app.send_task(ADVANCE, args=[run.pk], queue="runs")
    start()
    start()
    until(lambda: ended(run))
    names = ("prepare", "apply", "look")
    assert stage.notes() == [f"{name} {what}" for name in names for what in ("begins", "ends")]


def test_messages_that_redis_forgets_cost_seconds_and_no_work(stage: Stage, start: Start) -> None:
    stage.allow("prepare", "apply", "look")
    run = stage.begin()
    with current_app.connection_for_write() as broker:
        assert broker.default_channel._purge("runs") == 1
    start()
    until(lambda: ended(run))
    assert run.state == "succeeded"


def test_work_that_is_asked_for_while_redis_is_gone_is_done_when_it_is_back(stage: Stage, start: Start) -> None:
    stage.allow("prepare", "apply", "look")
    script = (
        "import django; django.setup();"
        "from runs.actions import start_run;"
        f"print(start_run(pipeline='rehearsal', title='R', subject_kind='play', subject_id='{stage.folder}',"
        " owner_ref='', by=None).pk)"
    )
    gone = {**environment(), "REDIS_URL": "redis://127.0.0.1:1/0"}
    answer = subprocess.run([sys.executable, "-c", script], env=gone, capture_output=True, text=True, check=True)
    run = Run.objects.get(pk=int(answer.stdout.split()[-1]))
    assert OutboxMessage.objects.get().sent_at is None
    start()
    until(lambda: ended(run))
    assert run.state == "succeeded"
    assert not OutboxMessage.objects.filter(sent_at=None).exists()


def test_a_worker_does_without_the_scheduler(stage: Stage, start: Start) -> None:
    stage.allow("prepare", "apply", "look")
    forgotten = stage.begin()
    with current_app.connection_for_write() as broker:
        broker.default_channel._purge("runs")
    time.sleep(3.5)
    run = stage.begin()
    start()
    until(lambda: ended(run) and ended(forgotten), sweeping=False)

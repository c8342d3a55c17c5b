"""One step after the other: claims, outcomes, waits, failures, cancelling, recovery."""

from datetime import timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from audit.models import Event
from common.errors import Conflict, ProviderError, UserError
from runs import engine
from runs.actions import cancel_run, resume_run
from runs.engine import advance, recover
from runs.logs import read_log
from runs.models import OutboxMessage, Run
from runs.pipeline import Done, Fail, Wait
from runs.sweep import sweep
from tests.unit.runs.conftest import Scripted


def follow(run: Run) -> Run:
    while advance(run.pk):
        pass
    return Run.objects.get(pk=run.pk)


def let_lease_end(run: Run, state: str = "running") -> None:
    past = timezone.now() - timedelta(seconds=1)
    Run.objects.filter(pk=run.pk).update(state=state, epoch=1, attempt=1, lease_until=past)


def test_steps_are_taken_in_order_and_leave_their_data(begin) -> None:  # type: ignore[no-untyped-def]
    run = follow(begin(Scripted("one", [Done("noted", {"n": 1})]), Scripted("two")))
    assert (run.state, run.finished_at is not None, run.lease_until) == ("succeeded", True, None)
    assert list(run.steps.order_by("pk").values_list("name", "state", "note")) == [
        ("one", "succeeded", "noted"),
        ("two", "succeeded", ""),
    ]
    assert run.step_data("one") == {"n": 1}
    assert [event.after for event in run.events.order_by("pk")] == [
        *("queued", "running", "queued", "running", "succeeded")
    ]


def test_the_domain_hears_of_every_transition(begin) -> None:  # type: ignore[no-untyped-def]
    heard: list[str] = []
    follow(begin(Scripted("one"), on_change=lambda run: heard.append(run.state)))
    assert heard == ["running", "succeeded"]


def test_a_transition_that_the_domain_refuses_does_not_happen(begin) -> None:  # type: ignore[no-untyped-def]
    def refuse(run: Run) -> None:
        raise RuntimeError

    run = begin(Scripted("one"), on_change=refuse)
    with pytest.raises(RuntimeError):
        advance(run.pk)
    run.refresh_from_db()
    assert (run.state, run.epoch, run.events.count()) == ("queued", 0, 1)


def test_a_late_message_finds_nothing_to_do(begin) -> None:  # type: ignore[no-untyped-def]
    step = Scripted("one")
    run = follow(begin(step))
    assert not advance(run.pk)
    assert not advance(10**9)
    assert step.taken == 1


def test_a_wait_says_for_what_and_its_step_looks_again_when_resumed(begin, alice) -> None:  # type: ignore[no-untyped-def]
    step = Scripted("one", [Wait("approval", "One approval", ("group:default/platform",)), Done()])
    run = follow(begin(step))
    assert (run.state, run.lease_until) == ("waiting", None)
    assert run.waiting_for == [
        {"kind": "approval", "text": "One approval", "who": ["group:default/platform"], "until": None}
    ]
    resume_run(run_id=run.pk, by=alice)
    run = follow(run)
    assert (run.state, run.waiting_for, step.taken) == ("succeeded", [], 2)
    assert run.events.get(before="waiting").actor == alice.entity_ref


def test_a_run_that_is_resumed_while_its_step_looks_does_not_sleep_over_it(begin) -> None:  # type: ignore[no-untyped-def]
    def look(context):  # type: ignore[no-untyped-def]
        resume_run(run_id=context.run_id)  # the approval comes after the look and before the rest
        return Wait("approval", "One approval")

    step = Scripted("one", [look, Done()])
    assert follow(begin(step)).state == "succeeded"
    assert step.taken == 2


def test_a_wait_ends_at_its_time(begin) -> None:  # type: ignore[no-untyped-def]
    step = Scripted("one", [Wait("time", "A moment", until=timezone.now() + timedelta(hours=1)), Done()])
    run = follow(begin(step))
    sweep()
    assert follow(run).state == "waiting"
    Run.objects.filter(pk=run.pk).update(due_at=timezone.now())
    sweep()
    assert follow(run).state == "succeeded"


@pytest.mark.parametrize(
    ("raised", "family", "attempts"),
    [
        (UserError("The name is taken.", hint="Take another."), "user", 1),
        (ProviderError("The cloud said no.", permanent=True), "provider", 1),
        (ProviderError("The cloud is away.", permanent=False), "provider", 3),
        (DatabaseError("gone"), "platform", 3),
        (ZeroDivisionError(), "platform", 1),
    ],
)
def test_what_a_step_raises_becomes_a_failure_of_its_family(begin, raised, family, attempts) -> None:  # type: ignore[no-untyped-def]
    def fail(context):  # type: ignore[no-untyped-def]
        raise raised

    step = Scripted("one", [fail])
    run = begin(step)
    for _ in range(5):
        Run.objects.filter(pk=run.pk, state="queued").update(due_at=None)
        advance(run.pk)
    run.refresh_from_db()
    assert (run.state, step.taken) == ("failed", attempts)
    assert run.error
    assert run.error["family"] == family
    assert run.error["message"]


def test_a_mistake_of_ours_is_told_without_its_insides_but_logged(begin) -> None:  # type: ignore[no-untyped-def]
    def fail(context):  # type: ignore[no-untyped-def]
        raise ZeroDivisionError("inside")

    run = follow(begin(Scripted("one", [fail])))
    assert run.error
    assert "inside" not in run.error["message"]
    assert "ZeroDivisionError: inside" in read_log(run.pk, 0)[0]


def test_a_transient_failure_is_tried_again_after_a_pause_that_is_told(begin) -> None:  # type: ignore[no-untyped-def]
    run = follow(begin(Scripted("one", [Fail("provider", "Away.", transient=True), Done()])))
    assert run.state == "queued"
    assert run.due_at is not None
    assert run.due_at > timezone.now()
    assert run.waiting_for[0]["text"] == "Trying again: Away."
    assert not advance(run.pk)
    Run.objects.filter(pk=run.pk).update(due_at=timezone.now())
    assert follow(run).state == "succeeded"


def test_a_waiting_run_is_cancelled_at_once(begin, alice) -> None:  # type: ignore[no-untyped-def]
    run = follow(begin(Scripted("one", [Wait("event", "A word")])))
    assert cancel_run(run_id=run.pk, by=alice).state == "cancelled"
    event = Event.objects.get(verb="run.cancelled")
    assert (event.actor, event.subject_id) == (alice.entity_ref, str(run.pk))
    with pytest.raises(Conflict):
        cancel_run(run_id=run.pk, by=alice)


def test_a_busy_step_is_asked_to_stop_and_then_told(begin, alice) -> None:  # type: ignore[no-untyped-def]
    levels = []

    def busy(context):  # type: ignore[no-untyped-def]
        for forced in (False, True):
            cancel_run(run_id=context.run_id, by=alice, forced=forced)
            levels.append(context.cancel_requested())
        return Done()

    second = Scripted("two")
    run = follow(begin(Scripted("one", [busy]), second))
    assert levels == ["graceful", "forced"]
    assert (run.state, second.taken) == ("cancelled", 0)


def test_what_was_finished_before_it_could_be_stopped_has_succeeded(begin, alice) -> None:  # type: ignore[no-untyped-def]
    def busy(context):  # type: ignore[no-untyped-def]
        cancel_run(run_id=context.run_id, by=alice)
        return Done()

    assert follow(begin(Scripted("one", [busy]))).state == "succeeded"


def test_the_outcome_of_a_worker_that_was_replaced_is_dropped(begin) -> None:  # type: ignore[no-untyped-def]
    def slow(context):  # type: ignore[no-untyped-def]
        let_lease_end(run)
        recover(run.pk)
        assert not context.beat()
        context.log("from the dead")
        return Done("late")

    step = Scripted("one", [slow, Done("in time")])
    run = begin(step)
    advance(run.pk)
    run.refresh_from_db()
    assert run.state == "queued"
    assert follow(run).state == "succeeded"
    assert [row.note for row in run.steps.order_by("pk")] == ["", "in time"]
    assert "dead" not in read_log(run.pk, 0)[0]


def test_a_step_that_loses_its_worker_again_and_again_fails(begin) -> None:  # type: ignore[no-untyped-def]
    run = begin(Scripted("one"))
    let_lease_end(run)
    Run.objects.filter(pk=run.pk).update(attempt=engine.MOST_ATTEMPTS)
    recover(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert run.error
    assert run.error["id"] == "worker-lost"


def test_recovery_raises_the_epoch_before_anything_else(begin) -> None:  # type: ignore[no-untyped-def]
    run = begin(Scripted("one", repeatable=False, recovery="two"), Scripted("two"))
    let_lease_end(run)
    recover(run.pk)
    recover(run.pk)
    history = list(run.events.order_by("pk").values_list("after", "epoch", "step"))
    assert history == [("queued", 0, "one"), ("interrupted", 2, "one"), ("queued", 2, "two")]


def test_a_lost_step_without_a_recovery_rests_until_somebody_decides(begin, alice) -> None:  # type: ignore[no-untyped-def]
    run = begin(Scripted("one", repeatable=False))
    let_lease_end(run)
    recover(run.pk)
    run.refresh_from_db()
    assert run.state == "interrupted"
    assert cancel_run(run_id=run.pk, by=alice).state == "cancelled"


def test_a_run_that_loses_its_worker_while_stopping_is_stopped(begin) -> None:  # type: ignore[no-untyped-def]
    run = begin(Scripted("one"))
    let_lease_end(run, "cancelling")
    recover(run.pk)
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_a_worker_that_does_not_know_the_step_leaves_the_run_to_one_that_does(begin) -> None:  # type: ignore[no-untyped-def]
    run = begin(Scripted("one"))
    Run.objects.filter(pk=run.pk).update(step="of a newer version")
    with pytest.raises(KeyError):
        advance(run.pk)
    run.refresh_from_db()
    assert (run.state, run.epoch) == ("queued", 0)


def test_one_run_that_cannot_be_helped_does_not_keep_the_sweep_from_the_others(begin) -> None:  # type: ignore[no-untyped-def]
    broken, fine = begin(Scripted("one")), begin(Scripted("one"))
    let_lease_end(broken)
    let_lease_end(fine)
    Run.objects.filter(pk=broken.pk).update(step="of a newer version")
    sweep()
    fine.refresh_from_db()
    assert fine.state == "queued"


def test_a_queue_that_is_long_does_not_fill_with_copies(begin) -> None:  # type: ignore[no-untyped-def]
    begin(Scripted("one"))
    OutboxMessage.objects.update(sent_at=timezone.now())
    for _ in range(5):
        sweep()
    assert OutboxMessage.objects.count() == 1


def test_a_run_whose_message_was_lost_is_called_for_again(begin) -> None:  # type: ignore[no-untyped-def]
    begin(Scripted("one"))
    OutboxMessage.objects.update(created_at=timezone.now() - timedelta(minutes=1), sent_at=timezone.now())
    sweep()
    assert OutboxMessage.objects.count() == 2

"""The door for the apps above: start, wake, stop."""

from django.db import transaction

from accounts.models import User
from audit.record import record
from common.errors import Conflict
from runs.models import Run, RunEvent
from runs.outbox import enqueue
from runs.registry import pipeline_named
from runs.states import CANCELLED, CANCELLING, FINAL, INTERRUPTED, LEASED, QUEUED, RUNNING, WAITING
from runs.transition import ADVANCE, tell, transition

__all__ = ["cancel_run", "enqueue", "resume_run", "start_run"]


@transaction.atomic
def start_run(*, pipeline: str, title: str, subject_kind: str, subject_id: str, owner_ref: str, by: User | None) -> Run:
    """A new run of ``pipeline`` for a subject; a worker takes it once the transaction is committed."""
    first = pipeline_named(pipeline).steps[0]
    run = Run.objects.create(
        pipeline=pipeline,
        title=title,
        step=first.name,
        subject_kind=subject_kind,
        subject_id=subject_id,
        owner_ref=owner_ref,
        requested_by=by,
    )
    RunEvent.objects.create(run=run, before="", after=QUEUED, epoch=0, step=first.name)
    tell(run)
    enqueue(ADVANCE, run.pk, queue=run.queue)
    return run


@transaction.atomic
def resume_run(*, run_id: int, by: User | None = None) -> None:
    """Wake a waiting run, so that its step looks again.

    A run whose step is just looking looks once more before it rests; to others nothing happens.
    """
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.state == WAITING:
        transition(run.pk, QUEUED, by=by, reason="resumed")
    elif run.state in LEASED:
        Run.objects.filter(pk=run.pk).update(woken=True)


@transaction.atomic
def cancel_run(*, run_id: int, by: User | None, forced: bool = False) -> Run:
    """Stop a run: at once when no worker holds it, else by asking the worker, firmly when ``forced``."""
    run = Run.objects.select_for_update().get(pk=run_id)
    if run.state in FINAL:
        raise Conflict(f"This run has ended already: {run.state}.", id="run-ended")
    if run.state in {QUEUED, WAITING, INTERRUPTED}:
        run = transition(run.pk, CANCELLED, by=by, reason="cancelled")
    else:
        level = "forced" if forced else "graceful"
        if run.state == RUNNING:
            run = transition(run.pk, CANCELLING, by=by, reason=f"asked to stop, {level}", cancel_requested=level)
        else:
            Run.objects.filter(pk=run.pk).update(cancel_requested=level)
    record(
        "run.cancelled",
        by=by,
        subject_kind="run",
        subject_id=str(run.pk),
        subject_label=run.title,
        owner_ref=run.owner_ref,
        data={"forced": forced},
    )
    return run

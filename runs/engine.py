"""Advancing a run by one step. Messages may be lost, doubled or late: only the row decides."""

import logging
import traceback
from datetime import timedelta

from django.db import Error as AnyDatabaseError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from common.errors import CairnError, ProviderError
from common.locks import hold
from runs import line
from runs.context import RunningStep, lease_length
from runs.database import insist
from runs.models import Run, RunEvent, StepRun
from runs.pipeline import Done, Fail, Outcome, Step, Wait
from runs.registry import pipeline_named
from runs.states import CANCELLED, CANCELLING, FAILED, INTERRUPTED, LEASED, QUEUED, RUNNING, SUCCEEDED, WAITING
from runs.transition import Fenced, tell, transition

log = logging.getLogger(__name__)
MOST_ATTEMPTS = 3
DATABASE_AWAY = "database"
BACK_OFF = (timedelta(seconds=5), timedelta(seconds=30), timedelta(minutes=2))


def advance(run_id: int) -> bool:
    """Claim the run's next step and take it; False when there was nothing to claim."""
    claimed = _claim(run_id)
    return claimed is not None and _go(*claimed)


def advance_next(queue: str) -> bool:
    """The same for the run of ``queue`` whose turn it is."""
    claimed = _claim_next(queue)
    return claimed is not None and _go(*claimed)


def _go(run: Run, step: Step) -> bool:
    row = StepRun.objects.create(
        run=run, name=step.name, title=step.title, state=RUNNING, epoch=run.epoch, attempt=run.attempt
    )
    context = RunningStep(run)
    with context.heartbeat():
        outcome = context.cleaned(_take(step, context))
    try:
        insist(context.flush)
        insist(lambda: _settle(run, step, row, outcome))
    except Fenced:
        log.warning("run %s was taken over while %s was busy; its outcome is dropped", run.pk, step.name)
    insist(lambda: line.give_way(run))
    return True


@transaction.atomic
def _claim_next(queue: str) -> tuple[Run, Step] | None:
    hold(line.LOCK)
    for run_id in line.next_in_line(queue):
        try:
            if claimed := _claim(run_id):
                return claimed
        except KeyError as error:
            log.warning("run %s is at a step that this worker does not know: %s", run_id, error)
    return None


def _claim(run_id: int) -> tuple[Run, Step] | None:
    """Make the run ours by one conditional UPDATE: of many who try, one gets it.

    KeyError, and no claim, when this worker does not know the pipeline or the step: a newer one may.
    """
    now = timezone.now()
    with transaction.atomic():
        claimed = (
            Run.objects.due(now)
            .filter(pk=run_id, state=QUEUED)
            .update(
                state=RUNNING,
                epoch=F("epoch") + 1,
                attempt=F("attempt") + 1,
                lease_until=now + lease_length(),
                due_at=None,
                waiting_for=[],
                woken=False,
            )
        )
        if not claimed:
            return None
        run = Run.objects.get(pk=run_id)
        pipeline = pipeline_named(run.pipeline)
        step = pipeline.step(run.step)
        if run.started_at is None:
            run.started_at = now
            run.save(update_fields=["started_at"])
        RunEvent.objects.create(run=run, before=QUEUED, after=RUNNING, epoch=run.epoch, step=run.step)
        pipeline.on_change(run)
        tell(run)
    return run, step


def _take(step: Step, context: RunningStep) -> Outcome:
    try:
        return step.run(context)
    except ProviderError as error:
        return Fail("provider", error.message, error.hint, error.id, transient=not error.permanent)
    except CairnError as error:
        return Fail("user", error.message, error.hint, error.id)
    except AnyDatabaseError as error:
        return Fail("platform", "The database did not answer.", str(error), DATABASE_AWAY, transient=True)
    except Exception:
        log.error("step %s of run %s failed\n%s", step.name, context.run_id, context.clean(traceback.format_exc()))
        context.log(f"Something went wrong in Cairn itself:\n{traceback.format_exc(limit=-3)}")
        hint = "The log has the details; whoever runs the portal can help."
        return Fail("platform", f"{step.title} failed in a way nobody foresaw.", hint, "internal")


@transaction.atomic
def _settle(run: Run, step: Step, row: StepRun, outcome: Outcome) -> None:
    """Store what a step answered, unless somebody else owns the run by now."""
    current = Run.objects.select_for_update().get(pk=run.pk)
    if current.epoch != run.epoch or current.state not in LEASED:
        raise Fenced
    match outcome:
        case Done():
            _close(row, SUCCEEDED, note=outcome.note, data=dict(outcome.data))
            _go_on(current, step)
        case Wait():
            _close(row, WAITING, note=outcome.text)
            _rest(current, outcome)
        case Fail():
            _close(row, FAILED, error=_error(outcome))
            _fail(current, step, outcome)


def _close(row: StepRun, state: str, **fields: object) -> None:
    StepRun.objects.filter(pk=row.pk).update(state=state, finished_at=timezone.now(), **fields)


def _go_on(run: Run, step: Step) -> None:
    following = pipeline_named(run.pipeline).after(step.name)
    if following is None:
        transition(run.pk, SUCCEEDED, epoch=run.epoch)
    elif run.state == CANCELLING:
        transition(run.pk, CANCELLED, epoch=run.epoch, reason=f"stopped after {step.name}")
    else:
        transition(run.pk, QUEUED, epoch=run.epoch, step=following.name, attempt=0, lease_until=None)


def _rest(run: Run, wait: Wait) -> None:
    if run.state == CANCELLING:
        transition(run.pk, CANCELLED, epoch=run.epoch, reason="cancelled")
        return
    if run.woken:
        transition(run.pk, QUEUED, epoch=run.epoch, reason="resumed while it looked", lease_until=None, attempt=0)
        return
    until = wait.until.isoformat() if wait.until else None
    waiting_for = [{"kind": wait.kind, "text": wait.text, "who": list(wait.who), "until": until}]
    transition(
        run.pk, WAITING, epoch=run.epoch, due_at=wait.until, waiting_for=waiting_for, lease_until=None, attempt=0
    )


def _fail(run: Run, step: Step, failure: Fail) -> None:
    if run.state == CANCELLING:
        transition(run.pk, CANCELLED, epoch=run.epoch, reason=failure.message, error=_error(failure))
    elif failure.error_id == DATABASE_AWAY and not step.repeatable:
        _interrupt(run, step, "the database was away")
    elif failure.transient and run.attempt < MOST_ATTEMPTS:
        due = timezone.now() + BACK_OFF[min(run.attempt, len(BACK_OFF)) - 1]
        waiting_for = [
            {"kind": "time", "text": f"Trying again: {failure.message}", "who": [], "until": due.isoformat()}
        ]
        transition(
            run.pk,
            QUEUED,
            epoch=run.epoch,
            reason=failure.message,
            due_at=due,
            lease_until=None,
            waiting_for=waiting_for,
        )
    else:
        transition(run.pk, FAILED, epoch=run.epoch, reason=failure.message, error=_error(failure))


def _error(failure: Fail) -> dict[str, str]:
    return {
        "id": failure.error_id or failure.family,
        "family": failure.family,
        "message": failure.message,
        "hint": failure.hint,
    }


def recover(run_id: int) -> None:
    """Take a run from a worker that was lost: repeat what may be repeated, else go to the recovery step."""
    with transaction.atomic():
        run = Run.objects.select_for_update().lost(timezone.now()).filter(pk=run_id).first()
        if run is None:
            return
        pipeline = pipeline_named(run.pipeline)
        step = pipeline.step(run.step)
        run.steps.filter(state=RUNNING).update(state="lost", finished_at=timezone.now())
        if run.state == CANCELLING and step.repeatable:
            transition(run.pk, CANCELLED, new_epoch=True, reason="its worker was lost while stopping")
        elif not step.repeatable:
            _interrupt(run, step, "its worker was lost")
        elif run.attempt >= MOST_ATTEMPTS:
            error = Fail("platform", f"{step.title} lost its worker {run.attempt} times.", "Try again.", "worker-lost")
            transition(run.pk, FAILED, new_epoch=True, reason="its worker was lost too often", error=_error(error))
        else:
            transition(run.pk, QUEUED, new_epoch=True, reason="its worker was lost", lease_until=None)


def _interrupt(run: Run, step: Step, why: str) -> None:
    transition(
        run.pk,
        INTERRUPTED,
        new_epoch=True,
        reason=f"{why} during {step.name}",
        lease_until=None,
        cancel_requested="no",
    )
    if step.recovery:
        transition(run.pk, QUEUED, step=step.recovery, reason="recovering", attempt=0)

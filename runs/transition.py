"""The one way a run changes its state."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from common.errors import Conflict
from runs.models import Run, RunEvent
from runs.outbox import enqueue
from runs.registry import pipeline_named
from runs.states import CANCELLED, FINAL, QUEUED, RUNNING, may_change
from runs.webhooks.announce import announce

ADVANCE = "runs.tasks.advance_run"


class Fenced(Exception):
    """Somebody else owns the run now; whoever sees this stops without a trace."""


@transaction.atomic
def transition(
    run_id: int,
    after: str,
    *,
    epoch: int | None = None,
    by: User | None = None,
    reason: str = "",
    step: str | None = None,
    due_at: datetime | None = None,
    new_epoch: bool = False,
    **fields: Any,
) -> Run:
    """Take the run to ``after`` with its history, its wake-up and the word to its owner, all in one transaction.

    ``epoch`` is the caller's; a newer one in the row raises :class:`Fenced`. A way that does not exist is a Conflict.
    """
    run = Run.objects.select_for_update().get(pk=run_id)
    if epoch is not None and epoch != run.epoch:
        raise Fenced
    before = run.state
    if not may_change(before, after):
        raise Conflict(f"This run is {before} and cannot become {after}.", id="run-state")
    now = timezone.now()
    run.state, run.due_at = after, due_at
    run.step = step if step is not None else run.step
    run.epoch += new_epoch
    run.waiting_for = fields.pop("waiting_for", [])
    for name, value in fields.items():
        setattr(run, name, value)
    if after == RUNNING and run.started_at is None:
        run.started_at = now
    if after in FINAL:
        run.finished_at, run.lease_until = now, None
    run.save()
    RunEvent.objects.create(
        run=run,
        before=before,
        after=after,
        epoch=run.epoch,
        step=run.step,
        reason=reason[:255],
        actor=by.entity_ref if by else "",
    )
    if after in FINAL:
        run.steps.filter(state=RUNNING).update(state=CANCELLED if after == CANCELLED else "lost", finished_at=now)
    if after == QUEUED and due_at is None:
        enqueue(ADVANCE, run.pk, queue=run.queue)
    pipeline_named(run.pipeline).on_change(run)
    tell(run)
    return run


def tell(run: Run) -> None:
    """Tell those who listen how ``run`` stands."""
    data = {
        "id": run.pk,
        "title": run.title,
        "state": run.state,
        "step": run.step,
        "owner": run.owner_ref,
        "subject": {"kind": run.subject_kind, "id": run.subject_id},
        "requested_by": run.requested_by.entity_ref if run.requested_by else None,
        "error": run.error,
        "url": f"{settings.BASE_URL}{run.get_absolute_url()}",
    }
    announce(f"run.{run.state}", owner_ref=run.owner_ref, data=data)

"""Making good what messages and workers failed to do. Harmless when many do it at once."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from runs import outbox
from runs.actions import enqueue, resume_run
from runs.engine import recover
from runs.models import Heartbeat, OutboxMessage, Run
from runs.models.run import RunQuerySet
from runs.states import QUEUED, WAITING
from runs.transition import ADVANCE
from runs.webhooks.deliver import deliver_due

log = logging.getLogger(__name__)


def sweep() -> None:
    """Recover lost runs, wake those whose time has come, and send what was not sent."""
    now = timezone.now()
    due = Run.objects.due(now).order_by("pk")
    _each(Run.objects.lost(now).order_by("pk").values_list("pk", flat=True)[:100], recover)
    _each(due.filter(state=WAITING).values_list("pk", flat=True)[:500], lambda pk: resume_run(run_id=pk))
    _each(_unheard(due.filter(state=QUEUED), now), _ring)
    deliver_due()
    outbox.send()
    outbox.prune()
    Heartbeat.objects.update_or_create(name="sweep", defaults={"at": now})


def sweep_if_late() -> None:
    """Sweep when the scheduler has not done so for a while: workers that are alive do without it."""
    recently = timezone.now() - _patience()
    if not Heartbeat.objects.filter(name="sweep", at__gt=recently).exists():
        sweep()


def _patience() -> timedelta:
    return timedelta(seconds=3 * settings.RUN_SWEEP_SECONDS)


def _each(ids: Iterable[int], act: Callable[[int], None]) -> None:
    """Look after runs one by one: one that cannot be helped must not keep the others waiting."""
    for run_id in ids:
        try:
            act(run_id)
        except Exception:
            log.exception("the sweep could not help run %s", run_id)


def _unheard(queued: RunQuerySet, now: datetime) -> list[int]:
    """Runs that could be taken and were not called for lately: a busy worker's queue must not fill with copies."""
    rung = OutboxMessage.objects.filter(task=ADVANCE, created_at__gt=now - _patience()).order_by("pk")
    last = {args[0]: at for args, at in rung.values_list("args", "created_at")}
    rows = queued.values_list("pk", "due_at")[:500]
    return [pk for pk, due_at in rows if pk not in last or (due_at and last[pk] < due_at)]


def _ring(run_id: int) -> None:
    enqueue(ADVANCE, run_id, queue=Run.objects.values_list("queue", flat=True).get(pk=run_id))

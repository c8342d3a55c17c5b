"""Making good what messages and workers failed to do. Harmless when many do it at once."""

import logging

from django.utils import timezone

from runs import outbox
from runs.actions import enqueue, resume_run
from runs.engine import recover
from runs.models import Heartbeat, Run
from runs.states import QUEUED, WAITING
from runs.transition import ADVANCE

log = logging.getLogger(__name__)


def sweep() -> None:
    """Recover lost runs, wake those whose time has come, and send what was not sent."""
    now = timezone.now()
    for run_id in Run.objects.lost(now).values_list("pk", flat=True)[:100]:
        log.warning("run %s has lost its worker", run_id)
        recover(run_id)
    for run_id, state, queue in Run.objects.due(now).values_list("pk", "state", "queue")[:500]:
        if state == WAITING:
            resume_run(run_id=run_id)
        elif state == QUEUED:
            enqueue(ADVANCE, run_id, queue=queue)
    outbox.send()
    outbox.prune()
    Heartbeat.objects.update_or_create(name="sweep", defaults={"at": now})

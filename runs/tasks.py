"""Doorbells. What is to be done stands in rows."""

from celery import shared_task

from runs import engine
from runs.models import Run
from runs.sweep import sweep as sweep_runs
from runs.sweep import sweep_if_late
from runs.webhooks.deliver import deliver


@shared_task(acks_late=False, ignore_result=True)
def advance_run(run_id: int) -> None:
    """Take one step of the run whose turn it is: ``run_id`` says which queue there is something in."""
    for queue in Run.objects.filter(pk=run_id).values_list("queue", flat=True):
        engine.advance_next(queue)
    sweep_if_late()


@shared_task(acks_late=False, ignore_result=True)
def sweep() -> None:
    """Make good what was lost."""
    sweep_runs()


@shared_task(acks_late=False, ignore_result=True)
def deliver_webhook(pk: int) -> None:
    """Tell somebody what has happened."""
    deliver(pk)

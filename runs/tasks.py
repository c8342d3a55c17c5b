"""Doorbells. What is to be done stands in rows."""

from celery import shared_task

from runs import engine
from runs.sweep import sweep as sweep_runs
from runs.sweep import sweep_if_late


@shared_task(acks_late=False, ignore_result=True)
def advance_run(run_id: int) -> None:
    """Take one step of a run."""
    engine.advance(run_id)
    sweep_if_late()


@shared_task(acks_late=False, ignore_result=True)
def sweep() -> None:
    """Make good what was lost."""
    sweep_runs()

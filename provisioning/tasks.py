"""Doorbells. What is to be done stands in rows."""

from celery import shared_task
from django.utils import timezone

from provisioning import drift_sweep, expiry_actions, submitting
from provisioning.sources.sync import claim, sync_claimed

MOST_AT_ONCE = 50


@shared_task(acks_late=False, ignore_result=True)
def sync_blueprint_sources() -> None:
    """Read the sources of blueprints whose time has come, one after the other."""
    for _ in range(MOST_AT_ONCE):
        source = claim()
        if source is None:
            return
        sync_claimed(source)


@shared_task(acks_late=False, ignore_result=True)
def sync_blueprint_source(source_id: int) -> None:
    """Read a source that somebody waits for."""
    if source := claim(source_id):
        sync_claimed(source)


@shared_task(acks_late=False, ignore_result=True)
def take_turns(resource_id: int) -> None:
    """Begin what waited for a resource that is free now."""
    submitting.take_turns(resource_id)


@shared_task(acks_late=False, ignore_result=True)
def let_in() -> None:
    """Begin what waits for a resource that is free, and was not called."""
    submitting.let_in()


@shared_task(acks_late=False, ignore_result=True)
def look_for_drift() -> None:
    """Compare what was provisioned with what was asked for, where that is due."""
    drift_sweep.sweep()


@shared_task(acks_late=False, ignore_result=True)
def end_resources() -> None:
    """Warn of ends that come, and ask for those that are there."""
    now = timezone.now()
    expiry_actions.warn(now)
    expiry_actions.end(now)

"""Reading of blueprint sources, periodic and when somebody asks. Which are due stands in their rows."""

from celery import shared_task

from provisioning.sources.sync import claim, sync_claimed

MOST_AT_ONCE = 50


@shared_task(acks_late=False, ignore_result=True)
def sync_blueprint_sources() -> None:
    """Read the sources whose time has come, one after the other."""
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

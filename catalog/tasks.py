"""Reading of sources, periodic and after pushes. Which are due stands in their rows."""

from celery import shared_task

from catalog.actions import claim_due_source, claim_source, follow_configuration, refresh_repository, sync_source
from catalog.entity_actions import forget_removed
from catalog.models import Source

MOST_AT_ONCE = 50


@shared_task(acks_late=False, ignore_result=True)
def sync_due_sources() -> None:
    """Read the sources whose time has come, one after the other, those of the configuration among them."""
    follow_configuration()
    for _ in range(MOST_AT_ONCE):
        source = claim_due_source()
        if source is None:
            return
        sync_source(source=source, by=None)


@shared_task(acks_late=False, ignore_result=True)
def forget_removed_entities() -> None:
    """Delete for good what can no longer be brought back."""
    forget_removed()


@shared_task(acks_late=False, ignore_result=True)
def refresh_source(source_id: int, repository: str) -> None:
    """Read a source that was pushed to or registered: its ``repository`` alone, or all of it."""
    if repository and (source := Source.objects.filter(pk=source_id).first()):
        refresh_repository(source=source, repository=repository)
    elif not repository and (source := claim_source(source_id)):
        sync_source(source=source, by=None)

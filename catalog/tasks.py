"""Reading of sources, periodic and after pushes. Which are due stands in their rows."""

import logging

from celery import shared_task

from catalog.actions import follow_configuration
from catalog.claims import claim_due_source, claim_source
from catalog.config import configured_rules
from catalog.entity_actions import forget_removed
from catalog.kind_actions import follow_kinds, kinds_in_configuration
from catalog.models import Source
from catalog.refresh_actions import read_claimed, refresh_repository
from catalog.visibility_actions import follow_rules
from common.errors import UserError

MOST_AT_ONCE = 50
log = logging.getLogger(__name__)


@shared_task(acks_late=False, ignore_result=True)
def sync_due_sources() -> None:
    """Read the sources whose time has come, one after the other, those of the configuration among them."""
    _follow_files()
    follow_configuration()
    for _ in range(MOST_AT_ONCE):
        source = claim_due_source()
        if source is None:
            return
        read_claimed(source)


@shared_task(acks_late=False, ignore_result=True)
def forget_removed_entities() -> None:
    """Delete for good what can no longer be brought back."""
    forget_removed()


def _follow_files() -> None:
    """What cannot be used stops nothing else: kinds and rules that were usable last stay."""
    try:
        follow_rules(configured_rules())
    except UserError as error:
        log.warning("The rules of visibility of app-config.yaml stay as they were: %s %s", error.message, error.hint)
    try:
        follow_kinds(kinds_in_configuration())
    except UserError as error:
        log.warning("The kinds of app-config.yaml stay as they were: %s %s", error.message, error.hint)


@shared_task(acks_late=False, ignore_result=True)
def refresh_source(source_id: int, repository: str) -> None:
    """Read a source that somebody waits for or pushed to: its ``repository`` alone, or all of it."""
    if repository and (source := Source.objects.filter(pk=source_id).first()):
        refresh_repository(source=source, repository=repository)
    elif not repository and (source := claim_source(source_id)):
        read_claimed(source)

"""Taking a source to read it: one worker at a time, and a worker that is lost is noticed."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from catalog.models import Source
from catalog.models.source import SourceState
from runs.actions import enqueue
from runs.beating import beating
from runs.context import lease_length
from runs.database import database_may_be_away

REFRESH = "catalog.tasks.refresh_source"
#: When a worker is lost, another begins after so long, and no earlier: a source that kills its workers must leave them
#: time for the others.
AGAIN = timedelta(minutes=5)
_ASKED = ("asked_at", "asked_by", "asked_removal")


@transaction.atomic
def claim_due_source() -> Source | None:
    """Take a source whose time has come; None when there is none that nobody reads."""
    now = timezone.now()
    due = Source.objects.due(now).order_by("next_sync_at").select_for_update(skip_locked=True).first()
    return _taken(due, now) if due else None


@transaction.atomic
def claim_source(source_id: int) -> Source | None:
    """Take a source that somebody waits for; None when it is gone, another worker reads it or nobody waits any more."""
    now = timezone.now()
    free = Source.objects.free(now).filter(pk=source_id).exclude(asked_at=None).select_for_update().first()
    return _taken(free, now) if free else None


def _taken(source: Source, now: datetime) -> Source:
    source.reading_since, source.reading_until = now, now + lease_length()
    source.next_sync_at = now + min(source.interval, AGAIN)
    source.save(update_fields=["reading_since", "reading_until", "next_sync_at"])
    return source


@contextmanager
def held(source: Source) -> Iterator[None]:
    """Keep a source that was taken from all others while the block is busy."""

    def renew() -> bool:
        mine = Source.objects.filter(pk=source.pk, reading_since=source.reading_since)
        with database_may_be_away():
            return bool(mine.update(reading_until=timezone.now() + lease_length()))
        return True

    with beating(renew, every=settings.RUN_LEASE_SECONDS / 4):
        yield


@transaction.atomic
def release(taken: Source, *, error: str = "") -> None:
    """Give a source back, with what was asked for until it was ``taken`` done; later wishes are for another worker.

    Nothing happens when another worker has it by now, or when it is gone.
    """
    rows = Source.objects.filter(pk=taken.pk, reading_since=taken.reading_since).select_for_update()
    source = rows.first()
    if source is None:
        return
    if error:
        source.state, source.error = SourceState.FAILED, error
    if _is_asked_again(source):
        source.asked_removal = source.asked_removal and not taken.asked_removal
        source.next_sync_at = timezone.now()
        enqueue(REFRESH, source.pk, "")
    else:
        source.asked_at, source.asked_by, source.asked_removal = None, None, False
    source.reading_since = source.reading_until = None
    source.save(update_fields=["state", "error", "next_sync_at", *_ASKED, "reading_since", "reading_until"])


def _is_asked_again(source: Source) -> bool:
    since, asked = source.reading_since, source.asked_at
    return since is not None and asked is not None and asked > since

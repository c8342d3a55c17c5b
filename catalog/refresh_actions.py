"""Having sources read again: after a push, or because somebody wants to."""

import logging

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from accounts.models import User
from audit.record import record
from catalog.actions import require_read, sync_source
from catalog.claims import REFRESH, held, release
from catalog.ingest.part import as_part
from catalog.ingest.pipeline import SyncResult, gather, settle
from catalog.models import Source
from catalog.models.source import PUSHED, SourceState
from catalog.pushes import Push, Reach, reach
from catalog.sources.registry import repository_reader
from runs.actions import enqueue
from runs.database import insist

log = logging.getLogger(__name__)
_UNFORESEEN = "Reading it failed in a way nobody foresaw. The log of the worker has the details."


@transaction.atomic
def request_sync(*, source: Source, by: User | None, allow_removal: bool = False, anew: bool = False) -> None:
    """Have a worker read a source soon: it stays due until one has, whatever becomes of messages and workers.

    A sync that is under way is joined, unless it may remove less than is wanted now, or with ``anew`` because it may
    have read already what is to be read. UserError for a source that nobody reads.
    """
    require_read(source)
    row, now = Source.objects.select_for_update().get(pk=source.pk), timezone.now()
    begun = row.reading_since if row.is_read_now else None
    joins = begun is not None and not anew and (row.asked_removal or not allow_removal)
    is_served = begun is not None and row.asked_at is not None and row.asked_at <= begun
    if row.asked_at is None or (is_served and not joins):
        row.asked_at, row.asked_by = begun if joins else now, by
    elif allow_removal and not row.asked_removal:
        row.asked_by = by
    row.asked_removal = row.asked_removal or allow_removal
    if begun is None:
        row.next_sync_at = now
        enqueue(REFRESH, row.pk, "")
    row.save(update_fields=["asked_at", "asked_by", "asked_removal", "next_sync_at"])


def read_claimed(source: Source) -> SyncResult | None:
    """Read a source that was taken, and give it back; None when that failed in a way nobody foresaw.

    While the database is away the source stays taken, until the lease ends and another worker takes it.
    """
    try:
        with held(source):
            result = sync_source(source=source, by=source.asked_by, allow_removal=source.asked_removal)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("source %s could not be read", source.pk)
        insist(lambda: release(source, error=_UNFORESEEN))
        return None
    insist(lambda: release(source))
    return result


@transaction.atomic
def note_push(push: Push) -> int:
    """Have a worker read again what a push touched, and nothing else; returns how many sources that concerns."""
    count = 0
    for source in Source.objects.exclude(kind__in=PUSHED):
        found = reach(source.kind, source.target, source.options, source.reads, push)
        if found is Reach.NOTHING:
            continue
        count += 1
        if found is Reach.REPOSITORY:
            enqueue(REFRESH, source.pk, push.repository)
        else:
            request_sync(source=source, by=None, anew=True)
    return count


def refresh_repository(*, source: Source, repository: str, by: User | None = None) -> SyncResult | None:
    """Read one repository of a source again; what else the source says stays, unread.

    None when that cannot be done or fails: the whole source is due then, and tells what is wrong.
    """
    reader = repository_reader(source, repository) if source.state == SourceState.OK else None
    gathered = gather(source, anew=True, reader=reader) if reader else None
    if reader is None or gathered is None or gathered.error or not reader.roots():
        request_sync(source=source, by=None, anew=True)
        return None
    [root] = reader.roots()
    due, good = source.next_sync_at, source.good_at
    with transaction.atomic():
        result = settle(source, as_part(source, gathered, root, reader.pattern))
        # Of the rest nothing is known that was not known before, and pushes must not keep a whole sync away.
        Source.objects.filter(pk=source.pk).update(next_sync_at=due, good_at=good)
        if not result.changes.nothing:
            data = {"repository": repository, "state": result.state, **result.counts}
            subject = {"subject_kind": "source", "subject_id": str(source.pk), "subject_label": source.target}
            record("source.refreshed", by=by, data=data, **subject)
    return result

"""Having sources read again: after a push, or when somebody does not wait for it."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.record import record
from catalog.ingest.part import as_part
from catalog.ingest.pipeline import SyncResult, gather, settle
from catalog.models import Source
from catalog.models.source import PUSHED, SourceState
from catalog.pushes import Push, Reach, reach
from catalog.sources.registry import repository_reader
from runs.actions import enqueue

REFRESH = "catalog.tasks.refresh_source"


@transaction.atomic
def request_sync(*, source: Source) -> None:
    """Have a worker read a source soon: for those that take longer than a person waits."""
    enqueue(REFRESH, source.pk, "")


@transaction.atomic
def note_push(push: Push) -> int:
    """Have a worker read again what a push touched, and nothing else; returns how many sources that concerns."""
    count = 0
    for source in Source.objects.exclude(kind__in=PUSHED):
        found = reach(source.kind, source.target, source.options, source.reads, push)
        if found is Reach.NOTHING:
            continue
        count += 1
        repository = push.repository if found is Reach.REPOSITORY else ""
        enqueue(REFRESH, source.pk, repository)
    return count


def refresh_repository(*, source: Source, repository: str, by: User | None = None) -> SyncResult | None:
    """Read one repository of a source again; what else the source says stays, unread.

    None when that cannot be done or fails: the whole source is due then, and tells what is wrong.
    """
    reader = repository_reader(source, repository) if source.state == SourceState.OK else None
    gathered = gather(source, anew=True, reader=reader) if reader else None
    if reader is None or gathered is None or gathered.error or not reader.roots():
        Source.objects.filter(pk=source.pk).update(next_sync_at=timezone.now())
        return None
    [root] = reader.roots()
    with transaction.atomic():
        result = settle(source, as_part(source, gathered, root, reader.pattern))
        if not result.changes.nothing:
            data = {"repository": repository, "state": result.state, **result.counts}
            subject = {"subject_kind": "source", "subject_id": str(source.pk), "subject_label": source.target}
            record("source.refreshed", by=by, data=data, **subject)
    return result


def claim_source(source_id: int) -> Source | None:
    """Take one source to read it now, due or not; None when it is gone."""
    source = Source.objects.filter(pk=source_id).first()
    if source:
        Source.objects.filter(pk=source.pk).update(next_sync_at=timezone.now() + source.interval)
    return source

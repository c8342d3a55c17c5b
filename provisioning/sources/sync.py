"""Reading a source: which versions it has, which of them are new, and what is wrong. For workers."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from common.errors import CairnError
from provisioning.models import BlueprintSource, BlueprintVersion
from provisioning.models.blueprint import SourceKind, SourceState
from provisioning.sources import folder, git
from provisioning.sources.base import Candidate, Fault, Refused
from provisioning.sources.checking import check
from provisioning.version_actions import Found, keep
from runs.actions import enqueue
from runs.beating import beating
from runs.context import lease_length
from runs.database import database_may_be_away, insist

SYNC = "provisioning.tasks.sync_blueprint_source"
#: When a worker is lost, another begins after so long, and no earlier.
AGAIN = timedelta(minutes=5)
MOST_FAULTS = 200
log = logging.getLogger(__name__)


@transaction.atomic
def claim(source_id: int | None = None) -> BlueprintSource | None:
    """Take the source that somebody waits for, or one whose time has come; None when there is none that is free."""
    now = timezone.now()
    rows = BlueprintSource.objects.due(now) if source_id is None else BlueprintSource.objects.free(now)
    rows = rows if source_id is None else rows.filter(pk=source_id).exclude(asked_at=None)
    source = rows.order_by("next_sync_at").select_for_update(skip_locked=True).first()
    if source:
        source.reading_since, source.reading_until = now, now + lease_length()
        source.next_sync_at = now + min(source.interval, AGAIN)
        source.save(update_fields=["reading_since", "reading_until", "next_sync_at"])
    return source


def sync_claimed(source: BlueprintSource) -> None:
    """Read a source that was taken, and give it back. Nothing that is wrong with it gets any further than its page."""
    try:
        with _held(source):
            found = read(source)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("blueprint source %s could not be read", source.pk)
        found = {
            "state": SourceState.FAILED,
            "error": "Reading it failed in a way nobody foresaw; the worker's log says more.",
        }
    insist(lambda: _release(source, found))


def read(source: BlueprintSource) -> dict[str, Any]:
    """Take what is new; answers the columns of ``source`` that say how it went."""
    try:
        found = _candidates(source)
    except CairnError as error:
        return {"state": SourceState.FAILED, "error": f"{error.message} {error.hint}".strip()}
    tags, problems = dict(source.tags), []
    for candidate in found:
        try:
            _take(source, candidate, tags)
        except Refused as refused:
            problems += [fault.as_json(candidate.place) for fault in refused.faults]
    state = SourceState.PROBLEMS if problems else SourceState.OK
    return {
        "state": state,
        "error": "",
        "problems": problems[:MOST_FAULTS],
        "tags": tags,
        "last_sync_at": timezone.now(),
    }


def _candidates(source: BlueprintSource) -> list[Candidate]:
    read_candidates = git.candidates if source.kind == SourceKind.GIT else folder.candidates
    return read_candidates(source.target, source.path)


def _take(source: BlueprintSource, candidate: Candidate, tags: dict[str, str]) -> None:
    before = tags.get(candidate.place)
    if candidate.commit and before == candidate.commit:
        return
    if before:
        raise Refused([_moved(candidate, before)])
    try:
        files = candidate.read()
        blueprint = check(files, trusted=source.trusted, providers=settings.BLUEPRINT_PROVIDERS)
        _require_what_the_place_says(candidate, blueprint.name, blueprint.version)
        keep(source, Found(blueprint, files, candidate))
    except CairnError as error:
        raise Refused([Fault(error.message, error.hint, file="")]) from None
    except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        # What nobody thought of must not keep the other versions of the source away.
        log.warning("%s of blueprint source %s", candidate.place, source.pk, exc_info=error)
        raise Refused([Fault("It could not be understood.", "The worker's log says more.")]) from None
    if candidate.commit:
        tags[candidate.place] = candidate.commit


def _moved(candidate: Candidate, before: str) -> Fault:
    message = (
        f"The tag {candidate.place} has moved from {before[:12]} to {candidate.commit[:12]}; it stays as it was read."
    )
    return Fault(message, "Put the tag back, and give what is new a new version.", file="")


def _require_what_the_place_says(candidate: Candidate, name: str, version: str) -> None:
    faults = [
        Fault(f"The tag says {said}, and blueprint.yaml says {written}.", "Write the same in both.", field=field)
        for field, said, written in (("name", candidate.name, name), ("version", candidate.version, version))
        if said and said != written
    ]
    if faults:
        raise Refused(faults)


@contextmanager
def _held(source: BlueprintSource) -> Iterator[None]:
    """Keep a source that was taken from all others while the block is busy."""

    def renew() -> bool:
        mine = BlueprintSource.objects.filter(pk=source.pk, reading_since=source.reading_since)
        with database_may_be_away():
            return bool(mine.update(reading_until=timezone.now() + lease_length()))
        return True

    with beating(renew, every=settings.RUN_LEASE_SECONDS / 4):
        yield


@transaction.atomic
def _release(taken: BlueprintSource, found: dict[str, Any]) -> None:
    """Nothing happens when another worker has it by now, or when it is gone."""
    mine = BlueprintSource.objects.filter(pk=taken.pk, reading_since=taken.reading_since).select_for_update()
    source = mine.first()
    if source is None:
        return
    if "tags" in found:
        found["tags"] = _of_what_is_kept(source, found["tags"])
    for name, value in found.items():
        setattr(source, name, value)
    if _is_asked_again(source.asked_at, taken.reading_since):
        source.next_sync_at = timezone.now()
        enqueue(SYNC, source.pk)
    else:
        source.asked_at, source.next_sync_at = None, timezone.now() + source.interval
    source.reading_since = source.reading_until = None
    source.save()


def _is_asked_again(asked: datetime | None, since: datetime | None) -> bool:
    return asked is not None and since is not None and asked > since


def _of_what_is_kept(source: BlueprintSource, tags: dict[str, str]) -> dict[str, str]:
    """Without those whose draft somebody has removed meanwhile."""
    origins = set(BlueprintVersion.objects.filter(source=source).values_list("origin", flat=True))
    return {tag: commit for tag, commit in tags.items() if f"{tag} at {commit[:12]}" in origins}

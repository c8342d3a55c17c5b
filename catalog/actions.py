"""Changes to the catalog."""

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import may_administer, require
from audit.record import record
from catalog.config import Location
from catalog.config import current as configuration
from catalog.ingest.file import process_file
from catalog.ingest.pipeline import Gathered, SyncResult, gather, settle
from catalog.ingest.wanted import wanted_of
from catalog.kinds import known_kinds
from catalog.models import Entity, Source
from catalog.models.source import DISCOVERED, PUSHED, SourceKind
from catalog.permissions import may_decide_teams, may_remove
from catalog.providers import ConfiguredSource
from catalog.sources.options import cleaned
from catalog.teams import PEOPLE, sync_teams
from common.collector import collector_paused
from common.errors import Conflict, FieldError, UserError
from common.locks import hold


def register_source(
    *,
    kind: str,
    target: str,
    by: User | None,
    origin: str = "page",
    options: Mapping[str, Any] | None = None,
    interval: timedelta | None = None,
) -> Source:
    """Remember a source. It is read by the next sync.

    UserError names the field that cannot be used; Conflict when the target is registered already.
    """
    target, kept = cleaned(kind, target, options or {})
    with transaction.atomic():
        source, new = Source.objects.get_or_create(
            kind=kind,
            target=target,
            defaults={
                "origin": origin,
                "options": kept,
                "decides_teams": kind not in DISCOVERED and may_decide_teams(by),
                **({"interval": interval} if interval else {}),
            },
        )
        if not new:
            raise Conflict(
                f"{target} is registered already.",
                id="source-exists",
                fields=[FieldError("target", "registered already")],
            )
        record("source.registered", by=by, subject_kind="source", subject_id=str(source.pk), subject_label=target)
    return source


@collector_paused()
def sync_source(*, source: Source, by: User | None, allow_removal: bool = False) -> SyncResult:
    """Read a source now and answer what changed. UserError for one that nobody reads."""
    require_read(source)
    gathered = gather(source)
    with transaction.atomic():
        result = settle(source, gathered, allow_removal=allow_removal)
        if by or not result.changes.nothing:
            record(
                "source.synced",
                by=by,
                subject_kind="source",
                subject_id=str(source.pk),
                subject_label=source.target,
                data={"state": result.state, **result.counts},
            )
    return result


def require_read(source: Source) -> None:
    """UserError for a source that nobody reads."""
    if source.kind in PUSHED:
        raise UserError(
            f"{source.target} is not read from anywhere.", id="not-read", hint="Upload the file again to change it."
        )


def move_source(*, source: Source, target: str, by: User | None) -> SyncResult:
    """Let ``source`` name another target, and read that."""
    before, source.target, source.fingerprint = source.target, target, ""
    with transaction.atomic():
        source.save(update_fields=["target", "fingerprint"])
        record(
            "source.moved",
            by=by,
            subject_kind="source",
            subject_id=str(source.pk),
            subject_label=target,
            data={"from": before, "to": target},
        )
    return sync_source(source=source, by=by)


@transaction.atomic
def let_decide_teams(*, source: Source, decides: bool, by: User) -> None:
    """Say whether the Groups and Users of ``source`` are teams and memberships; they are in the catalog either way."""
    require(may_administer(by))
    source.decides_teams = decides
    source.save(update_fields=["decides_teams"])
    sync_teams(source.entities.filter(kind__in=PEOPLE).values_list("ref", flat=True))
    record(
        "source.teams-decided" if decides else "source.teams-ignored",
        by=by,
        subject_kind="source",
        subject_id=str(source.pk),
        subject_label=source.target,
    )


@transaction.atomic
def unregister_source(*, source: Source, by: User | None) -> int:
    """Forget a source and everything it says; returns how many entities went."""
    result = settle(source, Gathered(time.monotonic()), allow_removal=True)
    count = len(result.changes.removed)
    record(
        "source.unregistered",
        by=by,
        subject_kind="source",
        subject_id=str(source.pk),
        subject_label=source.target,
        data={"entities": count},
    )
    # What it said can be brought back for a while.
    if source.entities.exists():
        source.entities.update(source=_portal_source("removed"))
    source.delete()
    return count


@transaction.atomic
def follow_configuration() -> None:
    """Make ``catalog.locations`` and ``catalog.providers`` sources, and forget those that are no longer named there."""
    hold("catalog.configuration")
    wanted = _configured()
    for source in Source.objects.filter(origin="config"):
        if (source.kind, source.target) not in wanted:
            unregister_source(source=source, by=None)
        else:
            _adapt(source, wanted[source.kind, source.target])
    present = set(Source.objects.values_list("kind", "target"))
    for kind, target in sorted(wanted.keys() - present):
        one = wanted[kind, target]
        register_source(kind=kind, target=target, options=one.options, interval=one.interval, by=None, origin="config")


def _configured() -> dict[tuple[str, str], ConfiguredSource]:
    """What the configuration names, by kind and target as they are kept."""
    locations = [ConfiguredSource(_kind_of(location), location.target) for location in configuration().locations]
    found = {}
    for one in (*locations, *configuration().providers):
        target, options = cleaned(one.kind, one.target, one.options)
        found[one.kind, target] = ConfiguredSource(one.kind, target, options, one.interval)
    return found


def _adapt(source: Source, wanted: ConfiguredSource) -> None:
    """Give a source the options that the configuration has now."""
    interval = wanted.interval or Source._meta.get_field("interval").get_default()
    if source.options != wanted.options or source.interval != interval:
        source.options, source.interval, source.next_sync_at = dict(wanted.options), interval, timezone.now()
        source.save(update_fields=["options", "interval", "next_sync_at"])


def _kind_of(location: Location) -> str:
    """A file location that names a folder is read as one."""
    if location.type == "url":
        return SourceKind.URL
    return SourceKind.FOLDER if Path(location.target).is_dir() else SourceKind.FILE


@transaction.atomic
def put_portal_entities(*, source: str, documents: list[dict[str, Any]], by: User | None) -> None:
    """Add or change entities that the portal itself makes; ``source`` names the app that makes them.

    Raises UserError for a document that is no valid entity, and Conflict when another source says it already.
    """
    row, kinds = _portal_source(source), known_kinds()
    texts = [json.dumps(document).encode() for document in documents]
    files = [(row.target, process_file(text, url=row.target, kinds=kinds)) for text in texts]
    gathered = Gathered(time.monotonic(), *wanted_of(files, row.target))
    if gathered.problems:
        problem = gathered.problems[0].problem
        raise UserError(problem.message, id="entity-refused", fields=[FieldError(problem.field, problem.message)])
    refs = set(gathered.wanted)
    settle(row, gathered, allow_removal=True, only=refs)
    if taken := sorted(refs - set(row.entities.present().filter(ref__in=refs).values_list("ref", flat=True))):
        raise Conflict(f"{taken[0]} is in the catalog already, from another source.", id="entity-taken")
    for ref in sorted(refs):
        record("entity.written", by=by, subject_kind="entity", subject_id=ref)


@transaction.atomic
def remove_portal_entity(*, source: str, ref: str, by: User | None) -> None:
    """Take an entity of the portal's own away; nothing happens when it is gone already."""
    row = _portal_source(source)
    if row.entities.present().filter(ref=ref).exists():
        settle(row, Gathered(time.monotonic()), allow_removal=True, only={ref})
        record("entity.removed", by=by, subject_kind="entity", subject_id=ref)


@transaction.atomic
def remove_entity(*, entity: Entity, by: User | None) -> None:
    """Take one entity away. When its source still says it, the next sync brings it back."""
    require(may_remove(entity))
    settle(entity.source, Gathered(time.monotonic()), allow_removal=True, only={entity.ref})
    record("entity.removed", by=by, subject_kind="entity", subject_id=entity.ref)


def _portal_source(name: str) -> Source:
    row, _ = Source.objects.get_or_create(
        kind=SourceKind.PORTAL, target=f"portal:{name}", defaults={"origin": "portal", "next_sync_at": None}
    )
    return row

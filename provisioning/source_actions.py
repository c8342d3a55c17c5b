"""Blueprint sources: adding, trusting, having them read, taking them away."""

import re
from datetime import timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import may_administer, require
from audit.record import record
from common.errors import Conflict, FieldError, UserError
from integrations.git.remote import parse_remote
from provisioning.models import BlueprintSource
from provisioning.models.blueprint import SourceKind, VersionState
from provisioning.sources.sync import SYNC
from provisioning.version_actions import known_at_once
from runs.actions import enqueue

SHORTEST, LONGEST = timedelta(seconds=30), timedelta(days=7)
LONGEST_TARGET = 2000


@transaction.atomic
def add_source(
    *,
    by: User,
    kind: str,
    target: str,
    path: str = "",
    trusted: bool = False,
    interval: timedelta = timedelta(minutes=5),
) -> BlueprintSource:
    """Register a source; a worker reads it soon. UserError names the field that cannot be used."""
    require(may_administer(by))
    target, path = target.strip(), path.strip().strip("/")
    if wrong := [*_wrong_target(kind, target), *_wrong_rest(path, interval)]:
        raise UserError("This is not a source of blueprints.", id="source-invalid", fields=wrong)
    try:
        with transaction.atomic():
            source = BlueprintSource.objects.create(
                kind=kind, target=target, path=path, trusted=trusted, interval=interval
            )
    except IntegrityError:
        raise Conflict(f"{target} is a source already.", id="source-exists", hint="Sync it on its page.") from None
    _record("added", source, by, kind=kind, trusted=trusted)
    _ask(source)
    return source


@transaction.atomic
def trust_source(*, source: BlueprintSource, trusted: bool, by: User) -> None:
    """Let its modules do anything, or search them again. What was let in stays."""
    require(may_administer(by))
    row = BlueprintSource.objects.select_for_update().get(pk=source.pk)
    if row.trusted == trusted:
        return
    row.trusted = trusted
    row.save(update_fields=["trusted"])
    _record("trusted" if trusted else "distrusted", row, by)
    _ask(row)


@transaction.atomic
def request_sync(*, source: BlueprintSource, by: User) -> None:
    """Have a worker read it soon; it stays due until one has."""
    require(may_administer(by))
    _ask(BlueprintSource.objects.select_for_update().get(pk=source.pk))


@transaction.atomic
def remove_source(*, source: BlueprintSource, by: User) -> None:
    """Read it no more. Its drafts go with it; what was offered stays, and resources live on."""
    require(may_administer(by))
    row = BlueprintSource.objects.select_for_update().get(pk=source.pk)
    row.versions.filter(state=VersionState.DRAFT).delete()
    row.versions.filter(state=VersionState.OFFERED).update(state=VersionState.WITHDRAWN)
    _record("removed", row, by)
    row.delete()
    known_at_once()


def _ask(source: BlueprintSource) -> None:
    source.asked_at = timezone.now()
    if not source.is_read_now:
        source.next_sync_at = source.asked_at
        enqueue(SYNC, source.pk)
    source.save(update_fields=["asked_at", "next_sync_at"])


def _wrong_target(kind: str, target: str) -> list[FieldError]:
    if kind not in SourceKind.values:
        return [
            FieldError("kind", f"{kind or 'Nothing'} is no kind of source.", f"One of {', '.join(SourceKind.values)}.")
        ]
    if not target or len(target) > LONGEST_TARGET or not target.isprintable():
        return [FieldError("target", "This is needed.", "An address or a path in one line.")]
    if kind == SourceKind.GIT:
        try:
            parse_remote(target)
        except UserError as error:
            return [FieldError("target", error.message, error.hint)]
    elif not target.startswith("/") or ".." in PurePosixPath(target).parts:
        return [FieldError("target", f"{target} is no absolute path.", "Such as /srv/blueprints, as workers see it.")]
    elif Path(target).is_relative_to(settings.DATA_DIR):
        return [FieldError("target", f"{target} is where the portal keeps its own.", "Take another folder.")]
    return []


def _wrong_rest(path: str, interval: timedelta) -> list[FieldError]:
    found = []
    if path and (len(path) > 200 or not re.fullmatch(r"[\w.-]+(?:/[\w.-]+)*", path) or ".." in path.split("/")):
        found.append(FieldError("path", f"{path} is no folder in it.", "Such as blueprints, without .. in it."))
    if not SHORTEST <= interval <= LONGEST:
        found.append(FieldError("interval_seconds", "From 30 seconds to 7 days.", "300 is usual."))
    return found


def _record(what: str, source: BlueprintSource, by: User, **data: Any) -> None:
    subject = {"subject_kind": "blueprint-source", "subject_id": str(source.pk), "subject_label": str(source)}
    record(f"blueprint-source.{what}", by=by, data=data, **subject)

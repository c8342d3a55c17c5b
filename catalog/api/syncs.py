"""Syncs that a worker does, as scripts wait for them."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from rest_framework.request import Request

from accounts.models import User
from catalog.ingest.diff import Changes
from catalog.models import Revision, Source
from catalog.models.revision import RevisionKind
from catalog.progress import progress_of
from catalog.refresh_actions import request_sync
from catalog.visibility import seen_among
from common.errors import NotFound
from common.long_poll import long_poll

#: So many references of each sort are named in an answer.
MOST_NAMED = 500
_NAMED: dict[str, str] = {"added": RevisionKind.ADDED, "changed": RevisionKind.CHANGED, "removed": RevisionKind.REMOVED}


def sync_by_worker(
    request: Request, source: Source, *, by: User, allow_removal: bool = False
) -> tuple[HTTPStatus, Source, dict[str, list[str]]]:
    """Have ``source`` read: 200 with what changed once it is, 202 when that is not within ``?wait=``."""
    before = Revision.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    request_sync(source=source, by=by, allow_removal=allow_removal)
    found = settled(request, lambda: _row(source.pk))
    status = HTTPStatus.ACCEPTED if found.is_pending else HTTPStatus.OK
    return status, found, _changes(found, before, by)


def settled(request: Request, read: Callable[[], Source]) -> Source:
    """What ``read`` gives as soon as no sync of it is asked for or under way, or when ``?wait=`` is over."""
    return long_poll(request, read, lambda source: not source.is_pending)


def sync_json(source: Source) -> dict[str, Any] | None:
    """The sync that is asked for or under way; None without one."""
    progress = progress_of(source)
    return {"stage": progress.stage, "since": progress.since} if progress else None


def changes_json(changes: Changes, user: User) -> dict[str, list[str]]:
    """What a sync changed, by name, as far as ``user`` may see it."""
    return {name: seen_among(getattr(changes, name)[:MOST_NAMED], user) for name in _NAMED}


def _row(pk: int) -> Source:
    """The source, for those who have asked for its sync: what it says now may all be hidden from them."""
    found = Source.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such source.")
    return found


def _changes(source: Source, before: int, user: User) -> dict[str, list[str]]:
    rows = source.revisions.visible_to(user).filter(pk__gt=before).order_by("pk")
    return {
        name: list(rows.filter(change=change).values_list("ref", flat=True)[:MOST_NAMED])
        for name, change in _NAMED.items()
    }

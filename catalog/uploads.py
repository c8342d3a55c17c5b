"""Entities that people upload: looked at first, then kept; the same name again replaces what it said before."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from accounts.permissions import may_administer
from audit.record import record
from catalog.config import current as configuration
from catalog.ingest.pipeline import Gathered, SyncResult, settle
from catalog.ingest.table import BadTable
from catalog.ingest.upload import format_of, judged_upload, text_of
from catalog.ingest.wanted import wanted_of
from catalog.kinds import known_kinds
from catalog.model.urls import is_url
from catalog.models import Source
from catalog.models.source import SourceKind, SourceState
from catalog.permissions import may_decide_teams
from catalog.sources.url import UrlReader
from catalog.visibility import hidden_among, seen_among
from common.errors import FieldError, PermissionRefused, UserError
from common.locks import hold

_NAME = re.compile(r"[^/\\\x00-\x1f\x7f]{1,200}\Z")


@dataclass(frozen=True, slots=True)
class RowOutcome:
    """What becomes of a row: ``added``, ``changed``, ``unchanged`` or ``wrong``, and then why."""

    row: int
    ref: str
    outcome: str
    field: str = ""
    message: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """What an upload has done, or would do. ``held`` says why nothing is removed until somebody decides."""

    rows: Sequence[RowOutcome]
    removed: Sequence[str]
    held: str
    source: Source | None

    @property
    def counts(self) -> dict[str, int]:
        """Rows by what becomes of them, and how many entities go."""
        names = ("added", "changed", "unchanged", "wrong")
        return {name: sum(row.outcome == name for row in self.rows) for name in names} | {"removed": len(self.removed)}


def look_at_upload(*, name: str, data: bytes, content_type: str = "", by: User, allow_removal: bool = False) -> Upload:
    """What keeping a file would do: the very same, undone at once."""
    gathered = _gathered(name, data, content_type)
    with transaction.atomic():
        upload = _settled(name, gathered, by, "page", allow_removal)
        transaction.set_rollback(True)
    return Upload(upload.rows, upload.removed, upload.held, None)


@transaction.atomic
def keep_upload(
    *, name: str, data: bytes, content_type: str = "", by: User, origin: str, allow_removal: bool = False
) -> Upload:
    """Put what a file says into the catalog, in place of what a file of this name said before.

    Rows that are wrong are told and do not stop the others. UserError for a file of which nothing can be used.
    """
    gathered = _gathered(name, data, content_type)
    if not gathered.wanted:
        raise UserError(
            "Nothing in this file can be used.",
            id="upload-not-usable",
            fields=[FieldError(f"row {p.problem.line}", p.problem.message, p.problem.hint) for p in gathered.problems],
        )
    upload = _settled(name, gathered, by, origin, allow_removal)
    if upload.source:
        record(
            "source.uploaded",
            by=by,
            subject_kind="source",
            subject_id=str(upload.source.pk),
            subject_label=upload.source.target,
            data=upload.counts,
        )
    return upload


def _gathered(name: str, data: bytes, content_type: str) -> Gathered:
    """Parse and judge; writes nothing."""
    begun, address = time.monotonic(), _target(name)
    format = format_of(name, content_type)
    if not format:
        raise UserError(
            f"Nobody can tell what {name} is.",
            id="upload-not-usable",
            hint="Its name ends with .csv, .json or .yaml.",
            fields=[FieldError("name", "does not tell how the file is written")],
        )
    try:
        result = judged_upload(text_of(data), format, address=address, read=_read, kinds=known_kinds())
    except BadTable as error:
        raise UserError(str(error), id="upload-not-usable", fields=[FieldError("file", str(error))]) from None
    wanted, problems = wanted_of([(address, result)], address, configuration().rules)
    return Gathered(begun, wanted, problems)


def _target(name: str) -> str:
    if not _NAME.match(name):
        wrong = FieldError("name", "write one, for example services.csv")
        raise UserError("An upload needs the name of its file.", fields=[wrong])
    return f"upload:{name}"


def _read(address: str) -> bytes:
    """What a placeholder names."""
    if not is_url(address):
        raise UserError("An uploaded file has no files beside it.", hint="Write the text itself, or a web address.")
    return UrlReader(address).read(address)


def _settled(name: str, gathered: Gathered, by: User, origin: str, allow_removal: bool) -> Upload:
    hold(f"catalog.upload.{name}")
    source, _ = Source.objects.get_or_create(
        kind=SourceKind.UPLOAD,
        target=_target(name),
        defaults={
            "origin": origin,
            "next_sync_at": None,
            "options": {"by": by.entity_ref},
            "decides_teams": may_decide_teams(by),
        },
    )
    _require_own(source, by)
    result = settle(source, gathered, allow_removal=allow_removal)
    held = result.error if result.state == SourceState.HELD else ""
    removed = seen_among(result.changes.removed, by)
    return Upload(_rows(source, gathered, result, by), removed, held, source)


def _require_own(source: Source, by: User) -> None:
    """Nobody replaces by chance what somebody else has uploaded."""
    uploader = str(source.options.get("by", ""))
    if uploader not in {"", by.entity_ref} and not may_administer(by):
        raise PermissionRefused(
            f"A file of this name was uploaded by {uploader.rpartition('/')[2]}.",
            hint="Take another name, or ask them or a platform admin to upload it.",
        )


def _rows(source: Source, gathered: Gathered, result: SyncResult, by: User) -> list[RowOutcome]:
    problems = list(source.problems.all())
    hidden = hidden_among({problem.entity_ref for problem in problems}, by)
    wrong = [
        RowOutcome(problem.line, problem.entity_ref, "wrong", problem.field, problem.message, problem.hint)
        if problem.entity_ref not in hidden
        else RowOutcome(problem.line, problem.entity_ref, "wrong", "name", "cannot be used here", "Take another name.")
        for problem in problems
    ]
    bad = {(row.ref, row.row) for row in wrong}
    outcomes = dict.fromkeys(result.changes.added, "added") | dict.fromkeys(result.changes.changed, "changed")
    good = [
        RowOutcome(entity.line, ref, outcomes.get(ref, "unchanged"))
        for ref, entity in gathered.wanted.items()
        if (ref, entity.line) not in bad
    ]
    return sorted([*wrong, *good], key=lambda row: (row.row, row.ref))

"""Changes to the kinds that this installation adds. Sources are read anew after each: what they say may be valid now,
or no longer."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.record import record
from catalog.config import configured_kinds
from catalog.declared_rows import FILE, follow, require_not_in_file, require_own_name
from catalog.kinds import columns_of, custom_kinds, forget, kind_of_row
from catalog.model.custom import complaints, declaration_of, kind_of
from catalog.model.kinds import DEFAULT_KINDS, Kind, kinds_digest
from catalog.models import CustomKind, Entity, Source
from catalog.models.source import PUSHED
from common.errors import Conflict, FieldError, NotFound, UserError
from common.locks import hold

LOCK = KEY = "catalog.kinds"


@transaction.atomic
def put_kind(*, name: str, declaration: Mapping[str, Any], by: User | None, origin: str) -> tuple[CustomKind, bool]:
    """Add the kind ``name``, or change it; answers its row and whether it is new.

    Raises UserError with every field that is wrong, and Conflict for a kind that stands in a file.
    """
    hold(LOCK)
    row = _row(name)
    require_not_in_file(row, "kind", KEY)
    given = {"name": name, **declaration}
    require_own_name(given["name"], name, "kind")
    others = {other: kind for other, kind in custom_kinds().items() if other != name}
    if wrong := complaints(given, {**DEFAULT_KINDS, **others}):
        raise UserError(
            "The kind cannot be used.",
            id="kind-not-usable",
            fields=[FieldError(one.field, one.message, one.hint) for one in wrong],
        )
    return _write(row, kind_of(given), by, origin)


@transaction.atomic
def remove_kind(*, name: str, by: User | None, although_used: bool = False) -> int:
    """Take a kind away and answer how many entities are of it; they stay as they were read last.

    Raises Conflict while there are any, unless ``although_used``.
    """
    hold(LOCK)
    row = custom_kind(name)
    require_not_in_file(row, "kind", KEY)
    count = Entity.objects.present().filter(kind=name).count()
    if count and not although_used:
        raise Conflict(
            f"{count} {'entity is' if count == 1 else 'entities are'} of the kind {name}.",
            id="kind-in-use",
            hint="They would stay as they are, and their sources would say that nobody knows the kind.",
        )
    _remove(row, by, count)
    return count


def kinds_in_configuration() -> Sequence[Kind]:
    """The kinds that app-config.yaml declares, which must agree with those that were added here.

    UserError names what is wrong with which.
    """
    declared = configured_kinds()
    names = {kind.name for kind in declared}
    rows = CustomKind.objects.exclude(origin=FILE).exclude(name__in=names)
    others = {**DEFAULT_KINDS, **{row.name: kind_of_row(row) for row in rows}}
    for kind in declared:
        for one in complaints(declaration_of(kind), others):
            path = f"catalog.kinds {kind.name} {one.field}"
            raise UserError(f"{path}: {one.message}.", hint=one.hint, fields=[FieldError(path, one.message, one.hint)])
    return declared


@transaction.atomic
def follow_kinds(declared: Sequence[Kind]) -> None:
    """Make the kinds that stand in files rows, and forget those that no longer stand there."""
    hold(LOCK)
    follow(
        CustomKind.objects.all(),
        {kind.name: kind for kind in declared},
        same=_same,
        write=lambda row, kind: _write(row, kind, None, FILE),
        remove=lambda row: _remove(row, None, Entity.objects.present().filter(kind=row.name).count()),
    )


def custom_kind(name: str) -> CustomKind:
    """The row of a kind; NotFound where there is none."""
    row = _row(name)
    if row is None:
        raise NotFound(f"There is no kind {name} that was added here.", id="no-kind")
    return row


def _row(name: str) -> CustomKind | None:
    return None if "\x00" in name else CustomKind.objects.filter(name=name).first()


def _write(row: CustomKind | None, kind: Kind, by: User | None, origin: str) -> tuple[CustomKind, bool]:
    before = kinds_digest({kind.name: kind_of_row(row)}) if row else ""
    values = columns_of(kind) | {"origin": origin, "changed_at": timezone.now()}
    written, new = CustomKind.objects.update_or_create(name=kind.name, defaults=values)
    _record("kind.added" if new else "kind.changed", kind.name, by, {"origin": origin, "versions": list(kind.versions)})
    if before != kinds_digest({kind.name: kind}):
        _read_sources_anew()
    _forget()
    return written, new


def _remove(row: CustomKind, by: User | None, count: int) -> None:
    row.delete()
    _record("kind.removed", row.name, by, {"entities": count})
    _read_sources_anew()
    _forget()


def _same(row: CustomKind, kind: Kind) -> bool:
    return row.description == kind.description and kinds_digest({"": kind_of_row(row)}) == kinds_digest({"": kind})


def _read_sources_anew() -> None:
    """Their fingerprints speak of the kinds too, so that equal bytes do not let them rest."""
    waiting = Source.objects.exclude(kind__in=PUSHED).exclude(next_sync_at=None)
    waiting.update(next_sync_at=timezone.now())


def _forget() -> None:
    forget()
    transaction.on_commit(forget)


def _record(verb: str, name: str, by: User | None, data: dict[str, Any]) -> None:
    record(verb, by=by, subject_kind="kind", subject_id=name, subject_label=name, data=data)

"""Entities that people write themselves: applied in bulk, and brought back after they were removed."""

import json
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from audit.record import record
from catalog.config import current as configuration
from catalog.history import as_yaml, diff_of
from catalog.ingest.file import process_file
from catalog.ingest.pipeline import Gathered, settle
from catalog.ingest.wanted import LOCATION, ORIGIN, Wanted, annotated, said, wanted_of
from catalog.kinds import known_kinds
from catalog.models import Entity, Source
from catalog.models.source import RESTORED, SourceKind
from catalog.permissions import may_write_entity
from catalog.visibility import hidden_among
from common.errors import Conflict, FieldError, UserError

MOST_DOCUMENTS = 1000


@dataclass(frozen=True, slots=True)
class Applied:
    """What became, or would become, of one entity: ``added``, ``changed``, ``unchanged`` or ``removed``."""

    ref: str
    change: str
    diff: str = ""


def apply_entities(
    *, documents: Sequence[Any], by: User, name: str = "api", prune: bool = False, dry_run: bool = False
) -> list[Applied]:
    """Make the entities of the set ``name`` as ``documents`` have them, all or none; the same again changes nothing.

    With ``prune`` what the set holds beside them goes, but for what ``by`` may not see. UserError names each document
    and field that is wrong, Conflict what another source says already.
    """
    source = _set_called(name, keep=not dry_run)
    wanted = _checked(documents, source)
    _require_free(wanted, by)
    stored = {
        entity.ref: entity for entity in Entity.objects.present().filter(ref__any_of=wanted).select_related("source")
    }
    _require_all_may(by, wanted, stored, source)
    leaving = list(source.entities.visible_to(by).exclude(ref__in=wanted)) if prune and source.pk else []
    for entity in leaving:
        require(may_write_entity(by, entity.kind, entity.owner_ref))
    result = [_compared(one, stored.get(ref)) for ref, one in wanted.items()]
    result += [Applied(entity.ref, "removed", diff_of(as_yaml(entity.body), "")) for entity in leaving]
    if not dry_run:
        _keep(source, wanted, {*wanted, *(entity.ref for entity in leaving)}, result, by)
    return result


def _set_called(name: str, *, keep: bool) -> Source:
    target = f"portal:{name}"
    found = Source.objects.filter(kind=SourceKind.PORTAL, target=target).first()
    row = found or Source(kind=SourceKind.PORTAL, target=target, origin="api", next_sync_at=None)
    if row.origin == "portal":
        raise UserError(f"{name} is the portal's own set.", fields=[FieldError("set", "choose another name")])
    if keep and not found:
        row.save()
    return row


def _checked(documents: Sequence[Any], source: Source) -> dict[str, Wanted]:
    """The entities, or a UserError with everything that is wrong."""
    if not 0 < len(documents) <= MOST_DOCUMENTS:
        raise UserError(
            f"Send 1 to {MOST_DOCUMENTS} entities.", fields=[FieldError("entities", f"there are {len(documents)}")]
        )
    kinds = known_kinds()
    files = [
        (f"{source.target}#{n}", process_file(json.dumps(document).encode(), url=source.target, kinds=kinds))
        for n, document in enumerate(documents)
    ]
    wanted, problems = wanted_of(files, source.target, configuration().rules)
    errors = [
        FieldError(f"{_place(found.file)}.{found.problem.field}".rstrip("."), found.problem.message, found.problem.hint)
        for found in problems
    ]
    for address, result in files:
        if any(verdict.placeholders for verdict in result.verdicts):
            message, hint = "A placeholder needs a file beside it.", "Send the text that it stands for."
            errors.append(FieldError(_place(address), message, hint))
    if errors:
        raise UserError(f"{len(errors)} things need a change.", id="entities-refused", fields=errors)
    return {ref: _at_home(one, source) for ref, one in wanted.items()}


def _place(address: str) -> str:
    return f"entities[{address.rpartition('#')[2]}]"


def _at_home(one: Wanted, source: Source) -> Wanted:
    """Without the number that told its document apart."""
    bare = {**one.document, "metadata": {**one.document["metadata"]}}
    return said(one.ref, annotated(bare, source.target, source.target), one.relations, source.target)


def _require_free(wanted: Mapping[str, Wanted], by: User) -> None:
    """Conflict that tells nothing but that a name cannot be used, where ``by`` may not see what has it."""
    for ref in sorted(hidden_among(wanted.keys(), by)):
        raise Conflict(f"The name {ref} cannot be used here.", id="name-not-free", hint="Give yours another name.")


def _require_all_may(by: User, wanted: Mapping[str, Wanted], stored: Mapping[str, Entity], source: Source) -> None:
    for ref, one in wanted.items():
        there = stored.get(ref)
        if there and there.source_id != source.pk and not there.source.is_restored:
            raise Conflict(
                f"{ref} is said by {there.source.target} already.",
                id="entity-taken",
                hint="Change it there, or give yours another name.",
            )
        owner = next((to for of, kind, to in _said_by(one) if of == ref and kind == "ownedBy"), "")
        require(may_write_entity(by, one.document["kind"], owner))
        if there:
            require(may_write_entity(by, there.kind, there.owner_ref))


def _said_by(one: Wanted) -> list[tuple[str, str, str]]:
    return [(relation.source, relation.type, relation.target) for relation in one.relations]


def _compared(one: Wanted, there: Entity | None) -> Applied:
    if there is None:
        return Applied(one.ref, "added", diff_of("", as_yaml(one.text)))
    if there.digest == one.digest:
        return Applied(one.ref, "unchanged")
    return Applied(one.ref, "changed", diff_of(as_yaml(there.body), as_yaml(one.text)))


@transaction.atomic
def _keep(
    source: Source, wanted: dict[str, Wanted], only: Collection[str], result: Sequence[Applied], by: User | None
) -> None:
    settle(source, Gathered(time.monotonic(), wanted), allow_removal=True, only=only)
    held = set(source.entities.present().filter(ref__any_of=wanted).values_list("ref", flat=True))
    if taken := sorted(wanted.keys() - held):
        raise Conflict(f"{taken[0]} has come from another source meanwhile.", id="entity-taken")
    for one in result:
        if one.change != "unchanged":
            record(f"entity.{one.change}", by=by, subject_kind="entity", subject_id=one.ref)


@transaction.atomic
def restore_entity(*, entity: Entity, by: User) -> None:
    """Bring a removed entity back, under its old uid. When a source says it again, that one has it back."""
    if entity.deleted_at is None:
        raise Conflict(f"{entity.ref} is in the catalog already.", id="entity-present")
    require(may_write_entity(by, entity.kind, entity.owner_ref))
    source, _ = Source.objects.get_or_create(
        kind=SourceKind.PORTAL, target=RESTORED, defaults={"origin": "portal", "next_sync_at": None}
    )
    document = json.loads(entity.body)
    annotations = document["metadata"]["annotations"]
    document["metadata"]["annotations"] = {
        name: value for name, value in annotations.items() if name not in {LOCATION, ORIGIN}
    }
    result = process_file(json.dumps(document).encode(), url=RESTORED, kinds=known_kinds())
    gathered = Gathered(time.monotonic(), *wanted_of([(RESTORED, result)], RESTORED))
    if gathered.problems:
        raise UserError(gathered.problems[0].problem.message, id="entity-refused", hint="Its kind has changed since.")
    settle(source, gathered, allow_removal=True, only={entity.ref}, restored=True)
    record("entity.restored", by=by, subject_kind="entity", subject_id=entity.ref)


def forget_removed() -> int:
    """Delete for good what was removed longer ago than CAIRN_CATALOG_GRACE_DAYS; returns how many."""
    before = timezone.now() - timedelta(days=settings.CATALOG_GRACE_DAYS)
    count, _ = Entity.objects.filter(deleted_at__lt=before).delete()
    return count

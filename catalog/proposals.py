"""Changes to entities that stand in repositories, handed in where they stand: the catalog itself keeps nothing."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.models import User
from accounts.permissions import Verdict, require
from audit.record import record
from catalog.ingest.documents import Problem
from catalog.ingest.file import process_file
from catalog.ingest.resolve import Read
from catalog.ingest.splice import Part, part_of, replaced, require_one_document
from catalog.kinds import known_kinds
from catalog.models import Entity
from catalog.permissions import may_write_entity
from catalog.sources.proposing import Place, place_of, way_to
from common.errors import Conflict, FieldError, PermissionRefused, UserError
from integrations.proposing import Author, Change

MOST_BYTES = 500_000


@dataclass(frozen=True, slots=True)
class Proposed:
    """A change that was handed in; ``url`` is where it is looked at, empty where only its branch tells."""

    url: str
    branch: str


def may_propose(user: User, entity: Entity) -> Verdict:
    """May this person propose a change of the entity, and can the portal hand it in? Asks no host."""
    try:
        place_of(entity)
    except PermissionRefused as error:
        return Verdict(False, error.message, error.hint)
    return may_write_entity(user, entity.kind, entity.owner_ref)


def text_of(entity: Entity) -> str:
    """The text of the entity in its repository as it is now, with its comments. CairnError when it cannot be read."""
    return part_of(way_to(place_of(entity)).open().content, entity.ref).text


def propose_change(*, entity: Entity, text: str, by: User, before: str | None = None) -> Proposed:
    """Hand in ``text`` in the place of what describes ``entity`` in its file, and nothing else.

    ``before`` is the text that was changed: with it, a newer one in the repository is a Conflict. UserError names with
    their lines what a sync would not take; PermissionRefused says where a change must be made by hand; ProviderError
    is a host that refuses or does not answer.
    """
    require(may_propose(by, entity))
    require_usable(text, entity)
    place = place_of(entity)
    way = way_to(place)
    _require_right(text, entity, way.read)
    opened = way.open()
    part = part_of(opened.content, entity.ref)
    _require_newest(part, before, place)
    content = replaced(opened.content, part, text)
    if content == opened.content:
        raise UserError("Nothing is changed.", id="nothing-changed", fields=[FieldError("text", "is as it was")])
    change = Change(
        path=place.path,
        content=content,
        branch=_branch(entity, opened.content, content),
        base=place.branch,
        author=Author(by.display_name, by.email or f"{by.entity_ref.rpartition('/')[2]}@localhost"),
        title=f"Change {entity.ref}",
        words=f"Proposed by {by.display_name} in the developer portal.",
    )
    proposed = Proposed(way.propose(change, opened), change.branch)
    _note(entity, proposed, place, by)
    return proposed


def require_usable(text: str, entity: Entity) -> None:
    """UserError unless ``text`` is one document of a bearable size about ``entity``; reads no other file."""
    if len(text) > MOST_BYTES:
        raise UserError(f"This is more than {MOST_BYTES // 1000} KB.", hint="Change it in its repository.")
    require_one_document(text)
    problems, refs = judged(text, entity)
    if problems:
        return  # they are told with their lines, and nothing is sure before they are gone
    if refs != [entity.ref]:
        hint = "A name, namespace or kind is for ever. To rename, add a new one in the file and remove this."
        raise UserError(f"This must be about {entity.ref}.", hint=hint)


def judged(text: str, entity: Entity, read: Read | None = None) -> tuple[Sequence[Problem], list[str]]:
    """What a sync would say of ``text``, and whom it is about. Without ``read`` no other file is looked at."""
    data = text.encode("utf-8", "replace")
    result = process_file(data, url=entity.location, read=read, kinds=known_kinds())
    return result.problems, [verdict.ref for verdict in result.verdicts if verdict.outcome != "empty"]


def _require_right(text: str, entity: Entity, read: Read) -> None:
    problems, _ = judged(text, entity, read)
    if problems:
        fields = [
            FieldError(one.field or "text", one.message, one.hint, one.line or None, one.column or None)
            for one in problems
        ]
        count = f"{len(problems)} thing{'' if len(problems) == 1 else 's'}"
        raise UserError(f"{count} to change.", id="entity-refused", fields=fields)


def _require_newest(part: Part, before: str | None, place: Place) -> None:
    if before is not None and before.replace("\r\n", "\n") != part.text:
        message = f"{place.path} of {place.repository} was changed meanwhile."
        hint = "Nothing was proposed. Compare with what stands there now, and propose again."
        raise Conflict(message, id="changed-meanwhile", hint=hint)


def _branch(entity: Entity, before: bytes, after: bytes) -> str:
    """Equal for equal changes, so that the same one is not proposed twice."""
    digest = hashlib.sha256(before + b"\x00" + after).hexdigest()[:10]
    return f"cairn/{re.sub('[^a-z0-9]+', '-', entity.ref)[:80].strip('-')}-{digest}"


@transaction.atomic
def _note(entity: Entity, proposed: Proposed, place: Place, by: User) -> None:
    record(
        "entity.change_proposed",
        by=by,
        subject_kind="entity",
        subject_id=entity.ref,
        owner_ref=entity.owner_ref,
        data={"repository": place.repository, "path": place.path, "branch": proposed.branch, "url": proposed.url},
    )

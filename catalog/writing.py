"""A text of entities as a person writes it on a page: judged as it is typed, kept when it is right."""

from collections.abc import Sequence
from dataclasses import dataclass

from accounts.models import User
from accounts.permissions import Verdict, require
from catalog.entity_actions import Applied, apply_entities
from catalog.history import diff_of
from catalog.ingest.documents import Problem
from catalog.ingest.file import process_file
from catalog.kinds import known_kinds
from catalog.models import Entity
from catalog.models.source import SourceKind
from catalog.permissions import may_write_entity
from catalog.proposals import MOST_BYTES, judged, may_propose, require_usable
from common.errors import CairnError, FieldError, UserError

#: The set of what is first written on a page.
PAGES = "pages"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a text would do, or what is wrong with it: problems with their lines, or one error about the whole."""

    changes: Sequence[Applied] = ()
    problems: Sequence[Problem] = ()
    error: CairnError | None = None

    @property
    def usable(self) -> bool:
        """Whether it may be kept."""
        return bool(self.changes)


def is_kept_here(entity: Entity) -> bool:
    """Whether it stands in the portal itself and not in a file somewhere."""
    return entity.source.kind == SourceKind.PORTAL


def may_edit(user: User, entity: Entity) -> Verdict:
    """May this person edit the entity on a page, to be kept here or to be proposed where it stands?"""
    if is_kept_here(entity):
        return may_edit_here(user, entity)
    if entity.source.kind == SourceKind.UPLOAD:
        return Verdict(False, f"It stands in the upload {entity.source.target}.", "Change it there.")
    return may_propose(user, entity)


def may_edit_here(user: User, entity: Entity) -> Verdict:
    """May this person change or remove it here? Only what people and scripts put into the portal itself."""
    if not is_kept_here(entity):
        return Verdict(False, f"It stands in {entity.location}.", "Change it there.")
    if entity.source.origin != "api" and not entity.source.is_restored:
        return Verdict(False, "The portal itself says this entity.", "Change the resource that it stands for.")
    return may_write_entity(user, entity.kind, entity.owner_ref)


def judge_change(*, text: str, by: User, entity: Entity, before: str) -> Judged:
    """What proposing ``text`` in the place of ``before`` would change; asks no host, and reads no other file."""
    try:
        require(may_edit(by, entity))
        require_usable(text, entity)
        problems, _ = judged(text, entity)
    except CairnError as error:
        return Judged(error=error)
    if problems:
        return Judged(problems=problems)
    diff = diff_of(before[:MOST_BYTES], text)
    return Judged(changes=[Applied(entity.ref, "changed" if diff else "unchanged", diff)])


def judge_text(*, text: str, by: User, entity: Entity | None = None) -> Judged:
    """What keeping ``text`` would do; nothing is kept. With ``entity`` the text must be about that one alone."""
    return _judged(text, by, entity, dry_run=True)


def keep_text(*, text: str, by: User, entity: Entity | None = None) -> Judged:
    """Keep what ``text`` says, when all of it is right."""
    return _judged(text, by, entity, dry_run=False)


def _judged(text: str, by: User, entity: Entity | None, *, dry_run: bool) -> Judged:
    name = PAGES if entity is None or entity.source.is_restored else entity.source.target.removeprefix("portal:")
    data = text.encode("utf-8", "replace")
    if len(data) > MOST_BYTES:
        return Judged(error=UserError(f"This is more than {MOST_BYTES // 1000} KB.", hint="Use an upload or a folder."))
    result = process_file(data, url=f"portal:{name}", kinds=known_kinds())
    if result.problems:
        return Judged(problems=result.problems)
    documents = [verdict.raw for verdict in result.verdicts if verdict.raw is not None]
    refs = [verdict.ref for verdict in result.verdicts if verdict.ref]
    try:
        if not documents:
            raise UserError("There is no entity yet.", fields=[FieldError("text", "Write one.")])
        if entity and refs != [entity.ref]:
            hint = "A name, namespace or kind is for ever. To rename, add a new one and remove this."
            raise UserError(f"This must be about {entity.ref}.", hint=hint)
        return Judged(changes=apply_entities(documents=documents, by=by, name=name, dry_run=dry_run))
    except CairnError as error:
        return Judged(error=error)

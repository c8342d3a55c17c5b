"""What an entity was: its versions, and what was changed between them."""

import difflib
import json
from dataclasses import dataclass

import yaml

from accounts.models import User
from catalog.ingest.wanted import LOCATION, ORIGIN
from catalog.models import Entity, Revision
from catalog.models.revision import RevisionKind
from catalog.visibility import words_hidden_from


@dataclass(frozen=True, slots=True)
class Step:
    """One change: the source's words before it and after it, as YAML; empty where there was nothing.

    Words that a rule of visibility keeps from who asks are ``withheld``, although the entity is visible now.
    """

    revision: Revision
    before: str
    after: str
    withheld: bool = False

    @property
    def diff(self) -> str:
        """What was changed, as a unified diff; empty when only the place of the words is another."""
        return diff_of(self.before, self.after)


def steps_of(entity: Entity, user: User, *, most: int) -> list[Step]:
    """The latest changes of an entity, newest first, as far as ``user`` may read what it was."""
    found: list[Step] = []
    after = "" if entity.deleted_at else entity.body
    for revision in Revision.objects.filter(ref=entity.ref).select_related("source").order_by("-id")[:most]:
        if revision.change == RevisionKind.REMOVED:
            after = ""
        withheld = any(words_hidden_from(user, words, entity.owner_ref) for words in (revision.before, after) if words)
        found.append(
            Step(revision, "", "", withheld=True)
            if withheld
            else Step(revision, as_yaml(revision.before), as_yaml(after))
        )
        after = "" if revision.change in {RevisionKind.ADDED, RevisionKind.RESTORED} else revision.before
    return found


def as_yaml(body: str) -> str:
    """Stored words as people write them, without where they stand, which the portal notes."""
    if not body:
        return ""
    document = json.loads(body)
    metadata = document["metadata"]
    notes = {name: value for name, value in metadata.pop("annotations", {}).items() if name not in {LOCATION, ORIGIN}}
    document["metadata"] = {**metadata, **({"annotations": notes} if notes else {})}
    return yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)


def diff_of(before: str, after: str) -> str:
    """A unified diff of two texts; empty when they are equal."""
    return "\n".join(difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm=""))

"""What can be asked of a resource, a line each. Pure.

To add one: a line here, what it needs in ``day_two.py``, and what it leaves behind in ``effects.py``.
"""

from dataclasses import dataclass
from typing import Literal

#: What a backend is asked for; ``none`` is for what only the portal's own record knows.
Effect = Literal["create", "update", "delete", "import", "quarantine", "restore", "none"]


@dataclass(frozen=True, slots=True)
class Verb:
    """One kind of wish.

    ``title`` begins the title of a request (``Change database orders-db``). A ``light`` one takes nothing and gives
    nothing away, so that only those rules judge it which ask about the action. ``changes_inputs`` says that the
    request's inputs may be others than the resource's, ``in_quarantine`` that it may be asked of what is in quarantine.
    """

    name: str
    title: str
    effect: Effect
    summary: str
    light: bool = False
    changes_inputs: bool = False
    in_quarantine: bool = False

    @property
    def is_new(self) -> bool:
        """Whether it is about what the portal does not have yet."""
        return self.effect in {"create", "import"}


_ALL = (
    Verb("create", "Create", "create", "make a new one", changes_inputs=True),
    Verb("import", "Import", "import", "take on what is there already, without changing it", changes_inputs=True),
    Verb("update", "Change", "update", "other inputs", changes_inputs=True),
    Verb("upgrade", "Upgrade", "update", "another version of its blueprint", changes_inputs=True),
    Verb("delete", "Delete", "delete", "take it away for good", in_quarantine=True),
    Verb("quarantine", "Quarantine", "quarantine", "stop what runs in it, and delete it after a while"),
    Verb("restore", "Bring back", "restore", "end its quarantine", light=True, in_quarantine=True),
    Verb("protect", "Protect", "none", "refuse its deletion", light=True, changes_inputs=True),
    Verb("unprotect", "Take the protection off", "none", "allow its deletion", changes_inputs=True),
    Verb("extend", "Extend", "none", "let it live longer", light=True, in_quarantine=True),
    Verb("repair", "Repair", "update", "undo what was changed outside the portal"),
    Verb("accept", "Accept drift of", "update", "take on what was changed outside the portal", changes_inputs=True),
    Verb("rotate", "Rotate credentials of", "update", "new secrets in place of the old ones"),
    Verb("transfer", "Transfer", "update", "give it to another team, which has to accept"),
)
VERBS = {verb.name: verb for verb in _ALL}
#: Those that are asked of a resource that is there.
DAY_TWO = tuple(verb for verb in _ALL if not verb.is_new)


def effect_of(action: str, protection: str) -> Effect:
    """What a backend is asked for; ``protection`` is the input that a blueprint's module has against deletion."""
    if protection and action in {"protect", "unprotect"}:
        return "update"
    return VERBS[action].effect

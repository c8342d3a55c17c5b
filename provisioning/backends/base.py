"""What every backend does for a resource, and what a plan is. Pure."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from provisioning.verbs import Effect
from runs.pipeline import CancelLevel

ChangeAction = Literal["create", "update", "replace", "delete"]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field before and after. Values of ``sensitive`` fields are masked already."""

    path: str
    before: Any
    after: Any
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What would happen to one object. ``note`` says what a person should know of it."""

    address: str
    action: ChangeAction
    fields: tuple[FieldChange, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that would happen. Holds no secret: it is stored and shown.

    ``notes`` are for the reader: what the plan cannot know, or what answers it (an emulator says so).
    """

    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    @property
    def summary(self) -> dict[str, int]:
        """How many objects each action touches."""
        kinds: tuple[ChangeAction, ...] = ("create", "update", "replace", "delete")
        return {kind: sum(change.action == kind for change in self.changes) for kind in kinds}

    def as_json(self) -> dict[str, Any]:
        """As it is stored and served."""
        changes = [asdict(change) for change in self.changes]
        return {"summary": self.summary, "changes": changes, "notes": list(self.notes)}

    @property
    def digest(self) -> str:
        """Equal for plans that do the same. What goes away is named by its address: the provider's readings of it
        (such as the latest restorable time) differ from one look to the next."""
        changes = [asdict(change) | ({"fields": []} if change.action == "delete" else {}) for change in self.changes]
        text = json.dumps(self.as_json() | {"changes": changes}, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Look:
    """What a look at the world found: what would have to change to have it as asked for, and remarks."""

    changes: tuple[Change, ...]
    notes: tuple[str, ...] = ()

    def as_json(self) -> list[dict[str, Any]]:
        """The changes as they are stored and served."""
        return [asdict(change) for change in self.changes]


@dataclass(frozen=True, slots=True)
class Task:
    """One piece of work for a backend.

    ``target`` is the number of the cluster or cloud account, ``profile`` what is particular to the cluster.
    ``inputs`` are the developer's, ``imposed`` the platform's, ``secrets`` values by input name, of which the state may
    hold those ``secrets_in_state``. ``workspace`` is a
    private folder of the run. ``log`` takes lines; ``stop`` tells whether somebody asked to stop; ``beat`` renews the
    lease and answers False once another worker owns the run. ``secret_versions`` count how often each was set, and
    ``imported`` names what is taken on by its address inside the module.
    """

    action: Effect
    resource_id: int
    name: str
    environment: str
    owner_ref: str
    inputs: Mapping[str, Any]
    imposed: Mapping[str, Any]
    module: Path
    outputs: Mapping[str, bool]
    workspace: Path
    run_id: int
    epoch: int
    log: Callable[[str], None]
    stop: Callable[[], CancelLevel] = lambda: "no"
    beat: Callable[[], bool] = lambda: True
    secrets: Mapping[str, str] = field(default_factory=dict)
    secrets_in_state: frozenset[str] = frozenset()
    #: Nothing is to be made of it, ever: what it reads and shows is all.
    is_preview: bool = False
    target: int | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    secret_versions: Mapping[str, int] = field(default_factory=dict)
    imported: Mapping[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    #: What an apply that ended badly may have made unknown to the state: the provider's identifier by address.
    adopted: Mapping[str, str] = field(default_factory=dict)


class Backend(Protocol):
    """Makes, changes and removes the objects of one kind of resource. Raises ProviderError or Conflict."""

    def plan(self, task: Task) -> Plan:
        """What ``task`` would do. Changes nothing; may be repeated."""

    def apply(self, task: Task, plan: Plan) -> dict[str, Any]:
        """Do what ``plan`` says, and answer the outputs. Conflict when it would do something else by now."""

    def look(self, task: Task) -> Look:
        """What would have to change to have the world as ``task`` asks for. Changes nothing and holds up nobody."""

    def recover(self, task: Task) -> tuple[Plan, dict[str, Any]]:
        """After a lost worker: end what it left running, look at what exists, and answer what is still to do (an empty
        plan: nothing) and the outputs as far as they are there."""

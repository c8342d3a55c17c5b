"""What a backend is: it plans, applies, destroys, observes and recovers one resource. Pure.

A backend runs in a worker, inside a step of a run: it may take long, logs to ``context``, beats through it and asks it
whether to stop. Its errors are ProviderError (the outside world), UserError (the inputs) and Conflict with the id
``plan-stale`` (the world has moved since the plan was made).
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Protocol

from provisioning.blueprints.definition import Blueprint
from runs.pipeline import StepContext

Operation = Literal["create", "update", "delete"]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value before and after, as JSON values; masked already when ``sensitive``."""

    path: str
    before: Any
    after: Any
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one object. ``action`` is create, update, replace, delete, or a backend's own word.

    ``forces`` are the paths of the fields that make it a replacement.
    """

    address: str
    action: str
    fields: tuple[FieldChange, ...] = ()
    forces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What an apply would do. ``changes`` may be stored and shown; ``artifact`` is stored encrypted, never shown.

    ``applicable`` is the backend's own answer to "is there anything to do", which may count more than ``changes``.
    """

    changes: tuple[Change, ...]
    applicable: bool
    artifact: bytes = b""

    @property
    def summary(self) -> dict[str, int]:
        """How many objects each action touches."""
        actions = [change.action for change in self.changes]
        return {action: actions.count(action) for action in ("create", "update", "replace", "delete")}

    def as_json(self) -> dict[str, Any]:
        """Summary and changes in the shape of the API."""
        return {"summary": self.summary, "changes": [_change_json(change) for change in self.changes]}


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done for one resource.

    ``inputs`` are the developer's values, ``imposed`` the platform's with placeholders filled in. ``secrets`` are
    values that the portal made (``password``), by name. ``resource_id`` names the workspace and labels objects.
    """

    blueprint: Blueprint
    operation: Operation
    resource_id: str
    name: str
    owner_ref: str
    environment: str
    inputs: Mapping[str, Any]
    imposed: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outputs:
    """What came out: ``values`` by name for everybody who may see the resource, ``secrets`` for the secret store."""

    values: Mapping[str, Any] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)


class Backend(Protocol):
    """Carries plans out. Stateless: everything comes with ``work``, ``plan`` and ``context``."""

    name: str

    def module_digest(self, blueprint: Blueprint) -> str:
        """SHA-256 over what the blueprint brings for this backend; an approval is bound to it."""

    def plan(self, work: Work, context: StepContext) -> Plan:
        """What ``work`` would change. Changes nothing; a plan of operation ``delete`` is a plan to destroy."""

    def apply(self, work: Work, plan: Plan, context: StepContext) -> Outputs:
        """Carry ``plan`` out, exactly; Conflict ``plan-stale`` when that is not possible any more."""

    def destroy(self, work: Work, plan: Plan, context: StepContext) -> None:
        """Carry out a plan to destroy; returns when nothing is left. What is gone already is no error."""

    def observe(self, work: Work, context: StepContext) -> Plan:
        """What differs outside from what was applied last, as the changes that would put it right. Changes nothing."""

    def recover(self, work: Work, context: StepContext) -> None:
        """After a lost apply: end what is left running, release its locks and keep what it had to say.

        The run's epoch has been raised already. Whoever calls plans anew afterwards to see what remains.
        """


def _change_json(change: Change) -> dict[str, Any]:
    return {**asdict(change), "fields": [asdict(each) for each in change.fields], "forces": list(change.forces)}

"""The backend of what only the portal's own record knows: until when a resource lives, whether it may be deleted."""

from datetime import datetime
from typing import Any

from provisioning.backends.base import Change, FieldChange, Look, Plan, Task
from provisioning.models import Request
from provisioning.verbs import VERBS


class Bookkeeping:
    """Plans like any other, so that people see and approve the very change; the last step writes it."""

    def __init__(self, request: Request) -> None:
        self._request = request

    def plan(self, task: Task) -> Plan:
        """The fields of the record that change."""
        resource, action = self._request.resource, self._request.action
        if action == "extend":
            until = datetime.fromisoformat(self._request.parameters["expires_at"])
            return _plan(resource.name, FieldChange("expires", _time(resource.expires_at), _time(until)))
        wanted = action == "protect"
        if resource.protected == wanted:
            return Plan(())
        return _plan(resource.name, FieldChange("protected from deletion", resource.protected, wanted))

    def apply(self, task: Task, plan: Plan) -> dict[str, Any]:
        """Nothing outside changes."""
        task.log(f"{VERBS[self._request.action].title}: noted")
        return dict(self._request.resource.outputs)

    def look(self, task: Task) -> Look:
        """The record is what was asked for."""
        return Look(())

    def recover(self, task: Task) -> tuple[Plan, dict[str, Any]]:
        """There is nothing that a lost worker could have left half done."""
        return Plan(()), dict(self._request.resource.outputs)


def _plan(name: str, field: FieldChange) -> Plan:
    return Plan((Change(f"record of {name}", "update", (field,), "Nothing outside the portal changes."),))


def _time(at: datetime | None) -> str | None:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else None

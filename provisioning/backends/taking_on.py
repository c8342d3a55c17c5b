"""Taking on a namespace that is there already: only the portal's marks may change. Pure."""

from collections.abc import Iterable
from dataclasses import replace

from common.errors import Conflict, NotFound
from integrations.kubernetes.objects import Manifest
from provisioning.backends.base import Change, FieldChange, Task
from provisioning.bundle import MANAGED_BY, OWNER_REF, RESOURCE_ID

#: By which the portal knows what is its own, and whose.
_MARKS = (MANAGED_BY, RESOURCE_ID, OWNER_REF, "cairn.dev/owner", "cairn.dev/environment", "cairn.dev/description")


def as_imported(changes: Iterable[Change], task: Task, live: Manifest | None) -> tuple[Change, ...]:
    """What of ``changes`` is more than a mark. NotFound and Conflict for a namespace that cannot be taken on."""
    if live is None:
        raise NotFound(f"There is no namespace {task.name} in the cluster.", id="nothing-to-import")
    holder = live["metadata"].get("labels", {}).get(RESOURCE_ID)
    if holder not in {None, str(task.resource_id)}:
        raise Conflict(f"The namespace {task.name} is the portal's already, as resource {holder}.", id="imported")
    kept = (replace(change, fields=tuple(f for f in change.fields if not _is_mark(f))) for change in changes)
    return tuple(change for change in kept if change.fields or change.action != "update")


def _is_mark(field: FieldChange) -> bool:
    place, _, name = field.path.partition(".")[2].partition(".")
    return place in {"labels", "annotations"} and name in _MARKS and field.before is None

"""What runs of an entity, place by place; one that fails says so and leaves the others alone."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from catalog.models import Entity
from common.errors import CairnError
from provisioning.workloads.places import places_of
from provisioning.workloads.reading import snapshot_of
from provisioning.workloads.summary import EventLine, Workload, warnings_in, workloads_in


@dataclass(frozen=True, slots=True)
class Found:
    """What runs in one namespace of one cluster, as of a moment."""

    cluster: str
    namespace: str
    at: datetime
    workloads: tuple[Workload, ...] = ()
    warnings: tuple[EventLine, ...] = ()
    error: CairnError | None = None


def running(entity: Entity) -> list[Found]:
    """What runs of ``entity``: each namespace that has something of it, and each that could not be asked."""
    places, selection = places_of(entity)
    found = []
    for place in places:
        snapshot = snapshot_of(place.cluster, place.namespace)
        workloads = workloads_in(snapshot.objects, selection)
        warnings = warnings_in(snapshot.objects, workloads)
        one = Found(place.cluster.name, place.namespace, snapshot.at, tuple(workloads), tuple(warnings), snapshot.error)
        found.append(one)
    return found


def found_json(found: Found) -> dict[str, Any]:
    """The same for programs."""
    error = found.error
    return {
        "cluster": found.cluster,
        "namespace": found.namespace,
        "as_of": found.at,
        "workloads": [asdict(each) | {"tone": each.tone} for each in found.workloads],
        "warnings": [asdict(each) for each in found.warnings],
        "error": {"id": error.id, "message": error.message, "hint": error.hint} if error else None,
    }

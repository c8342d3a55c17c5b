"""Why an entity is here: the chain of Locations that led to the file that says it."""

import json
from collections import defaultdict
from dataclasses import dataclass

from accounts.models import User
from catalog.ingest.locations import location_reads
from catalog.models import Entity


@dataclass(frozen=True, slots=True)
class Ancestor:
    """An entity of the chain with the references of those that led to it; none for the beginning."""

    entity: Entity
    parents: tuple[str, ...]


def ancestry(entity: Entity, user: User) -> list[Ancestor]:
    """``entity`` first, then what led to it as far as ``user`` may see it. One query."""
    locations = {row.ref: row for row in entity.source.entities.visible_to(user).filter(kind="Location")}
    leads_to: dict[str, list[str]] = defaultdict(list)
    for ref, row in locations.items():
        for address in location_reads(json.loads(row.body)["spec"], row.location)[0]:
            leads_to[address].append(ref)
    found: dict[str, Ancestor] = {}
    waiting = [entity]
    while waiting:
        one = waiting.pop(0)
        parents = tuple(sorted(ref for ref in leads_to[one.location] if ref != one.ref))
        found[one.ref] = Ancestor(one, parents)
        waiting += [locations[ref] for ref in parents if ref not in found]
    return list(found.values())

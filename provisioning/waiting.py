"""What a request waits for, in words, and whom one can ask about it."""

from typing import Any

from provisioning.models import Request, Resource
from provisioning.states import ACTIVE, AWAITING_APPROVAL, NEEDS_ATTENTION, QUEUED
from runs.line import waits_for

#: What is to be known of the request that stands before this one.
_STANDS = {AWAITING_APPROVAL: "it waits for approval", NEEDS_ATTENTION: "it needs attention"}


def waiting_for(request: Request) -> list[dict[str, Any]]:
    """The same shape as a run's: kind, text, who, until; empty at the end and while it is busy."""
    if request.state == QUEUED:
        return [_its_turn(request)]
    return waits_for(request.run) if request.run and not request.is_final else []


def line_of(resource: Resource) -> list[Request]:
    """The request that is under way for a resource, and those that wait for their turn behind it."""
    rows = resource.requests.filter(state__in=[QUEUED, *ACTIVE]).select_related("resource", "requested_by")
    return sorted(rows, key=lambda request: (request.state == QUEUED, request.pk))


def standing(request: Request) -> str:
    """``request 12 (Change database orders-db: it waits for approval)``."""
    how = f": {_STANDS[request.state]}" if request.state in _STANDS else ""
    return f"request {request.pk} ({request.title}{how})"


def _its_turn(request: Request) -> dict[str, Any]:
    ahead = [other for other in line_of(request.resource) if other.state != QUEUED or other.pk < request.pk]
    if not ahead:
        return _wait("It is its turn; it begins within a minute.", [])
    first = ahead[0]
    more = f", and {len(ahead) - 1} more after it" if len(ahead) > 1 else ""
    stages = first.stages if first.state == AWAITING_APPROVAL else []
    who = [stage["approvers"] for stage in stages] or [first.resource.owner_ref]
    return _wait(f"It waits until {standing(first)} has ended{more}.", who)


def _wait(text: str, who: list[str]) -> dict[str, Any]:
    return {"kind": "turn", "text": text, "who": who, "until": None}

"""The status of a NamespaceRequest in its cluster. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from provisioning import states

#: A request's state as a phase: one word for ``kubectl get``.
PHASES = {
    states.QUEUED: "Waiting",
    states.EVALUATING: "Planning",
    states.AWAITING_APPROVAL: "WaitingForApproval",
    states.APPROVED: "Applying",
    states.PROVISIONING: "Applying",
    states.NEEDS_ATTENTION: "NeedsAttention",
    states.FULFILLED: "Ready",
    states.FAILED: "Failed",
    states.DENIED: "Denied",
    states.REJECTED: "Rejected",
    states.EXPIRED: "Expired",
    states.WITHDRAWN: "Withdrawn",
    states.ABANDONED: "Abandoned",
}
_UNDECIDED = frozenset({"Waiting", "Planning", "WaitingForApproval"})
_REFUSED = frozenset({"Denied", "Rejected", "Expired", "Withdrawn"})
MOST_MESSAGE = 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """How a NamespaceRequest stands in the portal.

    ``state`` is the request's, empty where there is none; ``problem`` is why what it says now became no request;
    ``ready`` tells whether the namespace is there, also while a change of it waits; ``deleting`` that the object is to
    go.
    """

    generation: int
    state: str = ""
    message: str = ""
    problem: Mapping[str, str] | None = None
    request_id: int | None = None
    request_url: str = ""
    environment: str = ""
    ready: bool = False
    deleting: bool = False


@dataclass(frozen=True, slots=True)
class _Condition:
    type: str
    status: str
    reason: str
    message: str = field(default="")


def status_of(standing: Standing, before: Mapping[str, Any], now: str) -> dict[str, Any]:
    """The whole status. A condition that stays as it was keeps the moment of its last transition."""
    phase = _phase(standing)
    message = (standing.problem or {}).get("message") or standing.message
    known = {each.get("type"): each for each in before.get("conditions") or []}
    found: dict[str, Any] = {
        "observedGeneration": standing.generation,
        "phase": phase,
        "message": message[:MOST_MESSAGE],
        "environment": standing.environment,
        "requestId": standing.request_id,
        "requestURL": standing.request_url,
        "conditions": [
            _written(condition, known.get(condition.type), standing.generation, now)
            for condition in _conditions(standing, phase, message)
        ],
    }
    return {name: value for name, value in found.items() if value not in (None, "")}


def _phase(standing: Standing) -> str:
    if standing.problem:
        return "Invalid"
    phase = PHASES.get(standing.state, "Pending")
    if not standing.deleting:
        return phase
    return "DeletionRefused" if phase in _REFUSED or phase == "Failed" else "Deleting"


def _conditions(standing: Standing, phase: str, message: str) -> Sequence[_Condition]:
    said = message or phase
    refused = PHASES.get(standing.state) in _REFUSED
    accepted = _Condition("Accepted", "True", "RequestFiled", "The portal has made a request of it.")
    if standing.problem:
        accepted = _Condition("Accepted", "False", standing.problem["reason"], said)
    elif not standing.state:
        accepted = _Condition("Accepted", "Unknown", "Pending", said)
    approved = _Condition("Approved", "True", "Approved", "Whoever must agree has agreed, or nobody must.")
    if refused:
        approved = _Condition("Approved", "False", PHASES[standing.state], said)
    elif standing.problem or not standing.state or PHASES[standing.state] in _UNDECIDED:
        approved = _Condition("Approved", "Unknown", phase, said)
    ready = _Condition("Ready", "True" if standing.ready else "False", phase, said)
    return (accepted, approved, ready)


def _written(condition: _Condition, before: Mapping[str, Any] | None, generation: int, now: str) -> dict[str, Any]:
    stays = before is not None and before.get("status") == condition.status
    return {
        "type": condition.type,
        "status": condition.status,
        "reason": condition.reason,
        "message": condition.message[:MOST_MESSAGE],
        "lastTransitionTime": before["lastTransitionTime"] if before and stays else now,
        "observedGeneration": generation,
    }

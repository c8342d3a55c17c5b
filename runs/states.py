"""The states of a run and the ways between them. Pure."""

from typing import Final

QUEUED, RUNNING, WAITING = "queued", "running", "waiting"
CANCELLING, INTERRUPTED = "cancelling", "interrupted"
SUCCEEDED, FAILED, CANCELLED = "succeeded", "failed", "cancelled"

STATES: Final = (QUEUED, RUNNING, WAITING, CANCELLING, INTERRUPTED, SUCCEEDED, FAILED, CANCELLED)
FINAL: Final = frozenset({SUCCEEDED, FAILED, CANCELLED})
ACTIVE: Final = frozenset(STATES) - FINAL
#: A worker holds these, with a lease.
LEASED: Final = frozenset({RUNNING, CANCELLING})

TRANSITIONS: Final[dict[str, frozenset[str]]] = {
    QUEUED: frozenset({RUNNING, CANCELLED, FAILED}),
    RUNNING: frozenset({QUEUED, WAITING, CANCELLING, INTERRUPTED, SUCCEEDED, FAILED, CANCELLED}),
    WAITING: frozenset({QUEUED, CANCELLED, FAILED}),
    CANCELLING: frozenset({QUEUED, CANCELLED, INTERRUPTED, SUCCEEDED, FAILED}),
    INTERRUPTED: frozenset({QUEUED, FAILED, CANCELLED}),
    SUCCEEDED: frozenset(),
    FAILED: frozenset(),
    CANCELLED: frozenset(),
}


def may_change(before: str, after: str) -> bool:
    """Whether a run may go from ``before`` to ``after``."""
    return after in TRANSITIONS[before]

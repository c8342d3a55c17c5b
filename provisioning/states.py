"""The states of a request and the ways between them. Pure. Source: reference of request lifecycles, 1.8.1.

Of each resource one request is in an ACTIVE state; the queued ones wait until it has ended.
"""

from typing import Final

QUEUED = "queued"
EVALUATING, AWAITING_APPROVAL, APPROVED = "evaluating", "awaiting_approval", "approved"
PROVISIONING, NEEDS_ATTENTION = "provisioning", "needs_attention"
FULFILLED, FAILED, DENIED, REJECTED = "fulfilled", "failed", "denied", "rejected"
EXPIRED, WITHDRAWN, ABANDONED = "expired", "withdrawn", "abandoned"

FINAL: Final = frozenset({FULFILLED, FAILED, DENIED, REJECTED, EXPIRED, WITHDRAWN, ABANDONED})
ACTIVE: Final = frozenset({EVALUATING, AWAITING_APPROVAL, APPROVED, PROVISIONING, NEEDS_ATTENTION})
STATES: Final = (QUEUED, *sorted(ACTIVE), *sorted(FINAL))

TRANSITIONS: Final[dict[str, frozenset[str]]] = {
    QUEUED: frozenset({EVALUATING, WITHDRAWN, DENIED, FAILED}),
    EVALUATING: frozenset({AWAITING_APPROVAL, APPROVED, DENIED, FAILED, WITHDRAWN, FULFILLED, NEEDS_ATTENTION}),
    AWAITING_APPROVAL: frozenset({APPROVED, REJECTED, EXPIRED, WITHDRAWN, EVALUATING, FAILED, DENIED}),
    APPROVED: frozenset({PROVISIONING, AWAITING_APPROVAL, EVALUATING, FAILED, WITHDRAWN, NEEDS_ATTENTION, DENIED}),
    PROVISIONING: frozenset({FULFILLED, FAILED, NEEDS_ATTENTION}),
    NEEDS_ATTENTION: frozenset({EVALUATING, PROVISIONING, ABANDONED, FULFILLED}),
    **{state: frozenset() for state in FINAL},
}


def may_change(before: str, after: str) -> bool:
    """Whether a request may go from ``before`` to ``after``."""
    return after in TRANSITIONS[before]

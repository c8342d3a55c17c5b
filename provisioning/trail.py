"""Requests in the audit trail."""

from typing import Any

from accounts.models import User
from audit.record import record
from provisioning.models import Request
from runs.webhooks.announce import announce

#: What endpoints may hear of approvals.
ESCALATED, LET_THROUGH = "approval.escalated", "approval.let-through"


def record_request(verb: str, request: Request, *, by: User | None, **data: Any) -> None:
    """Add what happened to ``request``, in the transaction of the change."""
    record(
        verb,
        by=by,
        subject_kind="request",
        subject_id=str(request.pk),
        subject_label=request.title,
        owner_ref=request.resource.owner_ref,
        data=data,
    )


def announce_request(topic: str, request: Request, **data: Any) -> None:
    """Tell those who listen to ``topic`` what became of ``request``, in the transaction of it."""
    about = {"request": request.pk, "title": request.title, "owner": request.resource.owner_ref}
    announce(topic, owner_ref=request.resource.owner_ref, data=about | data)

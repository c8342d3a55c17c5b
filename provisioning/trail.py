"""Requests in the audit trail."""

from typing import Any

from django.conf import settings

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
    resource = request.resource
    about = {
        "request": request.pk,
        "title": request.title,
        "action": request.action,
        "state": request.state,
        "owner": resource.owner_ref,
        "environment": resource.environment,
        "resource": {"id": resource.pk, "name": resource.name, "blueprint": resource.blueprint},
        "error": request.error,
        "url": f"{settings.BASE_URL}{request.get_absolute_url()}",
    }
    announce(topic, owner_ref=request.resource.owner_ref, data=about | data)

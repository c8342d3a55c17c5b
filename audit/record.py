"""The only way to write to the trail."""

from typing import Any

from accounts.models import User
from audit.models import Event
from common.request_context import current_request_id

PORTAL = "cairn"


def record(
    verb: str,
    *,
    by: User | None,
    subject_kind: str,
    subject_id: str,
    subject_label: str = "",
    owner_ref: str = "",
    data: dict[str, Any] | None = None,
) -> None:
    """Add one event; call it in the transaction of the change.

    ``verb`` is a dotted product word (``request.approved``). ``by`` None is the portal itself.
    ``data`` must hold no secret.
    """
    Event.objects.create(
        actor=by.entity_ref if by else PORTAL,
        verb=verb,
        subject_kind=subject_kind,
        subject_id=subject_id,
        subject_label=subject_label[:255],
        owner_ref=owner_ref,
        data=data or {},
        request_id=current_request_id(),
    )

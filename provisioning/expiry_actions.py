"""Warning of ends that come, and asking for them when they are there. Harmless when many do it at once."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from common.errors import CairnError
from provisioning.day_two import may_quarantine, wish
from provisioning.expiry import WARNINGS, due_warning
from provisioning.models import Request, Resource
from provisioning.submitting import submit
from provisioning.telling import tell

log = logging.getLogger(__name__)
#: When asking for an end came to nothing, it is asked for again after so long.
AGAIN = timedelta(hours=1)
BATCH = 500


def warn(now: datetime) -> int:
    """Say of each resource that ends soon, once for each of the WARNINGS; answers how many were said."""
    said = 0
    for resource in Resource.objects.ending(now + timedelta(hours=max(WARNINGS)))[:BATCH]:
        hours = due_warning(resource.expires_at, now, resource.warned_hours) if resource.expires_at else None
        said += hours is not None and _warn(resource, hours)
    return said


@transaction.atomic
def _warn(resource: Resource, hours: int) -> bool:
    mine = Resource.objects.filter(pk=resource.pk, warned_hours=resource.warned_hours, expires_at=resource.expires_at)
    if not mine.update(warned_hours=hours):
        return False
    tell("expiring", resource, by=None, hours=hours, expires_at=f"{resource.expires_at:%Y-%m-%dT%H:%M:%SZ}")
    return True


def end(now: datetime) -> int:
    """Ask for the deletion (or first the quarantine) of what has come to its end; answers for how many."""
    over = Resource.objects.existing().filter(Q(quarantined_until__lte=now) | Q(expires_at__lte=now, protected=False))
    due = over.filter(Q(end_tried_at=None) | Q(end_tried_at__lte=now - AGAIN)).order_by("pk")
    return sum(_end(resource, now) for resource in due[:BATCH])


def _end(resource: Resource, now: datetime) -> bool:
    mine = Resource.objects.filter(pk=resource.pk, end_tried_at=resource.end_tried_at)
    if not mine.update(end_tried_at=now):
        return False
    try:
        return ask_to_end(resource, now) is not None
    except CairnError as error:
        if error.id != "resource-busy":
            tell("end-refused", resource, by=None, reason=error.message)
            log.warning("resource %s could not be ended: %s", resource.pk, error.message)
        return False


def ask_to_end(resource: Resource, now: datetime) -> Request | None:
    """The request of the portal itself. What was agreed when it was made, or when it was put into quarantine, needs no
    approval; what the policy denies it denies. None when there is nothing to end by now."""
    over = resource.quarantined_until is not None and resource.quarantined_until <= now
    if not over and resource.quarantined_until:
        return None
    action = "delete" if over or may_quarantine(resource) is None else "quarantine"
    asked = wish(resource, action)
    agreed = {**asked.parameters, "agreed": _agreed(resource, over=over)}
    return submit(asked=replace(asked, parameters=agreed), by=None, resource=resource)


def _agreed(resource: Resource, *, over: bool) -> str:
    if over:
        return "Its quarantine is over, and nobody has brought it back."
    return f"It was agreed that it ends on {resource.expires_at:%-d %B %Y}."

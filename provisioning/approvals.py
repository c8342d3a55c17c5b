"""Which approvals count, and whether they suffice."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.permissions import may_write
from provisioning.models import Approval, Request
from provisioning.permissions import escalations_of, may_speak


def counted(request: Request) -> list[Approval]:
    """Approvals that count: of this plan, by people who are still here, and who still speak for their stage."""
    here = Q(on_behalf_of=None) | Q(on_behalf_of__is_active=True)
    rows = request.approvals.filter(here, digest=request.digest, decision="approve", by__is_active=True)
    stages = {stage["approvers"]: stage for stage in request.stages}
    found = rows.select_related("by", "on_behalf_of").order_by("pk")
    return [row for row in found if _speaks(row, stages.get(row.approvers), request)]


def _speaks(approval: Approval, stage: Mapping[str, Any] | None, request: Request) -> bool:
    person = approval.on_behalf_of or approval.by
    return bool(stage and may_write(approval.by) and may_speak(person, stage, request))


def approved(request: Request) -> bool:
    """Whether every stage of the policy has its number of different people for the current plan, or somebody let it
    through without them."""
    return glass_is_broken(request) or not missing(request, counted(request))


def missing(request: Request, given: Sequence[Approval]) -> list[Mapping[str, Any]]:
    """The stages that ``given`` does not fill."""
    approvers = [approval.approvers for approval in given]
    return [stage for stage in request.stages if approvers.count(stage["approvers"]) < stage["count"]]


def glass_is_broken(request: Request) -> bool:
    """Whether somebody let this plan through."""
    return request.broken_glass.filter(digest=request.digest).exists()


def looks_again_at(request: Request) -> datetime | None:
    """When more people may decide, or nobody any more."""
    now = timezone.now()
    moments = [at for stage in request.stages for _, at in escalations_of(request, stage) if at > now]
    return min([*moments, *([request.expires_at] if request.expires_at else [])], default=None)

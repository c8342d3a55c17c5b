"""Waiting for people."""

from django.utils import timezone

from provisioning.actions import approved, move
from provisioning.models import Request
from provisioning.permissions import waits_for
from provisioning.states import APPROVED, AWAITING_APPROVAL, REJECTED
from provisioning.steps.common import request_of
from runs.pipeline import Done, Fail, Outcome, StepContext, Wait


class AwaitApproval:
    """Rest until the plan is approved, rejected or too old. Looking again does no harm."""

    name = "approval"
    title = "Waiting for approval"
    repeatable = True
    recovery = None

    def run(self, context: StepContext) -> Outcome:
        """Read what was decided."""
        request = request_of(context)
        if request.state == REJECTED:
            return Fail("user", "The request was rejected.", _last_reason(request), "request-rejected")
        if request.state == APPROVED:
            return Done("no approval needed" if not request.stages else "approved")
        if request.state == AWAITING_APPROVAL and approved(request):
            move(request, APPROVED)
            return Done("approved")
        if request.expires_at and request.expires_at <= timezone.now():
            return Fail("user", "Nobody decided in time.", "Ask for it again.", "approval-expired")
        who = tuple(stage["approvers"] for stage in request.stages)
        return Wait("approval", f"Approval by {waits_for(request)}", who, request.expires_at)


def _last_reason(request: Request) -> str:
    decision = request.approvals.filter(decision="reject").order_by("-pk").first()
    return f"{decision.by.display_name}: {decision.reason}" if decision else ""

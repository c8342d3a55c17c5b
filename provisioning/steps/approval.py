"""Waiting for people, and for the time when what they approved may be applied."""

from django.utils import timezone

from provisioning.actions import move
from provisioning.approval_actions import say_escalations
from provisioning.approvals import approved, glass_is_broken, looks_again_at
from provisioning.models import Request
from provisioning.permissions import waits_for
from provisioning.states import APPROVED, AWAITING_APPROVAL, REJECTED
from provisioning.steps.common import request_of
from provisioning.steps.gate import held, is_void
from provisioning.steps.plan import MakePlan
from runs.pipeline import Done, Fail, Outcome, StepContext, Wait


class AwaitApproval:
    """Rest until the plan is approved, rejected or too old, and until nothing holds it back. What approvals were bound
    to may have changed meanwhile: then there is a new plan, and they are void. Looking again does no harm."""

    name = "approval"
    title = "Waiting for approval"
    repeatable = True
    recovery = None

    def run(self, context: StepContext) -> Outcome:
        """Read what was decided."""
        request = request_of(context)
        if request.state == REJECTED:
            return Fail("user", "The request was rejected.", _last_reason(request), "request-rejected")
        if is_void(request):
            context.log("Rules, module or inputs have changed since the plan was made: planning again.")
            made = MakePlan().run(context)
            if isinstance(made, Fail):
                return made
            request = request_of(context)
        return _as_decided(request)


def _as_decided(request: Request) -> Outcome:
    enough = approved(request)
    if enough and request.state == AWAITING_APPROVAL:
        request = move(request, APPROVED)
    elif not enough and request.state == APPROVED:
        request = move(request, AWAITING_APPROVAL)
    if request.state == APPROVED:
        return held(request) or Done(_note(request))
    if request.expires_at and request.expires_at <= timezone.now():
        return Fail("user", "Nobody decided in time.", "Ask for it again.", "approval-expired")
    say_escalations(request=request)
    who = tuple(stage["approvers"] for stage in request.stages)
    return Wait("approval", f"Approval by {waits_for(request)}", who, looks_again_at(request))


def _note(request: Request) -> str:
    if glass_is_broken(request):
        return "let through without approval"
    return "approved" if request.stages else "no approval needed"


def _last_reason(request: Request) -> str:
    decision = request.approvals.filter(decision="reject").order_by("-pk").first()
    return f"{decision.by.display_name}: {decision.reason}" if decision else ""

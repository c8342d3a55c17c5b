"""What must be true right before something is applied, looked at once more."""

from datetime import timedelta

from django.utils import timezone

from provisioning.approvals import approved, glass_is_broken
from provisioning.budgets import Use, over_budget
from provisioning.models import Request
from provisioning.policy import Freeze
from provisioning.steps.common import asked_by, digest_of, stored_plan
from runs.pipeline import Fail, Wait

#: How often a full budget is looked at.
BUDGET_PERIOD = timedelta(minutes=5)


def is_void(request: Request) -> bool:
    """Whether what approvals are bound to has changed: inputs, module, imposed values, a rule that has a say, or who
    is to be asked at this hour and with budgets as they are."""
    plan = stored_plan(request)
    if digest_of(request, plan) != request.digest:
        return True
    asked = {stage["approvers"]: stage["count"] for stage in request.stages}
    stages = asked_by(request, plan.summary)[0].decision.stages
    more = any(stage.count > asked.get(stage.approvers, 0) for stage in stages)
    return more and not glass_is_broken(request)


def closed(request: Request) -> Fail | Wait | None:
    """Why what was approved cannot be applied right now; None when it can."""
    if is_void(request) or not approved(request):
        return Fail(
            "user",
            "What was approved is not what would be done by now: rules or approvals have changed.",
            "Plan again; those who decide are asked again.",
            "approval-void",
        )
    return held(request)


def held(request: Request) -> Fail | Wait | None:
    """What holds back a request that is approved: a rule that refuses it by now, a freeze, a budget."""
    asked, uses = asked_by(request, stored_plan(request).summary)
    decision = asked.decision
    if decision.decision == "deny":
        return Fail("user", "; ".join(decision.reasons), "The platform's policy does not allow it.", "request-denied")
    if decision.freezes and not glass_is_broken(request):
        return _frozen(max(decision.freezes, key=lambda freeze: (freeze.until is None, freeze.until)))
    return next((_full(use) for use in uses if use.exceeds), None)


def _frozen(freeze: Freeze) -> Wait:
    return Wait("time", f"{freeze.words}: {freeze.reason}", (f"policy:{freeze.rule}",), freeze.until)


def _full(use: Use) -> Wait:
    return Wait("event", over_budget(use), (use.budget.owner_ref,), timezone.now() + BUDGET_PERIOD)

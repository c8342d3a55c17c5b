"""Making the plan, and what the policy says to it."""

from typing import Any

from django.utils import timezone

from provisioning.actions import APPROVAL_LIFETIME, move
from provisioning.backends.base import Plan
from provisioning.backends.registry import backend_named
from provisioning.models import Request
from provisioning.policy import Decision
from provisioning.states import APPROVED, AWAITING_APPROVAL
from provisioning.steps.common import asked_by, digest_of, request_of, task_of
from provisioning.words import changes_in_words
from runs.pipeline import Done, Fail, Outcome, StepContext


class MakePlan:
    """Ask the backend what would happen, and bind approvals to exactly that."""

    name = "plan"
    title = "Making the plan"
    repeatable = True
    recovery = None

    def run(self, context: StepContext) -> Outcome:
        """Store the plan and go on to approval."""
        request = request_of(context)
        blueprint = request.definition
        plan = backend_named(blueprint.backend).plan(task_of(request, context))
        asked, _ = asked_by(request, plan.summary)
        decision = asked.decision
        if decision.decision == "deny":
            return Fail(
                "user", "; ".join(decision.reasons), "The platform's policy does not allow it.", "request-denied"
            )
        _store(request, plan, decision, asked.record)
        return Done(changes_in_words(plan.summary), {"summary": plan.summary})


def _store(request: Request, plan: Plan, decision: Decision, record: dict[str, Any]) -> None:
    """Keep the plan with what was decided on it, and on which facts."""
    request.plan, request.policy, request.facts = plan.as_json(), decision.as_json(), record
    request.digest = digest_of(request, plan)
    request.asked_at, request.escalated = timezone.now(), 0
    request.expires_at = request.asked_at + APPROVAL_LIFETIME
    request.save(update_fields=["plan", "policy", "facts", "digest", "asked_at", "escalated", "expires_at"])
    move(request, APPROVED if decision.decision == "allow" else AWAITING_APPROVAL)

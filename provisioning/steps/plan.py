"""Making the plan, and what the policy says to it."""

from django.utils import timezone

from provisioning.actions import APPROVAL_LIFETIME, move
from provisioning.backends.base import Plan
from provisioning.backends.registry import backend_named
from provisioning.models import Request
from provisioning.policy import Decision, decide
from provisioning.states import APPROVED, AWAITING_APPROVAL
from provisioning.steps.common import digest_of, facts, request_of, task_of
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
        decision = decide(blueprint, facts(request, plan.summary))
        if decision.decision == "deny":
            return Fail(
                "user", "; ".join(decision.reasons), "The platform's policy does not allow it.", "request-denied"
            )
        _store(request, plan, decision)
        return Done(changes_in_words(plan.summary), {"summary": plan.summary})


def _store(request: Request, plan: Plan, decision: Decision) -> None:
    request.plan, request.policy = plan.as_json(), decision.as_json()
    request.digest = digest_of(request, plan)
    request.expires_at = timezone.now() + APPROVAL_LIFETIME
    request.save(update_fields=["plan", "policy", "digest", "expires_at"])
    move(request, APPROVED if decision.decision == "allow" else AWAITING_APPROVAL)

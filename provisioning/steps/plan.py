"""Making the plan, and what the policy says to it."""

from typing import Any

from django.utils import timezone

from provisioning.actions import APPROVAL_LIFETIME, move
from provisioning.backends.base import Plan
from provisioning.models import Request
from provisioning.policy import Decision
from provisioning.states import APPROVED, AWAITING_APPROVAL
from provisioning.steps.common import asked_by, backend_of, digest_of, request_of, task_of
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
        plan = backend_of(request).plan(task_of(request, context))
        if refusal := refused(request, plan):
            return refusal
        asked, _ = asked_by(request, plan.summary)
        decision = asked.decision
        if decision.decision == "deny":
            return Fail(
                "user", "; ".join(decision.reasons), "The platform's policy does not allow it.", "request-denied"
            )
        _store(request, plan, decision, asked.record)
        return Done(changes_in_words(plan.summary), {"summary": plan.summary})


def refused(request: Request, plan: Plan) -> Fail | None:
    """What a plan of this action may never hold, whatever the policy says."""
    if request.effect == "import" and plan.changes:
        return Fail("user", f"It is not as asked for: {_named(plan)}.", _ALIKE, "import-differs")
    if request.effect == "delete" and any(change.action != "delete" for change in plan.changes):
        return Fail("platform", "The plan of a deletion would do more than delete.", "", "delete-does-more")
    if request.action == "accept" and plan.changes:
        return Fail("user", f"It still differs: {_named(plan)}.", "Look for drift again.", "accept-differs")
    return None


_ALIKE = "Give the inputs that it has, or change it first; the plan of the log says what differs."


def _named(plan: Plan) -> str:
    """What differs, by address and field."""
    words = []
    for change in plan.changes[:5]:
        fields = [f"{field.path} {_short(field.before)} → {_short(field.after)}" for field in change.fields[:5]]
        words.append(f"{change.action} {change.address}" + (f" ({', '.join(fields)})" if fields else ""))
    return "; ".join(words)


def _short(value: object) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _store(request: Request, plan: Plan, decision: Decision, record: dict[str, Any]) -> None:
    """Keep the plan with what was decided on it, and on which facts."""
    request.plan, request.policy, request.facts = plan.as_json(), decision.as_json(), record
    request.digest = digest_of(request, plan)
    request.asked_at, request.escalated = timezone.now(), 0
    request.expires_at = request.asked_at + APPROVAL_LIFETIME
    request.save(update_fields=["plan", "policy", "facts", "digest", "asked_at", "escalated", "expires_at"])
    move(request, APPROVED if decision.decision == "allow" else AWAITING_APPROVAL)

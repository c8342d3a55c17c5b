"""Doing what was approved, and looking again after a lost worker."""

from provisioning import intents
from provisioning.actions import move
from provisioning.models import Request
from provisioning.states import PROVISIONING
from provisioning.steps.common import backend_of, request_of, stored_plan, task_of
from provisioning.steps.gate import closed
from runs.models import Run
from runs.pipeline import Done, Fail, Outcome, StepContext


class Apply:
    """Apply exactly the approved plan. Never repeated blindly: a lost worker leads to ``confirm``."""

    name = "apply"
    title = "Applying the plan"
    repeatable = False
    recovery = "confirm"

    def run(self, context: StepContext) -> Outcome:
        """Outputs go to the later steps, secrets do not. Nothing is begun that may not be done at this very moment."""
        request = request_of(context)
        if why_not := closed(request):
            return why_not
        request = move(request, PROVISIONING)
        backend = backend_of(request)
        outputs = backend.apply(task_of(request, context), stored_plan(request))
        return Done("done", {"outputs": outputs})


class Confirm:
    """See that what was approved is there. After a lost worker: find out what is, and finish only what is harmless."""

    name = "confirm"
    title = "Checking what exists"
    repeatable = True
    recovery = None

    def run(self, context: StepContext) -> Outcome:
        """Nothing to do after an apply that ended; else refresh, plan, and classify what is left."""
        if outputs := Run.objects.get(pk=context.run_id).step_data("apply").get("outputs"):
            return Done("as planned", {"outputs": outputs})
        if Run.objects.get(pk=context.run_id).steps.filter(name="apply", state="succeeded").exists():
            return Done("as planned", {"outputs": {}})
        request = request_of(context)
        backend = backend_of(request)
        left, outputs = backend.recover(task_of(request, context))
        intents.settle(context.run_id, stored_plan(request).changes, left.changes)
        if not left.changes:
            return Done("the lost worker had finished", {"outputs": outputs})
        return Fail(
            "platform", f"A worker was lost while applying. {_left(request, len(left.changes))}", _WAY_ON, "interrupted"
        )


_WAY_ON = "See below what exists. Then plan again: that shows what is left to do, and asks for approval again."


def _left(request: Request, count: int) -> str:
    return f"{count} of {len(stored_plan(request).changes)} changes are still to do."

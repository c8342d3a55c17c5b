"""Looking whether the world still is as it was asked for."""

from dataclasses import replace

from django.utils import timezone

from common.errors import CairnError
from provisioning.backends.registry import backend_named
from provisioning.drift_actions import keep, look_again_soon
from provisioning.models import Request, Resource
from provisioning.states import ACTIVE
from provisioning.steps.common import secrets_of, task_for
from runs.models import Run
from runs.pipeline import CancelLevel, Done, Outcome, StepContext
from runs.states import QUEUED


class LookForDrift:
    """Compare; give way when somebody asks for something, because that comes first."""

    name = "look"
    title = "Looking for drift"
    repeatable = True
    recovery = None

    def run(self, context: StepContext) -> Outcome:
        """What is found is kept; it is no failure that there is drift."""
        resource, since = Resource.objects.get(pk=context.subject_id), timezone.now()
        blueprint = resource.definition
        scheduled = Run.objects.filter(pk=context.run_id, requested_by=None).exists()

        def stop() -> CancelLevel:
            return "graceful" if gives_way(resource, scheduled=scheduled) else context.cancel_requested()

        task = replace(task_for(resource, blueprint, context, *secrets_of(resource, blueprint)), stop=stop)
        try:
            if gives_way(resource, scheduled=scheduled):
                return _later(resource)
            look = backend_named(blueprint.backend).look(task)
        except CairnError:
            if gives_way(resource, scheduled=scheduled):
                return _later(resource)
            raise
        if keep(resource=resource, look=look, since=since) is None:
            return Done("it changed meanwhile; what was seen says nothing")
        count = len(look.changes)
        return Done(f"{count} object{'' if count == 1 else 's'} differ" if count else "as asked for")


def gives_way(resource: Resource, *, scheduled: bool) -> bool:
    """Whether a request comes before a look: one for the same resource, and to a scheduled look any that waits."""
    if Request.objects.filter(resource=resource, state__in=ACTIVE).exists():
        return True
    return scheduled and Run.objects.filter(state=QUEUED, subject_kind="request", due_at=None).exists()


def _later(resource: Resource) -> Done:
    look_again_soon(resource)
    return Done("gave way to a request; it looks again soon")

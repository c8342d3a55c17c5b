"""Planning what nobody has asked for yet, with values that are made up, secrets among them."""

from provisioning.asking import Asked
from provisioning.backends.base import Task
from provisioning.backends.registry import backend_named
from provisioning.blueprints import blueprint_at
from provisioning.blueprints.shelf import module_of
from provisioning.generated import generated
from provisioning.models import Preview
from provisioning.previews import PIPELINE, follow_run
from provisioning.words import changes_in_words
from runs.pipeline import Done, Outcome, Pipeline, StepContext


class MakePreview:
    """Ask the backend what would happen, and keep the answer. Nothing ever applies it."""

    name = "preview"
    title = "Making the plan"
    repeatable = True
    recovery = None

    def run(self, context: StepContext) -> Outcome:
        """Store the plan; one that was taken away meanwhile needs none."""
        preview = Preview.objects.select_related("version").filter(pk=context.subject_id).first()
        if preview is None:
            return Done("nobody wants it any more")
        task = _task(preview, context)
        plan = backend_named(blueprint_at(preview.version.name, preview.version.version).backend).plan(task)
        Preview.objects.filter(pk=preview.pk).update(plan=plan.as_json())
        return Done(changes_in_words(plan.summary), {"summary": plan.summary})


def _task(preview: Preview, context: StepContext) -> Task:
    blueprint = blueprint_at(preview.version.name, preview.version.version)
    asked = Asked(blueprint, "create", preview.name, preview.owner_ref, preview.environment, preview.inputs)
    secrets = {name: generated() for name in blueprint.secrets}
    for value in secrets.values():
        context.redact(value)
    return Task(
        action="create",
        resource_id=preview.pk,
        name=preview.name,
        environment=preview.environment,
        owner_ref=preview.owner_ref,
        inputs=preview.inputs,
        imposed=blueprint.imposed_on(asked.facts),
        module=module_of(blueprint),
        outputs={output.name: output.sensitive for output in blueprint.outputs},
        workspace=context.workspace,
        run_id=context.run_id,
        epoch=context.epoch,
        log=context.log,
        stop=context.cancel_requested,
        beat=context.beat,
        secrets=secrets,
        secrets_in_state=blueprint.secrets_in_state,
        is_preview=True,
    )


PREVIEW = Pipeline(name=PIPELINE, title="Preview", steps=(MakePreview(),), on_change=follow_run)

"""Plans of a version for made-up inputs, before anybody can ask for it: asking for one, and what became of it."""

from django.db import transaction

from accounts.models import User
from accounts.permissions import may_administer, require
from audit.record import record
from provisioning.asking import Asked, require_valid
from provisioning.models import BlueprintVersion, Preview
from runs.actions import start_run
from runs.models import Run

PIPELINE = "preview"
#: Of each version; older ones make room.
MOST_KEPT = 20


@transaction.atomic
def start_preview(*, version: BlueprintVersion, asked: Asked, by: User) -> Preview:
    """Have a worker plan ``asked``, of which nothing is made. UserError for mistakes by field."""
    require(may_administer(by))
    require_valid(asked)
    preview = Preview.objects.create(
        version=version,
        name=asked.name,
        environment=asked.environment,
        owner_ref=asked.owner_ref,
        inputs=dict(asked.inputs),
        by=by,
    )
    preview.run = start_run(
        pipeline=PIPELINE,
        title=f"Preview {version}",
        subject_kind="preview",
        subject_id=str(preview.pk),
        owner_ref=asked.blueprint.owner,
        by=by,
    )
    preview.save(update_fields=["run"])
    old = list(version.previews.order_by("-pk").values_list("pk", flat=True)[MOST_KEPT:])
    Preview.objects.filter(pk__in=old).delete()
    subject = {"subject_kind": "blueprint", "subject_id": f"{version.name}@{version.version}"}
    record("blueprint.previewed", by=by, subject_label=str(version), data={"inputs": preview.inputs}, **subject)
    return preview


def follow_run(run: Run) -> None:
    """Keep why a preview has no plan; called inside the transaction of each of the run's transitions."""
    if run.state in {"failed", "cancelled"}:
        error = run.error or {"message": "It was stopped.", "hint": "", "id": "cancelled"}
        Preview.objects.filter(run=run, plan__isnull=True).update(error=error)

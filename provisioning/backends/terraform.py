"""Terraform as a backend: a workspace a run, state in the portal, exactly the approved plan applied."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django.conf import settings

from common.errors import Conflict
from integrations.aws.emulator import LABEL, is_emulated
from integrations.aws.provider import aws_provider
from integrations.terraform.cli import Limits, Result, Terraform
from integrations.terraform.events import Event
from integrations.terraform.mirror import find_mirror
from integrations.terraform.plan import SanitisedPlan, sanitise
from integrations.terraform.root_module import RootModule, write_workspace
from provisioning import intents
from provisioning.backends.base import Change, FieldChange, Look, Plan, Task
from provisioning.cloud_credentials import Access, Phase, access_to
from provisioning.models import CloudAccount
from provisioning.state.access import credentials
from provisioning.state.recovery import end_leftover, pick_up_errored_state, release_stale_lock
from runs.models import Run

FOLDER, MODULE = "terraform", "this"


class TerraformBackend:
    """Plans and applies a blueprint's module."""

    def plan(self, task: Task) -> Plan:
        """Write the workspace, initialise it, and plan."""
        _take_over(task)
        access = _access(task, "plan")
        terraform = self._terraform(task, access)
        self._prepare(task, terraform, access)
        try:
            return _plan(terraform, task)
        finally:
            # Nothing applies this file: it is made again then. It must not lie about while people decide.
            terraform.forget()

    def apply(self, task: Task, plan: Plan) -> dict[str, Any]:
        """Apply the plan file of this workspace; on another machine it is made again and must be the same plan."""
        _take_over(task)
        access = _access(task, "apply")
        terraform = self._terraform(task, access)
        self._prepare(task, terraform, access)
        if _plan(terraform, task).digest != plan.digest:
            raise Conflict(
                "The plan would do something else by now.",
                id="plan-changed",
                hint="Plan again and have it approved again.",
            )
        if plan.changes or task.imported or task.adopted:
            result = terraform.apply()
            _keep_state(task)
            _require(result)
            terraform.forget()
        return _outputs(terraform, task)

    def recover(self, task: Task) -> tuple[Plan, dict[str, Any]]:
        """Let what a lost worker left finish, store what it had to say, then refresh and plan."""
        _take_over(task, finish=Limits().apply)
        access = _access(task, "plan")
        terraform = self._terraform(task, access)
        self._prepare(task, terraform, access)
        plan = _plan(terraform, task)
        return plan, {} if plan.changes else _outputs(terraform, task)

    def look(self, task: Task) -> Look:
        """Plan what would have to change to have the world as asked for. It takes no lock and may not write."""
        access = _access(task, "plan")
        terraform = self._terraform(task, access, writes=False)
        self._prepare(task, terraform, access)
        try:
            plan = _plan(terraform, task, lock=False)
        finally:
            terraform.forget()
        return Look(plan.changes, plan.notes)

    def _prepare(self, task: Task, terraform: Terraform, access: Access) -> None:
        tags = {"ManagedBy": "cairn", "CairnResource": str(task.resource_id)}
        root = RootModule(
            MODULE,
            inputs={"name": task.name, **task.inputs},
            imposed={**task.imposed, **_versions(task)},
            secrets=tuple(task.secrets),
            secrets_in_state=task.secrets_in_state,
            outputs=task.outputs,
            imports={**task.imported, **task.adopted},
            providers={"aws": aws_provider(access.environment, default_tags=tags, role=access.role)},
        )
        write_workspace(terraform.workspace, task.module, root)
        _require(terraform.init())

    def _terraform(self, task: Task, access: Access, *, writes: bool = True) -> Terraform:
        secrets = {f"TF_VAR_{name}": value for name, value in task.secrets.items()}
        writes = writes and not task.is_preview
        state = credentials(_name(task), task.run_id, task.epoch, writes=writes)
        return Terraform(
            settings.TERRAFORM_BINARY,
            task.workspace / FOLDER,
            {**access.environment, **state, **secrets},
            lambda event: _log(task, event),
            should_stop=task.stop,
            mirror=find_mirror(settings.TERRAFORM_PLUGIN_MIRROR),
        )


def _access(task: Task, phase: Phase) -> Access:
    return access_to(_account(task), phase)


def _account(task: Task) -> CloudAccount | None:
    return CloudAccount.objects.get(pk=task.target) if task.target else None


def _name(task: Task) -> str:
    return f"preview-{task.resource_id}" if task.is_preview else f"resource-{task.resource_id}"


def _take_over(task: Task, *, finish: float = 0.0) -> None:
    """End what an earlier attempt left running here; it may finish within so many seconds."""
    for event in end_leftover(task.workspace / FOLDER, finish=finish, should_stop=task.stop):
        _log(task, event)
    release_stale_lock(workspace=_name(task), run_id=task.run_id, below_epoch=task.epoch)
    _keep_state(task)


def _keep_state(task: Task) -> None:
    """What Terraform could not store through the portal, it left in the workspace."""
    run = Run.objects.get(pk=task.run_id)
    if pick_up_errored_state(task.workspace / FOLDER, workspace=_name(task), run=run, epoch=task.epoch):
        task.log("Stored the state that Terraform could not store.")


def _log(task: Task, event: Event) -> None:
    intents.note(task.run_id, event)
    if event.text and event.kind not in {"version", "outputs"}:
        task.log(event.text)


def _require(result: Result) -> None:
    if result.failure:
        raise result.failure.as_error()


def _versions(task: Task) -> dict[str, int | None]:
    """How often each secret was set, for modules that set it again when that changes. What was never set by the portal
    is left alone."""
    text = "\n".join(file.read_text(encoding="utf-8") for file in task.module.glob("*.tf"))
    known = set(re.findall(r'^variable\s+"(\w+)"', text, re.MULTILINE))
    counts = {f"{name}_version": version or None for name, version in task.secret_versions.items()}
    return {name: version for name, version in counts.items() if name in known}


def _plan(terraform: Terraform, task: Task, *, lock: bool = True) -> Plan:
    _require(terraform.plan(destroy=task.action == "delete", lock=lock))
    account = _account(task)
    emulated = account.emulated if account else is_emulated(settings.AWS_ENVIRONMENT)
    label = account.label if account else LABEL
    notes = (f"Planned against the {label}, not a real account.",) if emulated else ()
    changes = _changes(sanitise(terraform.show_plan()))
    if task.imported:
        changes, notes = _without_marks(changes, task), (*notes, *_taken_on(task))
    adopted = (f"Takes on {address} ({name}), which was made before." for address, name in task.adopted.items())
    return Plan(changes, (*notes, *adopted))


#: Tags by which the portal knows what is its own.
MARKS = ("ManagedBy", "CairnResource")


def _without_marks(changes: tuple[Change, ...], task: Task) -> tuple[Change, ...]:
    """What taking on would change in the world: neither the portal's marks on what has none yet, nor settings that the
    provider keeps in its own head."""
    kept = (replace(change, fields=tuple(f for f in change.fields if not _is_mark(f, task))) for change in changes)
    return tuple(change for change in kept if change.fields or change.action != "update")


def _is_mark(field: FieldChange, task: Task) -> bool:
    mark = field.path.rpartition(".")[2] in MARKS and field.path.startswith("tags_all.") and field.before is None
    return mark or field.path in task.ignored


def _taken_on(task: Task) -> Iterator[str]:
    for address, identifier in sorted(task.imported.items()):
        yield f"Takes on {address} ({identifier}) and changes nothing of it but its tags {' and '.join(MARKS)}."


def _changes(plan: SanitisedPlan) -> tuple[Change, ...]:
    return tuple(
        Change(
            change.address,
            change.action,
            tuple(FieldChange(f.path, f.before, f.after, f.sensitive) for f in change.fields),
        )
        for change in plan.changes
        if change.action in {"create", "update", "replace", "delete"}
    )


def _outputs(terraform: Terraform, task: Task) -> dict[str, Any]:
    if task.action == "delete":
        return {}
    found = terraform.outputs()
    shown = [name for name, sensitive in task.outputs.items() if not sensitive]
    return {name: found[name].value for name in shown if name in found}

"""From a request to a backend's task."""

from collections.abc import Mapping
from typing import Any

from integrations.terraform.root_module import module_digest
from provisioning.asking import Asked
from provisioning.backends.base import Change, FieldChange, Plan, Task
from provisioning.blueprints.shelf import module_of
from provisioning.budgets import Use
from provisioning.judging import judged
from provisioning.models import Cluster, Request
from provisioning.planning import approval_digest
from provisioning.rules.definition import digest_of_rules
from provisioning.targets import kept_by
from runs.pipeline import StepContext


def request_of(context: StepContext) -> Request:
    """The request that a run is about."""
    rows = Request.objects.select_related("resource__cluster", "resource__cloud_account", "requested_by")
    return rows.get(pk=context.subject_id)


def asked_by(request: Request, summary: Mapping[str, int] | None = None) -> tuple[Asked, list[Use]]:
    """What ``request`` asks for as rules see it now, with what its plan would do, and the budgets that bind it."""
    resource = request.resource
    asked = Asked(
        request.definition,
        request.action,
        resource.name,
        resource.owner_ref,
        resource.environment,
        request.inputs,
        resource.inputs if request.action != "create" else {},
        version_before=resource.blueprint_version,
        summary=summary,
    )
    return judged(asked, resource, by=request.requested_by)


def facts(request: Request, summary: Mapping[str, int] | None = None) -> dict[str, Any]:
    """What policy and price look at."""
    return asked_by(request, summary)[0].facts


def task_of(request: Request, context: StepContext) -> Task:
    """The work for the backend, with the secrets that it needs, which the log will not hold."""
    resource = request.resource
    blueprint = request.definition
    secrets = {secret.name: secret.value for secret in resource.secrets.filter(name__in=list(blueprint.secrets))}
    for value in secrets.values():
        context.redact(value)
    target = kept_by(resource)
    return Task(
        # To a backend an upgrade is a change like others.
        action="update" if request.action == "upgrade" else request.action,  # type: ignore[arg-type]  # the model holds nothing else
        resource_id=resource.pk,
        name=resource.name,
        environment=resource.environment,
        owner_ref=resource.owner_ref,
        inputs=request.inputs,
        imposed=blueprint.imposed_on(facts(request)),
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
        target=target.pk if target else None,
        profile=target.profile if isinstance(target, Cluster) else {},
    )


def stored_plan(request: Request) -> Plan:
    """The plan as it was stored and approved."""
    raw = request.plan or {"changes": [], "notes": []}
    changes = tuple(
        Change(
            change["address"],
            change["action"],
            tuple(FieldChange(**field) for field in change["fields"]),
            change["note"],
        )
        for change in raw["changes"]
    )
    return Plan(changes, tuple(raw["notes"]))


def digest_of(request: Request, plan: Plan) -> str:
    """What approvals of ``request`` are bound to, as blueprint, module and rules stand now."""
    blueprint = request.definition
    asked, _ = asked_by(request, plan.summary)
    return approval_digest(
        resource=request.resource_id,
        action=request.action,
        inputs=request.inputs,
        imposed=blueprint.imposed_on(asked.facts),
        blueprint=[blueprint.name, blueprint.version],
        module=module_digest(module_of(blueprint)) if blueprint.backend == "terraform" else "",
        plan=plan.digest,
        policy=[request.policy.get("decision"), request.stages],
        rules=digest_of_rules([rule for rule in asked.rules or () if rule.concerns(blueprint)], asked.facts),
    )

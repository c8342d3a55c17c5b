"""From a request to a backend's task."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from integrations.terraform.root_module import module_digest
from provisioning.asking import Asked
from provisioning.backends.base import Backend, Change, FieldChange, Plan, Task
from provisioning.backends.bookkeeping import Bookkeeping
from provisioning.backends.registry import backend_named
from provisioning.blueprints.definition import Blueprint
from provisioning.blueprints.shelf import module_of
from provisioning.budgets import Use
from provisioning.effects import facts_of_resource
from provisioning.importing import imported_objects
from provisioning.judging import judged
from provisioning.models import Cluster, Request, Resource
from provisioning.planning import approval_digest
from provisioning.rules.definition import digest_of_rules
from provisioning.targets import kept_by
from provisioning.verbs import VERBS
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
        {} if VERBS[request.action].is_new else resource.inputs,
        version_before=resource.blueprint_version,
        summary=summary,
        parameters=request.parameters,
        receiver_ref=request.receiver_ref,
        made_for=resource.made_for,
    )
    return judged(asked, resource, by=request.requested_by)


def facts(request: Request, summary: Mapping[str, int] | None = None) -> dict[str, Any]:
    """What policy and price look at."""
    return asked_by(request, summary)[0].facts


def task_of(request: Request, context: StepContext) -> Task:
    """The work for the backend, with the secrets that it needs, which the log will not hold."""
    blueprint = request.definition
    secrets, versions = secrets_of(request.resource, blueprint, turning=request.action == "rotate")
    task = task_for(request.resource, blueprint, context, secrets, versions)
    imports = blueprint.imports if request.action == "import" else None
    return replace(
        task,
        action=request.effect,
        owner_ref=request.future_owner_ref,
        inputs=request.inputs,
        imposed=imposed_on(request),
        imported=imported_objects(imports, request.parameters) if imports else {},
        adopted=request.parameters.get("adopt", {}),
    )


def task_for(
    resource: Resource,
    blueprint: Blueprint,
    context: StepContext,
    secrets: Mapping[str, str],
    versions: Mapping[str, int],
) -> Task:
    """What a backend needs to know of a resource as it stands."""
    for value in secrets.values():
        context.redact(value)
    target = kept_by(resource)
    return Task(
        action="update",
        resource_id=resource.pk,
        name=resource.name,
        environment=resource.environment,
        owner_ref=resource.owner_ref,
        inputs=resource.inputs,
        imposed=blueprint.imposed_on(facts_of_resource(resource, "update")),
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
        secret_versions=versions,
        ignored=blueprint.imports.ignored if blueprint.imports else (),
    )


def backend_of(request: Request) -> Backend:
    """What does the work of a request."""
    if request.effect == "none":
        return Bookkeeping(request)
    return backend_named(request.definition.backend)


def imposed_on(request: Request) -> dict[str, Any]:
    """The platform's values, as of whoever owns it then."""
    owner = request.future_owner_ref
    return request.definition.imposed_on(facts(request) | {"owner": owner, "team": owner.rsplit("/", 1)[-1]})


def secrets_of(
    resource: Resource, blueprint: Blueprint, *, turning: bool = False
) -> tuple[dict[str, str], dict[str, int]]:
    """The values that a backend sets, and how often each was set then; ``turning`` is for a rotation."""
    rows = list(resource.secrets.filter(name__in=list(blueprint.secrets)))
    values = {secret.name: secret.next_value if turning else secret.value for secret in rows}
    return values, {secret.name: secret.version + turning for secret in rows}


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
        parameters=request.parameters,
        receiver=request.receiver_ref,
        imposed=imposed_on(request),
        blueprint=[blueprint.name, blueprint.version],
        module=module_digest(module_of(blueprint)) if blueprint.backend == "terraform" else "",
        plan=plan.digest,
        policy=[request.policy.get("decision"), request.stages],
        rules=digest_of_rules([rule for rule in asked.rules or () if rule.concerns(blueprint)], asked.facts),
    )

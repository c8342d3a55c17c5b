"""How blueprints, requests and resources are said to programs."""

from typing import Any

from provisioning.blueprints.definition import Blueprint
from provisioning.models import Request, Resource


def blueprint_json(blueprint: Blueprint) -> dict[str, Any]:
    """A blueprint as the API shows it."""
    return {
        "name": blueprint.name,
        "title": blueprint.title,
        "version": blueprint.version,
        "owner": blueprint.owner,
        "description": blueprint.description,
        "environments": list(blueprint.environments),
        "inputs": blueprint.inputs,
        "outputs": {output.name: {"title": output.title} for output in blueprint.outputs},
        "secrets": sorted(blueprint.secrets),
        "policy": [
            {
                "when": rule.when,
                "effect": rule.effect,
                "reason": rule.reason,
                "approvers": rule.approvers,
                "count": rule.count,
            }
            for rule in blueprint.policy
        ],
    }


def request_json(request: Request) -> dict[str, Any]:
    """A request as the API shows it."""
    run, resource = request.run, request.resource
    return {
        "id": request.pk,
        "title": request.title,
        "action": request.action,
        "blueprint": resource.blueprint,
        "name": resource.name,
        "owner": resource.owner_ref,
        "environment": resource.environment,
        "inputs": request.inputs,
        "state": request.state,
        "waiting_for": run.waiting_for if run and not request.is_final else [],
        "policy": {"decision": request.policy.get("decision"), "reasons": request.policy.get("reasons", [])},
        "plan": request.plan,
        "digest": request.digest,
        "price": request.price,
        "approvals": [
            {"by": approval.by.entity_ref, "decision": approval.decision, "reason": approval.reason, "at": approval.at}
            for approval in request.approvals.select_related("by").order_by("pk")
        ],
        "run": {"id": run.pk, "state": run.state} if run else None,
        "resource": {"id": resource.pk, "entity_ref": resource.entity_ref or None, "outputs": resource.outputs},
        "error": request.error,
        "requested_by": request.requested_by.entity_ref if request.requested_by else None,
        "created_at": request.created_at,
        "finished_at": request.finished_at,
        "expires_at": request.expires_at,
    }


def resource_json(resource: Resource) -> dict[str, Any]:
    """A resource as the API shows it: never the value of a secret."""
    names = (
        "id",
        "blueprint",
        "blueprint_version",
        "name",
        "environment",
        "inputs",
        "state",
        "outputs",
        "created_at",
        "changed_at",
    )
    return {name: getattr(resource, name) for name in names} | {
        "owner": resource.owner_ref,
        "entity_ref": resource.entity_ref or None,
        "secrets": [
            {"name": secret.name, "title": secret.title, "revealed_at": secret.revealed_at}
            for secret in resource.secrets.all()
        ],
    }

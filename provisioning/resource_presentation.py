"""How resources, and what is known beside them, are said to programs."""

from typing import Any

from accounts.models import User
from accounts.permissions import may_act_for
from provisioning.day_two import possible
from provisioning.dependants import dependants_of
from provisioning.models import Drift, Resource, StateVersion
from provisioning.overview import connecting, price_now
from provisioning.upgrading import behind
from runs.models import Run


def target_name(resource: Resource) -> str | None:
    """The cluster or cloud account by name; None for what was made before there were several."""
    target = resource.cluster or resource.cloud_account
    return target.name if target else None


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
        "protected",
        "expires_at",
        "quarantined_until",
        "created_at",
        "changed_at",
    )
    price = price_now(resource)
    return {name: getattr(resource, name) for name in names} | {
        "owner": resource.owner_ref,
        "behind": behind(resource),
        "target": target_name(resource),
        "entity_ref": resource.entity_ref or None,
        "made_for": resource.made_for or None,
        "price": price.as_json() if price else None,
        "secrets": [
            {
                "name": secret.name,
                "title": secret.title,
                "version": secret.version,
                "revealed_at": secret.revealed_at,
            }
            for secret in resource.secrets.all()
        ],
    }


def drift_json(resource: Resource) -> dict[str, Any]:
    """What the latest look found, as the API shows it."""
    drift = Drift.objects.filter(resource=resource).first() or Drift(resource=resource)
    names = ("state", "checked_at", "changes", "note")
    return {name: getattr(drift, name) for name in names}


def resource_detail_json(resource: Resource, user: User) -> dict[str, Any]:
    """The same with how to connect, what ``user`` may ask of it, its drift, and what of the catalog depends on it."""
    found = dependants_of(resource, user)
    return resource_json(resource) | {
        "connect": connecting(resource),
        "actions": possible(resource) if may_act_for(user, resource.owner_ref) else [],
        "drift": drift_json(resource),
        "dependants": {"refs": [entity.ref for entity in found.seen], "hidden": found.hidden},
    }


def state_json(version: StateVersion) -> dict[str, Any]:
    """A version of a state: never what is in it."""
    return {name: getattr(version, name) for name in ("serial", "created_at", "size")} | {"run": version.run_id}


def run_json(run: Run) -> dict[str, Any]:
    """A run in brief."""
    names = ("id", "title", "pipeline", "state", "created_at", "finished_at")
    return {name: getattr(run, name) for name in names}

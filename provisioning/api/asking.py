"""A request as a script sends it: a JSON body, or a manifest."""

from dataclasses import asdict
from typing import Any

from accounts.models import User
from common.errors import FieldError, UserError
from provisioning.asking import Asked, asked_of, mistakes
from provisioning.blueprints import blueprint_named, offered
from provisioning.blueprints.definition import Blueprint
from provisioning.judging import judged
from provisioning.models import Resource
from provisioning.namespace_request import parse
from provisioning.permissions import visible_resource
from provisioning.presentation import decision_json, use_json
from provisioning.upgrading import asked_upgrade, differences_of


def read_asked(body: Any, user: User) -> tuple[Asked, Resource | None]:
    """What a body asks for, and the resource that it would change; UserError names the fields that are wrong."""
    if not isinstance(body, dict):
        raise UserError("The body must be an object.")
    if (pk := body.get("resource")) is not None:
        return _day_two(body, user, pk)
    _texts(body, "blueprint", "name", "owner", "environment", "target")
    inputs = body.get("inputs", {})
    if not isinstance(inputs, dict):
        raise UserError("inputs must be an object.", fields=[FieldError("inputs", "It must be an object.")])
    blueprint = _blueprint(body.get("blueprint", ""))
    owner = group_ref(body.get("owner", ""))
    name, environment, target = body.get("name", ""), body.get("environment", ""), body.get("target", "")
    return Asked(blueprint, "create", name, owner, environment, inputs, target=target), None


def _texts(body: dict[str, Any], *names: str) -> None:
    wrong = [FieldError(name, "It must be text.") for name in names if not isinstance(body.get(name, ""), str)]
    if wrong:
        raise UserError("The body is not valid.", fields=wrong)


def _blueprint(name: str) -> Blueprint:
    if not name:
        names = ", ".join(blueprint.name for blueprint in offered())
        raise UserError("Which blueprint?", fields=[FieldError("blueprint", "This is needed.", f"One of {names}.")])
    return blueprint_named(name)


def _day_two(body: dict[str, Any], user: User, pk: Any) -> tuple[Asked, Resource]:
    if type(pk) is not int:
        raise UserError("resource must be a number.", fields=[FieldError("resource", "It must be a number.")])
    resource = visible_resource(user, pk)
    action = body.get("action")
    if action not in ("update", "delete", "upgrade"):
        known = "update, upgrade or delete."
        raise UserError("Which action?", fields=[FieldError("action", f"{action} is not known.", known)])
    given = body.get("inputs") or {}
    if not isinstance(given, dict):
        raise UserError("inputs must be an object.", fields=[FieldError("inputs", "It must be an object.")])
    if action == "upgrade":
        _texts(body, "version")
        return asked_upgrade(resource, given, body.get("version", "")), resource
    return asked_of(resource, action, {**resource.inputs, **given}), resource


def group_ref(text: str) -> str:
    """A team as people write it, as an entity reference; empty stays empty."""
    if not text:
        return ""
    kind, colon, rest = text.rpartition(":")
    namespace, slash, name = rest.rpartition("/")
    return f"{kind if colon else 'group'}:{namespace if slash else 'default'}/{name}".lower()


def read_manifest(text: str, environment: str, target: str = "") -> Asked:
    """What a ``NamespaceRequest`` asks for; ``environment`` is for one that names none, ``target`` the cluster."""
    manifest = parse(text)
    return Asked(
        blueprint_named("namespace"),
        "create",
        manifest.name,
        manifest.owner_ref,
        manifest.environment or environment or "development",
        manifest.inputs,
        target=target,
    )


def verdict_json(asked: Asked, resource: Resource | None = None, *, by: User) -> dict[str, Any]:
    """What policy and price say, and what is wrong."""
    found = mistakes(asked)
    asked, uses = judged(asked, resource, by=by)
    more: dict[str, Any] = {}
    if resource and asked.action == "upgrade":
        differing = [asdict(difference) for difference in differences_of(resource, asked)]
        more = {
            "from": resource.blueprint_version,
            "to": asked.blueprint.version,
            "differences": differing,
        }
    return more | {
        "policy": decision_json(asked.decision.as_json()),
        "price": asked.price.as_json() if asked.price and not found else None,
        "budgets": [use_json(use) for use in uses],
        "errors": [{"path": error.path, "message": error.message, "hint": error.hint} for error in found],
    }

"""A request as a script sends it: a JSON body, or a manifest."""

from dataclasses import asdict, replace
from typing import Any

from accounts.models import User
from common.errors import FieldError, UserError
from provisioning.asking import Asked, mistakes
from provisioning.blueprints import blueprint_named, offered
from provisioning.blueprints.definition import Blueprint
from provisioning.day_two import PARAMETERS, group_ref, require_possible, wish
from provisioning.judging import judged
from provisioning.models import Resource
from provisioning.namespace_request import parse
from provisioning.permissions import visible_resource
from provisioning.presentation import decision_json, use_json
from provisioning.upgrading import differences_of


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
    action, parameters = _new(body)
    name, environment, target = body.get("name", ""), body.get("environment", ""), body.get("target", "")
    asked = Asked(blueprint, action, name, owner, environment, inputs, target=target)
    return replace(asked, parameters=parameters), None


def _new(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Whether it is made or taken on, and how long it lives."""
    action = body.get("action", "create")
    if action not in ("create", "import"):
        hint = "create, import; for others name a resource."
        raise UserError("Which action?", fields=[FieldError("action", f"{action} is not known here.", hint)])
    ttl = {"ttl": body["ttl"]} if body.get("ttl") is not None else {}
    return action, ttl | ({"identifiers": body.get("identifiers", {})} if action == "import" else {})


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
    given = body.get("inputs") or {}
    if not isinstance(given, dict):
        raise UserError("inputs must be an object.", fields=[FieldError("inputs", "It must be an object.")])
    _texts(body, "version")
    action = str(body.get("action"))
    told = {name: body[name] for name in PARAMETERS if name in body}
    return wish(resource, action, inputs=given, given=told), resource


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
    if resource:
        require_possible(asked, resource)
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

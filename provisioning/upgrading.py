"""Asking for another version of a resource's blueprint."""

from collections.abc import Mapping
from typing import Any

from common.errors import Conflict, FieldError, NotFound, UserError
from provisioning.asking import Asked, asked_of
from provisioning.blueprints import newer_than, versions_of
from provisioning.blueprints.definition import Blueprint
from provisioning.models import Resource
from provisioning.policy import facts_of
from provisioning.upgrades import Difference, carried_over, differences


def target_of(resource: Resource, version: str = "") -> Blueprint:
    """The version to upgrade to, the newest without a name; Conflict when it is the newest already, UserError for one
    that is not offered or is older."""
    newer = newer_than(resource.blueprint, resource.blueprint_version)
    if not version:
        if not newer:
            message = f"{resource.name} is on the newest version, {resource.blueprint_version}."
            raise Conflict(message, id="newest-version")
        return newer[0]
    for found in newer:
        if found.version == version:
            return found
    known = version in {found.version for found in versions_of(resource.blueprint)}
    message = f"{resource.name} is on {resource.blueprint_version} already." if known else f"{version} is not offered."
    choice = ", ".join(found.version for found in newer)
    hint = f"It can become {choice}." if choice else "It is on the newest version."
    raise UserError(message, id="no-upgrade", hint=hint, fields=[FieldError("version", message, hint)])


def asked_upgrade(resource: Resource, given: Mapping[str, Any] | None = None, version: str = "") -> Asked:
    """The wish to upgrade: with the inputs that ``resource`` has, the defaults of new ones, and over them those that
    are ``given``."""
    target = target_of(resource, version)
    if target.backend != resource.definition.backend:
        message = f"{target.name} {target.version} is made in another way than what is there."
        raise Conflict(message, id="other-backend", hint="Ask for a new one, then move over.")
    inputs = carried_over(target, resource.inputs) | dict(given or {})
    return asked_of(resource, "upgrade", inputs, target)


def differences_of(resource: Resource, asked: Asked) -> list[Difference]:
    """What the upgrade changes for ``resource``."""
    before = facts_of(
        action="update",
        name=resource.name,
        owner=resource.owner_ref,
        environment=resource.environment,
        inputs=resource.inputs,
    )
    return differences(resource.definition, asked.blueprint, before, asked.facts)


def behind(resource: Resource) -> int:
    """How many offered versions are newer than that of ``resource``; none when its blueprint is gone."""
    try:
        return len(newer_than(resource.blueprint, resource.blueprint_version))
    except NotFound:
        return 0

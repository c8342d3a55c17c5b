"""What is asked of a resource that is there: each action with what it needs, and what the resource refuses."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import Team
from accounts.permissions import short
from common.errors import Conflict, FieldError, UserError
from provisioning.asking import Asked, asked_of
from provisioning.blueprints.definition import Blueprint
from provisioning.dependants import dependants_of
from provisioning.drift import accepted, unmapped
from provisioning.effects import facts_of_resource
from provisioning.expiry import latest_expiry, wrong_ttl
from provisioning.models import Drift, Resource
from provisioning.models.drift import DriftState
from provisioning.upgrading import asked_upgrade
from provisioning.verbs import DAY_TWO, VERBS

Given = Mapping[str, Any]
#: What a body or a form may say beside inputs.
PARAMETERS = ("ttl", "to", "acknowledge_dependants", "version")


def wish(resource: Resource, action: str, *, inputs: Given | None = None, given: Given | None = None) -> Asked:
    """``action`` of ``resource``; ``inputs`` are those that change, ``given`` the PARAMETERS.

    UserError names what is wrong with them, Conflict says why it makes no sense now.
    """
    if action not in {verb.name for verb in DAY_TWO}:
        names = ", ".join(verb.name for verb in DAY_TWO)
        raise UserError("Which action?", fields=[FieldError("action", f"{action} is not known.", f"One of {names}.")])
    if action == "upgrade":
        return asked_upgrade(resource, inputs, str((given or {}).get("version") or ""))
    merged = {**resource.inputs, **(inputs or {})} if action == "update" else dict(resource.inputs)
    asked = asked_of(resource, action, merged)
    prepare = _PREPARE.get(action)
    return prepare(asked, resource, given or {}) if prepare else asked


def require_possible(asked: Asked, resource: Resource) -> None:
    """Conflict for what the resource does not allow as it stands, whoever asks."""
    verb = VERBS[asked.action]
    if resource.quarantined_until and not verb.in_quarantine:
        until = resource.quarantined_until
        raise Conflict(
            f"{resource.name} is in quarantine and is deleted on {until:%-d %B %Y}.",
            id="in-quarantine",
            hint="Bring it back first: action restore.",
        )
    if asked.action in {"delete", "quarantine"} and not asked.parameters.get("agreed"):
        _require_deletable(asked, resource)


def may_quarantine(resource: Resource) -> int | None:
    """The hours that it is out of service before it is deleted; None where it is deleted at once."""
    period = resource.definition.quarantine_of(facts_of_resource(resource))
    return period.hours if period else None


def _require_deletable(asked: Asked, resource: Resource) -> None:
    if resource.protected:
        raise Conflict(
            f"{resource.name} is protected from deletion.",
            id="protected",
            hint="Take the protection off first, in a request of its own: action unprotect.",
        )
    if asked.action == "delete" and (hours := may_quarantine(resource)) is not None:
        _require_quarantine(resource, hours)
    found = dependants_of(resource, None)
    if found and asked.parameters.get("acknowledge_dependants") is not True:
        raise Conflict(
            f"{found.count} of the catalog depend{'s' if found.count == 1 else ''} on {resource.name}.",
            id="has-dependants",
            hint="Ask their owners first. Then say that you know: acknowledge_dependants.",
            fields=[FieldError("acknowledge_dependants", "Others depend on it.", "true says that you know.")],
        )


def _require_quarantine(resource: Resource, hours: int) -> None:
    if resource.quarantined_until is None:
        raise Conflict(
            f"{resource.name} is first put out of service for {hours} hours.",
            id="quarantine-first",
            hint="Ask for action quarantine; after that time it is deleted by itself unless somebody brings it back.",
        )
    if resource.quarantined_until > timezone.now():
        raise Conflict(
            f"{resource.name} is in quarantine until {resource.quarantined_until:%-d %B %Y, %H:%M} UTC.",
            id="in-quarantine",
            hint="It is deleted by itself then. Until then it can be brought back: action restore.",
        )


def _delete(asked: Asked, resource: Resource, given: Given) -> Asked:
    return _with(asked, acknowledge_dependants=given.get("acknowledge_dependants") is True)


def _quarantine(asked: Asked, resource: Resource, given: Given) -> Asked:
    hours = may_quarantine(resource)
    if hours is None:
        raise Conflict(f"{resource.name} has no quarantine.", id="no-quarantine", hint="Ask for action delete.")
    return _with(_delete(asked, resource, given), hours=hours)


def _restore(asked: Asked, resource: Resource, given: Given) -> Asked:
    if resource.quarantined_until is None:
        raise Conflict(f"{resource.name} is not in quarantine.", id="not-in-quarantine")
    return asked


def _protection(asked: Asked, resource: Resource, given: Given) -> Asked:
    wanted = asked.action == "protect"
    if resource.protected == wanted:
        word = "protected already" if wanted else "not protected"
        raise Conflict(f"{resource.name} is {word}.", id="nothing-to-change")
    own = asked.blueprint.protection
    if own and wanted and resource.environment != "production":
        raise Conflict(f"A {asked.blueprint.noun} is protected in production only.", id="not-protectable")
    return _inputs(asked, {**asked.inputs, own: wanted}) if own else asked


def _extend(asked: Asked, resource: Resource, given: Given) -> Asked:
    if resource.expires_at is None:
        raise Conflict(f"{resource.name} does not expire.", id="does-not-expire")
    facts, ttl = facts_of_resource(resource), given.get("ttl")
    if ttl is None:
        ttl = (period.hours if (period := asked.blueprint.lifetime_of(facts)) else 24) * 3600
    if wrong := wrong_ttl(ttl, asked.blueprint, facts):
        raise UserError("The time needs a change.", id="request-invalid", fields=wrong)
    latest = latest_expiry(asked.blueprint, facts, resource.created_at)
    if resource.expires_at >= latest:
        message = f"{resource.name} has its longest life already."
        raise Conflict(message, id="longest-life", hint="Ask for a new one, or for one that stays.")
    start = max(resource.expires_at, timezone.now())
    until: datetime = min(start + timedelta(seconds=ttl), latest)
    return _with(asked, expires_at=until.isoformat())


def _drifted(asked: Asked, resource: Resource, given: Given) -> Asked:
    """Drift that the latest look found; planning looks again."""
    drift = Drift.objects.filter(resource=resource).first()
    if drift is None or drift.state != DriftState.DRIFTED:
        raise Conflict(f"No drift of {resource.name} is known.", id="no-drift", hint="Have it looked at first.")
    if asked.action == "repair":
        return asked
    if left := unmapped(asked.blueprint, drift.changes):
        raise Conflict(
            f"This cannot be taken on: {', '.join(left)}.",
            id="not-acceptable",
            hint="No input says it. Repair it, or change it back where it was changed.",
        )
    return _inputs(asked, accepted(asked.blueprint, drift.changes, asked.inputs))


def _rotate(asked: Asked, resource: Resource, given: Given) -> Asked:
    if not resource.secrets.exists():
        raise Conflict(f"{resource.name} has no credentials of the portal's.", id="no-credentials")
    return asked


def _transfer(asked: Asked, resource: Resource, given: Given) -> Asked:
    to = group_ref(given["to"]) if isinstance(given.get("to"), str) else ""
    if not to:
        problem = FieldError("to", "This is needed.", "The team that is to own it.")
    elif "\0" in to or not Team.objects.filter(ref=to).exists():
        problem = FieldError("to", f"There is no team {short(to)}.", "Teams are the catalog's Groups.")
    elif to == resource.owner_ref:
        problem = FieldError("to", f"{short(to)} owns it already.")
    else:
        return replace(asked, receiver_ref=to)
    raise UserError("Whose is it to be?", id="request-invalid", fields=[problem])


_PREPARE: dict[str, Callable[[Asked, Resource, Given], Asked]] = {
    "delete": _delete,
    "quarantine": _quarantine,
    "restore": _restore,
    "protect": _protection,
    "unprotect": _protection,
    "extend": _extend,
    "repair": _drifted,
    "accept": _drifted,
    "rotate": _rotate,
    "transfer": _transfer,
}


def possible(resource: Resource) -> list[str]:
    """The actions that make sense for a resource as it stands, for pages to offer."""
    if not resource.is_there:
        return []
    if resource.quarantined_until:
        return ["restore"]
    blueprint, drifted = resource.definition, Drift.objects.filter(resource=resource, state=DriftState.DRIFTED)
    offers = {
        "resize": bool(blueprint.sizes),
        "extend": resource.expires_at is not None,
        "rotate": resource.secrets.exists(),
        "repair": drifted.exists(),
        "protect": not resource.protected and _is_protectable(blueprint, resource),
        "unprotect": resource.protected,
        "quarantine": not resource.protected and may_quarantine(resource) is not None,
        "delete": not resource.protected and may_quarantine(resource) is None,
    }
    return ["update", "transfer", *(name for name, sensible in offers.items() if sensible)]


def _is_protectable(blueprint: Blueprint, resource: Resource) -> bool:
    return not blueprint.protection or resource.environment == "production"


def group_ref(text: str) -> str:
    """A team as people write it, as an entity reference; empty stays empty."""
    if not text:
        return ""
    kind, colon, rest = text.rpartition(":")
    namespace, slash, name = rest.rpartition("/")
    return f"{kind if colon else 'group'}:{namespace if slash else 'default'}/{name}".lower()


def _with(asked: Asked, **parameters: Any) -> Asked:
    return replace(asked, parameters={**asked.parameters, **parameters})


def _inputs(asked: Asked, inputs: Mapping[str, Any]) -> Asked:
    return replace(asked, inputs=inputs)

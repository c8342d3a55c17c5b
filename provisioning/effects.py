"""What a request leaves behind in the portal's own rows: when it begins, when it comes to nothing, when it is done."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from provisioning.asking import Asked
from provisioning.expiry import first_expiry
from provisioning.generated import forget_secrets_of, generate_secrets, generated
from provisioning.models import Drift, Request, Resource, Secret
from provisioning.models.drift import DriftState
from provisioning.policy import facts_of
from provisioning.targets import place_of
from provisioning.telling import tell
from provisioning.verbs import VERBS
from provisioning.version_actions import keep_shipped

PRODUCTION = "production"
#: After these the world is as it was asked for, as far as the portal can say.
_SETTLES = frozenset({"create", "import", "update", "restore"})


def new_resource(asked: Asked) -> Resource:
    """The row of what is about to be made or taken on, with its secrets."""
    resource = Resource.objects.create(
        blueprint=asked.blueprint.name,
        blueprint_version=asked.blueprint.version,
        name=asked.name,
        environment=asked.environment,
        owner_ref=asked.owner_ref,
        inputs=dict(asked.inputs),
        made_for=asked.made_for,
        **place_of(asked.blueprint, asked.environment, asked.target),
    )
    keep_shipped(asked.blueprint)
    generate_secrets(resource, asked.blueprint)
    if asked.action == "import":
        resource.secrets.update(version=0)
    return resource


def begin(request: Request) -> None:
    """A rotation has its new values from the beginning, so that its plan and its apply set the same; an upgrade has
    the secrets that are new in it."""
    if request.action == "upgrade":
        keep_shipped(request.definition)
        generate_secrets(request.resource, request.definition)
    if request.action == "rotate":
        for secret in request.resource.secrets.all():
            secret.next_ciphertext = Secret.seal(generated())
            secret.save(update_fields=["next_ciphertext"])


def forget(request: Request) -> None:
    """A rotation or an upgrade that came to nothing."""
    forget_secrets_of(request)
    if request.action == "rotate":
        request.resource.secrets.update(next_ciphertext=None)


def abandon(request: Request) -> None:
    """A rotation that is left half done: which value counts outside is not known, so whatever is planned next sets the
    known one again."""
    if request.action == "rotate":
        request.resource.secrets.update(next_ciphertext=None, version=F("version") + 2)


def finish(request: Request, outputs: dict[str, Any]) -> None:
    """Change the resource of a request that was done; nothing is saved but rows beside it."""
    resource, now, verb = request.resource, timezone.now(), VERBS[request.action]
    resource.outputs = outputs
    if verb.changes_inputs:
        resource.inputs = request.inputs
        resource.protected = _is_protected(request)
    if verb.is_new:
        resource.expires_at = first_expiry(resource.definition, facts_of_resource(resource), _ttl(request), now)
    elif request.action == "extend":
        resource.expires_at, resource.warned_hours = datetime.fromisoformat(request.parameters["expires_at"]), None
    elif request.action == "quarantine":
        resource.quarantined_until = now + timedelta(hours=request.parameters["hours"])
    elif request.action == "restore":
        resource.quarantined_until = None
    elif request.action == "rotate":
        _turn(resource)
    elif request.action == "transfer":
        _hand_over(request)
    if request.effect in _SETTLES:
        look_later(resource, DriftState.CLEAN)


def look_later(resource: Resource, state: DriftState, note: str = "") -> None:
    """Remember what is known of drift without having looked."""
    now = timezone.now()
    known = {"state": state, "changes": [], "note": note, "checked_at": now}
    Drift.objects.update_or_create(resource=resource, defaults=known, create_defaults=known | {"due_at": now})


def facts_of_resource(resource: Resource, action: str = "create") -> dict[str, Any]:
    """What conditions may ask about a resource as it stands."""
    return facts_of(
        action=action,
        name=resource.name,
        owner=resource.owner_ref,
        environment=resource.environment,
        inputs=resource.inputs,
        current=resource.inputs,
        ephemeral=bool(resource.made_for),
    )


def _is_protected(request: Request) -> bool:
    resource = request.resource
    if own := resource.definition.protection:
        return resource.environment == PRODUCTION and request.inputs.get(own) is not False
    if VERBS[request.action].is_new:
        return resource.environment == PRODUCTION
    return {"protect": True, "unprotect": False}.get(request.action, resource.protected)


def _ttl(request: Request) -> int | None:
    ttl = request.parameters.get("ttl")
    return int(ttl) if ttl is not None else None


def _turn(resource: Resource) -> None:
    for secret in resource.secrets.exclude(next_ciphertext=None):
        secret.ciphertext, secret.next_ciphertext = secret.next_ciphertext, None
        secret.version, secret.revealed_at, secret.revealed_to = secret.version + 1, None, ""
        secret.save()


def _hand_over(request: Request) -> None:
    """Both sides find it in their trail."""
    resource, giver = request.resource, request.resource.owner_ref
    resource.owner_ref = request.receiver_ref
    for word, side in (("given", giver), ("received", request.receiver_ref)):
        moved = {"from": giver, "to": request.receiver_ref, "request": request.pk}
        tell(word, resource, by=request.requested_by, owner_ref=side, **moved)

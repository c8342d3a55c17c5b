"""Showing a secret, once."""

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from audit.record import record
from common.errors import Conflict, NotFound
from provisioning.models import Resource, Secret
from provisioning.models.resource import ResourceState
from provisioning.permissions import may_reveal


@transaction.atomic
def reveal(*, resource: Resource, name: str, by: User) -> str:
    """The value of a secret, once, to a member of the owner."""
    require(may_reveal(by, resource))
    secret = Secret.objects.select_for_update().filter(resource=resource, name=name).first()
    if secret is None or resource.state == ResourceState.PENDING:
        raise NotFound(f"There is no secret {name}.")
    if secret.version == 0:
        message = "The portal does not know it: it was there before the portal took this on."
        raise Conflict(message, id="secret-unknown", hint="Rotate the credentials to set a new one.")
    if secret.revealed_at:
        raise Conflict(
            f"It was shown to {secret.revealed_to.rsplit('/', 1)[-1]} already.",
            id="revealed",
            hint="It is shown once; ask them for it.",
        )
    value = secret.value
    secret.revealed_at, secret.revealed_to = timezone.now(), by.entity_ref
    secret.save(update_fields=["revealed_at", "revealed_to"])
    record(
        "secret.revealed",
        by=by,
        subject_kind="resource",
        subject_id=str(resource.pk),
        subject_label=resource.name,
        owner_ref=resource.owner_ref,
        data={"secret": name},
    )
    return value

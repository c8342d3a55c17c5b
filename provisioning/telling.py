"""What happens to a resource by itself: in the trail, and to those who listen by webhook."""

from accounts.models import User
from audit.record import record
from provisioning.models import Resource
from runs.webhooks.announce import announce

#: What endpoints can hear of a resource.
WORDS = ("expiring", "end-refused", "drift-clean", "drift-drifted", "drift-failed", "given", "received")


def tell(word: str, resource: Resource, *, by: User | None, owner_ref: str = "", **data: object) -> None:
    """Say that a ``resource`` is ``word``, one of WORDS, to its owner or another. In the transaction of the change."""
    whose = owner_ref or resource.owner_ref
    note(f"resource.{word}", resource, by=by, owner_ref=whose, **data)
    about = {"id": resource.pk, "name": resource.name, "blueprint": resource.blueprint, "owner": whose}
    announce(f"resource.{word}", owner_ref=whose, data={"resource": about, **data})


def note(verb: str, resource: Resource, *, by: User | None, owner_ref: str = "", **data: object) -> None:
    """Add an event about a resource to the trail."""
    record(
        verb,
        by=by,
        subject_kind="resource",
        subject_id=str(resource.pk),
        subject_label=resource.name,
        owner_ref=owner_ref or resource.owner_ref,
        data=dict(data),
    )

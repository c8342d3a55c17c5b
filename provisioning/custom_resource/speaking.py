"""For whom a NamespaceRequest may speak.

Kubernetes does not say who wrote an object, and annotations are anybody's, so the namespace that it lies in decides:
whoever may write there has been let in by those whose namespace it is.
"""

from collections.abc import Mapping
from typing import Any

from accounts.models import Team
from accounts.permissions import short
from common.errors import FieldError, UserError
from provisioning.models import Cluster, Resource

ANY_TEAM = "*"


def speaker_of(cluster: Cluster, namespace: str) -> str:
    """The team for which requests in ``namespace`` may speak, ``*`` for any, empty for none.

    A namespace that the portal has made speaks for its owner; others for whom the cluster's intake says.
    """
    mine = Resource.objects.existing().filter(blueprint="namespace", name=namespace)
    in_cluster = mine.filter(cluster=cluster).first()
    if in_cluster is None and cluster.configured:
        in_cluster = mine.filter(cluster=None).first()
    return in_cluster.owner_ref if in_cluster else str(cluster.intake.get(namespace, ""))


def require_speaks(cluster: Cluster, namespace: str, owner_ref: str) -> None:
    """Raise UserError when a request in ``namespace`` may not ask for ``owner_ref``."""
    speaker = speaker_of(cluster, namespace)
    if not speaker:
        raise UserError(
            f"Requests in the namespace {namespace} speak for nobody.",
            id="not-vouched-for",
            hint="Apply it in a namespace of the team, or have a platform admin say for whom this one speaks.",
        )
    if speaker not in (ANY_TEAM, owner_ref):
        message = f"Requests in the namespace {namespace} speak for {short(speaker)}, not for {short(owner_ref)}."
        raise UserError(message, id="not-vouched-for", fields=[FieldError("spec.team", message)])
    if not Team.objects.filter(ref=owner_ref).exists():
        message = f"There is no team {short(owner_ref)}."
        raise UserError(message, id="unknown-team", fields=[FieldError("spec.team", message, "Teams are Groups.")])


def only_environment(cluster: Cluster) -> str:
    """The environment of a request that names none: the only one that the cluster names, else development."""
    return cluster.environments[0] if len(cluster.environments) == 1 else "development"


def problem_of(error: UserError) -> Mapping[str, Any]:
    """Why something became no request, as it is kept: a reason in one word, and a message with fields."""
    details = "; ".join(f"{each.path}: {each.message} {each.hint}".strip() for each in error.fields)
    parts = (error.message, details if details and details != error.message else "", error.hint)
    reason = "".join(word.capitalize() for word in error.id.split("-"))
    return {"reason": reason, "message": " ".join(part for part in parts if part)}

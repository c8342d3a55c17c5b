"""What the API server asks of its surroundings before it lets an object in."""

from typing import TYPE_CHECKING

from common.quantities import parse_quantity
from integrations.kubernetes.fake.kinds import KINDS, NAMESPACE, RESOURCE_QUOTA, Kind
from integrations.kubernetes.fake.refusals import Cause, forbidden, not_found

if TYPE_CHECKING:
    from integrations.kubernetes.fake.cluster import Cluster


def check_namespace(cluster: "Cluster", kind: Kind, namespace: str, name: str) -> None:
    """A new object needs a namespace that is there to stay."""
    if not kind.namespaced:
        return
    home = cluster.objects.get((NAMESPACE.resource, "", namespace))
    if home is None:
        raise not_found(NAMESPACE.plural, namespace)
    if "deletionTimestamp" in home["metadata"]:
        cause = Cause("NamespaceTerminating", "metadata.namespace", f"namespace {namespace} is being terminated")
        why = f"unable to create new content in namespace {namespace} because it is being terminated"
        raise forbidden(kind.resource, name, why, [cause])


def check_quotas(cluster: "Cluster", kind: Kind, namespace: str, name: str) -> None:
    """A new object must fit into the counts of its namespace's quotas."""
    for quota in cluster.of_kind(RESOURCE_QUOTA, namespace) if kind.namespaced else ():
        for resource, most in quota.get("spec", {}).get("hard", {}).items():
            used = count_of(cluster, resource, namespace)
            if counted_kind(resource) is kind and used + 1 > parse_quantity(most).value:
                numbers = f"requested: {resource}=1, used: {resource}={used}, limited: {resource}={most}"
                raise forbidden(kind.resource, name, f"exceeded quota: {quota['metadata']['name']}, {numbers}")


def counted_kind(resource: str) -> Kind | None:
    """The kind whose objects a quota's ``resource`` counts; None for amounts and kinds not served here."""
    plural = resource.removeprefix("count/")
    return next((kind for kind in KINDS if plural == kind.resource), None)


def count_of(cluster: "Cluster", resource: str, namespace: str) -> int:
    """How many objects a quota's ``resource`` counts now; 0 for what this cluster has none of, such as pods."""
    kind = counted_kind(resource)
    return len(cluster.of_kind(kind, namespace)) if kind else 0

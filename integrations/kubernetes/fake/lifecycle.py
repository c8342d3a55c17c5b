"""What a cluster's controllers do: a namespace's first content, used quotas, deletion that takes its time."""

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from integrations.kubernetes.fake.admission import count_of
from integrations.kubernetes.fake.kinds import CONFIG_MAP, NAMESPACE, RESOURCE_QUOTA, SERVICE_ACCOUNT, Kind

if TYPE_CHECKING:
    from integrations.kubernetes.fake.cluster import Cluster

Object = dict[str, Any]
_FIRST_CONTENT = ((SERVICE_ACCOUNT, "default"), (CONFIG_MAP, "kube-root-ca.crt"))


def react(cluster: "Cluster", kind: Kind, changed: Object) -> None:
    """Follow up on a change that was just stored."""
    from integrations.kubernetes.fake.cluster import Write

    if kind is NAMESPACE and "deletionTimestamp" not in changed["metadata"]:
        namespace = changed["metadata"]["name"]
        for each, name in _FIRST_CONTENT:
            if (each.resource, namespace, name) not in cluster.objects:
                cluster.update(each, namespace, name, lambda bare: bare, Write("kube-controller-manager"))
    elif kind.namespaced:
        _count(cluster, changed["metadata"]["namespace"])


def settle(cluster: "Cluster") -> None:
    """Bring deletions as far as they have come by now."""
    for key, value in list(cluster.objects.items()):
        metadata = value["metadata"]
        if "deletionTimestamp" not in metadata:
            continue
        if key[0] == NAMESPACE.resource:
            _empty(cluster, value)
        elif not metadata.get("finalizers") and key in cluster.objects:
            del cluster.objects[key]
            cluster.touch(value, "DELETED")


def _empty(cluster: "Cluster", namespace: Object) -> None:
    name = namespace["metadata"]["name"]
    for key in [key for key in cluster.objects if key[1] == name]:
        held = cluster.objects[key]["metadata"]
        if held.get("finalizers"):
            held.setdefault("deletionTimestamp", namespace["metadata"]["deletionTimestamp"])
        else:
            cluster.touch(cluster.objects.pop(key), "DELETED")
    rest = {key: cluster.objects[key] for key in cluster.objects if key[1] == name}
    if rest:
        namespace["status"]["conditions"] = _conditions(rest)
    elif time.monotonic() - cluster.leaving.get(name, float("-inf")) >= cluster.linger:
        del cluster.objects[NAMESPACE.resource, "", name]
        cluster.leaving.pop(name, None)
        cluster.touch(namespace, "DELETED")


def _conditions(rest: dict[tuple[str, str, str], Object]) -> list[Object]:
    """Why the namespace is still there, as the namespace controller puts it."""
    kinds = Counter(key[0] for key in rest)
    finalizers = Counter(name for value in rest.values() for name in value["metadata"]["finalizers"])
    content = ", ".join(f"{kind}. has {count} resource instances" for kind, count in kinds.items())
    holding = ", ".join(f"{name} in {count} resource instances" for name, count in finalizers.items())
    return [
        {
            "type": "NamespaceContentRemaining",
            "status": "True",
            "reason": "SomeResourcesRemain",
            "message": f"Some resources are remaining: {content}",
        },
        {
            "type": "NamespaceFinalizersRemaining",
            "status": "True",
            "reason": "SomeFinalizersRemain",
            "message": f"Some content in the namespace has finalizers remaining: {holding}",
        },
    ]


def _count(cluster: "Cluster", namespace: str) -> None:
    for key, quota in cluster.objects.items():
        if key[:2] == (RESOURCE_QUOTA.resource, namespace):
            hard = quota.get("spec", {}).get("hard", {})
            used = {name: str(count_of(cluster, name, namespace)) for name in hard}
            quota["status"] = {"hard": dict(hard), "used": used}

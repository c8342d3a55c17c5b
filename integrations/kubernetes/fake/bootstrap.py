"""What a cluster has from the start: its own namespaces, the built-in roles, and the roles that Cairn needs."""

from collections.abc import Iterator
from typing import Any

from integrations.kubernetes.fake.kinds import CLUSTER_ROLE, NAMESPACE, Kind
from integrations.kubernetes.rights import read_rights

_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
_ROLES = ("cluster-admin", "admin", "edit", "view")


def first_objects() -> Iterator[tuple[Kind, dict[str, Any]]]:
    """Kind and manifest of each. Nothing here asks for rights, so the built-in roles list none."""
    for name in _NAMESPACES:
        yield NAMESPACE, _manifest(NAMESPACE, name)
    for name in _ROLES:
        yield CLUSTER_ROLE, {**_manifest(CLUSTER_ROLE, name), "rules": []}
    for role in read_rights():
        yield CLUSTER_ROLE, role


def _manifest(kind: Kind, name: str) -> dict[str, Any]:
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": name}}

"""The objects that make a namespace fit to work in, as manifests. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from common.quantities import Quantity, parse_quantity

Manifest = dict[str, Any]

MANAGED_BY = "app.kubernetes.io/managed-by"
RESOURCE_ID = "cairn.dev/resource-id"
OWNER_REF = "cairn.dev/owner-ref"
#: What the owning group may do; unlike the built-in ``edit`` it cannot open what the network policies close.
MEMBER_ROLE = "cairn:member"

#: What a container gets that does not say; less where the quota is less.
_DEFAULTS = {"cpu": ("500m", "100m"), "memory": ("512Mi", "128Mi")}


@dataclass(frozen=True, slots=True)
class NamespaceSpec:
    """What a team asked for and what the platform adds.

    ``quota`` maps resource names of a ResourceQuota (``requests.cpu``) to quantities; ``owner_ref`` is a group's
    entity ref, and its name the group in the cluster; ``allow_ingress`` names the namespaces that may connect;
    ``dns`` says where name servers answer; pods of ``ingress_controller`` (namespace and labels) may connect, too;
    ``viewers`` are groups that may look; ``member_role`` is the ClusterRole of the owning group.
    """

    name: str
    owner_ref: str
    environment: str
    quota: Mapping[str, str]
    resource_id: str = ""
    description: str = ""
    default_deny: bool = True
    allow_ingress: tuple[str, ...] = ()
    viewers: tuple[str, ...] = ()
    member_role: str = MEMBER_ROLE
    pod_security: str = "restricted"
    dns: Mapping[str, Any] = field(default_factory=dict)
    ingress_controller: tuple[str, Mapping[str, str]] = ("", MappingProxyType({}))

    @property
    def team(self) -> str:
        """The name of the owning group, without kind and namespace."""
        return self.owner_ref.rpartition("/")[2].rpartition(":")[2]


def render(spec: NamespaceSpec) -> list[Manifest]:
    """The manifests of ``spec`` in the order in which they are applied; the same spec gives the same manifests.

    Roles and limits come before the quota and the policies, so that nothing is refused for want of the former.
    """
    return [_namespace(spec), *_access(spec), _limits(spec), _quota(spec), *_network(spec)]


def _namespace(spec: NamespaceSpec) -> Manifest:
    security = {
        f"pod-security.kubernetes.io/{mode}{suffix}": value
        for mode in ("enforce", "audit", "warn")
        for suffix, value in (("", spec.pod_security), ("-version", "latest"))
    }
    about = {OWNER_REF: spec.owner_ref, "cairn.dev/description": spec.description}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": spec.name,
            "labels": {
                **_labels(spec),
                "cairn.dev/owner": spec.team,
                "cairn.dev/environment": spec.environment,
                **security,
            },
            "annotations": {name: value for name, value in about.items() if value},
        },
    }


def _access(spec: NamespaceSpec) -> Iterator[Manifest]:
    yield {**_object(spec, "v1", "ServiceAccount", "default"), "automountServiceAccountToken": False}
    yield _binding(spec, "members", spec.member_role, (spec.team,))
    if spec.viewers:
        yield _binding(spec, "viewers", "view", spec.viewers)


def _binding(spec: NamespaceSpec, name: str, role: str, groups: tuple[str, ...]) -> Manifest:
    api_group = "rbac.authorization.k8s.io"
    return {
        **_object(spec, f"{api_group}/v1", "RoleBinding", name),
        "roleRef": {"apiGroup": api_group, "kind": "ClusterRole", "name": role},
        "subjects": [{"apiGroup": api_group, "kind": "Group", "name": group} for group in groups],
    }


def _limits(spec: NamespaceSpec) -> Manifest:
    """Without defaults a quota on CPU or memory refuses every pod that does not state both."""
    limits = {name: _least(limit, spec.quota.get(f"limits.{name}")) for name, (limit, _) in _DEFAULTS.items()}
    requests = {
        name: _least(request, spec.quota.get(f"requests.{name}"), limits[name])
        for name, (_, request) in _DEFAULTS.items()
    }
    return {
        **_object(spec, "v1", "LimitRange", "defaults"),
        "spec": {"limits": [{"type": "Container", "default": limits, "defaultRequest": requests}]},
    }


def _quota(spec: NamespaceSpec) -> Manifest:
    hard = {name: str(parse_quantity(value)) for name, value in sorted(spec.quota.items())}
    return {**_object(spec, "v1", "ResourceQuota", "quota"), "spec": {"hard": hard}}


def _network(spec: NamespaceSpec) -> Iterator[Manifest]:
    """Allowances only beside the denial: alone, each of them would isolate every pod it selects."""
    if not spec.default_deny:
        return
    yield _policy(spec, "default-deny", ["Ingress", "Egress"])
    yield _policy(spec, "allow-dns", ["Egress"], egress=[_dns(spec.dns)])
    yield _policy(
        spec,
        "allow-same-namespace",
        ["Ingress", "Egress"],
        ingress=[{"from": [{"podSelector": {}}]}],
        egress=[{"to": [{"podSelector": {}}]}],
    )
    namespace, labels = spec.ingress_controller
    if namespace:
        controller = {**_in_namespace(namespace), **({"podSelector": {"matchLabels": dict(labels)}} if labels else {})}
        yield _policy(spec, "allow-ingress-controller", ["Ingress"], ingress=[{"from": [controller]}])
    for name in sorted(set(spec.allow_ingress)):
        yield _policy(spec, f"allow-from-{name}", ["Ingress"], ingress=[{"from": [_in_namespace(name)]}])


def _policy(spec: NamespaceSpec, name: str, types: list[str], **rules: Any) -> Manifest:
    return {
        **_object(spec, "networking.k8s.io/v1", "NetworkPolicy", name),
        "spec": {"podSelector": {}, "policyTypes": types, **rules},
    }


def _dns(dns: Mapping[str, Any]) -> Manifest:
    """Egress to the cluster's name servers: both selectors in one element, which means "and"."""
    port = int(dns.get("port", 53))
    servers = {
        **_in_namespace(str(dns.get("namespace", "kube-system"))),
        "podSelector": {"matchLabels": dict(dns.get("labels") or {"k8s-app": "kube-dns"})},
    }
    return {"to": [servers], "ports": [{"protocol": protocol, "port": port} for protocol in ("UDP", "TCP")]}


def _in_namespace(name: str) -> Manifest:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def _object(spec: NamespaceSpec, api_version: str, kind: str, name: str) -> Manifest:
    return {
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {"name": name, "namespace": spec.name, "labels": _labels(spec)},
    }


def _labels(spec: NamespaceSpec) -> dict[str, str]:
    return {MANAGED_BY: "cairn", **({RESOURCE_ID: spec.resource_id} if spec.resource_id else {})}


def _least(*amounts: str | None) -> str:
    quantities: list[Quantity] = [parse_quantity(amount) for amount in amounts if amount is not None]
    return str(min(quantities))

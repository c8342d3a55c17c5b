"""What a cluster can do, and what our account may do in it: by discovery, access reviews and one dry run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import yaml

from common.errors import CairnError
from integrations.kubernetes.client import Client
from integrations.kubernetes.objects import ObjectRef
from integrations.kubernetes.rights import read_rights

#: API groups that tell that something is installed.
KNOWN_GROUPS = {
    "external-secrets.io": "External Secrets",
    "argoproj.io": "Argo",
    "kyverno.io": "Kyverno",
    "cert-manager.io": "cert-manager",
    "cilium.io": "Cilium",
    "crd.projectcalico.org": "Calico",
    "metrics.k8s.io": "metrics",
}
PROBE_NAMESPACE = "cairn-connection-test"


@dataclass(frozen=True, slots=True)
class Right:
    """One verb on one kind of object, or on one object by ``name``. ``group`` is empty for the core."""

    group: str
    resource: str
    verb: str
    name: str = ""

    def __str__(self) -> str:
        """As ``kubectl auth can-i`` writes it: ``patch networkpolicies.networking.k8s.io``."""
        kind = f"{self.resource}.{self.group}" if self.group else self.resource
        return f"{self.verb} {kind}{f'/{self.name}' if self.name else ''}"


@dataclass(frozen=True, slots=True)
class Probe:
    """What a test of the connection found. ``missing`` are rights; ``rule`` is the RBAC rule that gives them."""

    version: str
    emulated: bool
    server_side_apply: bool
    managed_fields: bool
    member_role: bool
    custom_resource: bool
    found: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    rule: str = ""
    notes: tuple[str, ...] = ()
    checked: int = 0

    def as_json(self) -> dict[str, Any]:
        """As it is stored and served."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Tried:
    applied: bool
    owned: bool
    note: str = ""


def probe(client: Client, *, member_role: str, custom_resource: tuple[str, str]) -> Probe:
    """Ask ``client``'s cluster everything that namespaces need. Changes nothing in it.

    ``custom_resource`` is the API version and kind of NamespaceRequests. Raises ProviderError when the cluster does
    not answer or does not take the token.
    """
    version = client.server_version()
    groups = client.groups()
    rights = list(wanted_rights())
    missing = [right for right in rights if not client.may(right.verb, right.group, right.resource, right.name)]
    tried = _try_apply(client)
    return Probe(
        version=version.text,
        emulated=version.emulated,
        server_side_apply=tried.applied,
        managed_fields=tried.owned,
        member_role=_has_role(client, member_role, missing),
        custom_resource=custom_resource[0].partition("/")[0] in groups and client.serves(*custom_resource),
        found=tuple(words for group, words in KNOWN_GROUPS.items() if group in groups),
        missing=tuple(map(str, missing)),
        rule=rule_for(missing),
        notes=tuple(note for note in (tried.note, _about_network(groups, version.emulated)) if note),
        checked=len(rights),
    )


def wanted_rights() -> Iterator[Right]:
    """Every right of the role ``cairn`` in rights.yaml."""
    role = next(role for role in read_rights() if role["metadata"]["name"] == "cairn")
    for rule in role["rules"]:
        for group in rule["apiGroups"]:
            for resource in rule["resources"]:
                for name in rule.get("resourceNames", [""]):
                    for verb in rule["verbs"]:
                        yield Right(group, resource, verb, name)


def rule_for(missing: Iterable[Right]) -> str:
    """The rules to add to a ClusterRole so that ``missing`` are given, as YAML; empty when nothing is."""
    verbs: dict[tuple[str, str, str], list[str]] = {}
    for right in missing:
        verbs.setdefault((right.group, right.resource, right.name), []).append(right.verb)
    rules: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (group, resource, name), given in verbs.items():
        rules.setdefault((group, name, tuple(given)), []).append(resource)
    if not rules:
        return ""
    return str(yaml.safe_dump([_rule(*key, resources) for key, resources in rules.items()], sort_keys=False))


def _rule(group: str, name: str, verbs: Sequence[str], resources: list[str]) -> Mapping[str, Any]:
    named = {"resourceNames": [name]} if name else {}
    return {"apiGroups": [group], "resources": resources, **named, "verbs": list(verbs)}


def _try_apply(client: Client) -> _Tried:
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": PROBE_NAMESPACE}}
    labelled = {**manifest, "metadata": {**manifest["metadata"], "labels": {"cairn.dev/probe": "yes"}}}  # type: ignore[dict-item]
    try:
        answer = client.apply(labelled, dry_run=True)
    except CairnError as error:
        return _Tried(False, False, f"A dry run of server-side apply was refused: {error.message}")
    managers = {entry.get("manager") for entry in answer["metadata"].get("managedFields") or []}
    return _Tried(True, client.field_manager in managers)


def _has_role(client: Client, role: str, missing: Sequence[Right]) -> bool:
    if Right("rbac.authorization.k8s.io", "clusterroles", "get", role) in missing:
        return False
    return client.get(ObjectRef("rbac.authorization.k8s.io/v1", "ClusterRole", role)) is not None


def _about_network(groups: Iterable[str], emulated: bool) -> str:
    if emulated or {"cilium.io", "crd.projectcalico.org"} & set(groups):
        return ""
    return "Network policies have no effect unless the cluster's network plugin enforces them; none was recognised."

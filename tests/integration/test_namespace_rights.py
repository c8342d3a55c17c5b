"""The documented rights, Cairn's own and the members', are enough, and give no more than they say."""

# ruff: noqa: F401, F811  -- fixtures are imported by name

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from common.errors import CairnError
from integrations.kubernetes.client import Client
from integrations.kubernetes.errors import KubernetesRefused
from integrations.kubernetes.objects import ObjectRef, ref_of
from integrations.kubernetes.rights import read_rights
from provisioning.backends.base import Task
from provisioning.backends.kubernetes import KubernetesBackend
from provisioning.bundle import MEMBER_ROLE, NamespaceSpec, render
from tests.contract.kubernetes_tasks import task
from tests.kubernetes import Server, fresh_name, real_cluster

pytestmark = pytest.mark.kubernetes
QUOTA = {"requests.cpu": "1", "limits.cpu": "2"}
RBAC = "rbac.authorization.k8s.io"
Manifest = dict[str, Any]


@pytest.fixture
def limited(real_cluster: Server) -> Iterator[Client]:
    """Somebody with the documented role and nothing else."""
    binding = {
        "apiVersion": f"{RBAC}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "cairn"},
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "cairn"},
        "subjects": [{"apiGroup": RBAC, "kind": "User", "name": "cairn"}],
    }
    admin, weak = real_cluster.client(), real_cluster.client_of("weak-token")
    admin.apply(binding)
    allowed(lambda: weak.list("v1", "Namespace"))
    yield weak
    admin.delete(ref_of(binding))


@pytest.fixture
def cluster(real_cluster: Server, limited: Client) -> Server:
    """The cluster as Cairn's own account reaches it."""
    return replace(real_cluster, credentials=limited.credentials)


@pytest.fixture
def member(real_cluster: Server, fresh_name: str) -> Iterator[Client]:
    """Somebody of the team whose namespace was just made."""
    admin, member = real_cluster.client(), real_cluster.client_of("member-token")
    manifests = render(spec_of(fresh_name))
    for manifest in manifests:
        admin.apply(manifest)
    allowed(lambda: member.list("v1", "Pod", namespace=fresh_name))
    yield member
    admin.delete(ref_of(manifests[0]))


def spec_of(name: str, role: str = MEMBER_ROLE) -> NamespaceSpec:
    team = "group:default/orders-team"
    return NamespaceSpec(name, team, "development", QUOTA, viewers=("platform-viewers",), member_role=role)


def rules_of(role: Manifest) -> set[tuple[str, str, str]]:
    """Every verb on every resource of every group that ``role`` gives."""
    parts = (product(rule["apiGroups"], rule["resources"], rule["verbs"]) for rule in role["rules"])
    return {right for rule in parts for right in rule}


def allowed(ask: Callable[[], object]) -> None:
    """A binding takes a moment to reach the server's authorizer."""
    deadline = time.monotonic() + 20
    while refused(ask):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def refused(ask: Callable[[], object]) -> bool:
    """Whether it is refused for want of a right."""
    try:
        ask()
    except CairnError as error:
        return error.id == "kubernetes-forbidden"
    return False


def test_the_documented_rights_make_change_and_remove_a_namespace(limited: Client, fresh_name: str) -> None:
    manifests = render(spec_of(fresh_name))
    for manifest in manifests:
        limited.apply(manifest)
    for manifest in manifests:
        limited.apply(manifest, dry_run=True)
        assert limited.get(ref_of(manifest)) is not None
    for kind, api_version in {(each["kind"], each["apiVersion"]) for each in manifests}:
        assert limited.list(api_version, kind, namespace="" if kind == "Namespace" else fresh_name)
    assert limited.get(ObjectRef(f"{RBAC}/v1", "ClusterRole", MEMBER_ROLE))
    assert limited.delete(ref_of(manifests[-1]))
    namespace = ref_of(manifests[0])
    assert limited.delete(namespace)
    limited.wait_gone(namespace, timeout=30)


def test_the_backend_needs_no_more_than_these(task: Task) -> None:
    backend = KubernetesBackend()
    for step in (
        task,
        replace(task, action="update", imposed={"memberRole": "view"}),
        replace(task, action="update", inputs={**task.inputs, "networkPolicies": {"defaultDeny": False}}),
        replace(task, action="delete"),
    ):
        plan = backend.plan(step)
        assert plan.changes
        backend.apply(step, plan)
        assert backend.plan(step).changes == ()


def test_they_read_no_secrets_and_hand_out_no_other_role(limited: Client, fresh_name: str) -> None:
    with pytest.raises(KubernetesRefused) as forbidden:
        limited.list("v1", "Secret")
    assert forbidden.value.id == "kubernetes-forbidden"
    assert "rights.yaml" in forbidden.value.hint
    for role in ("cluster-admin", "edit"):
        manifests = {ref_of(each).address: each for each in render(spec_of(fresh_name, role=role))}
        limited.apply(manifests[f"Namespace/{fresh_name}"])
        with pytest.raises(KubernetesRefused, match="attempting to grant"):
            limited.apply(manifests[f"RoleBinding/{fresh_name}/members"])
    limited.delete(ObjectRef("v1", "Namespace", fresh_name))


def test_members_may_what_the_built_in_role_may_but_write_network_policies(real_cluster: Server) -> None:
    admin = real_cluster.client()
    edit = ObjectRef(f"{RBAC}/v1", "ClusterRole", "edit")
    deadline = time.monotonic() + 20
    while not (built_in := admin.get(edit) or {}).get("rules"):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    member = next(role for role in read_rights() if role["metadata"]["name"] == MEMBER_ROLE)
    # No server has served the group "extensions" since 1.22.
    usual = {right for right in rules_of(built_in) if right[0] != "extensions"}
    writing = {right for right in usual if right[1] == "networkpolicies" and right[2] not in ("get", "list", "watch")}
    assert writing
    assert rules_of(member) == usual - writing


def test_a_member_deploys(member: Client, fresh_name: str) -> None:
    container = {
        "name": "web",
        "image": "nginx",
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "runAsNonRoot": True,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    labels = {"matchLabels": {"app": "web"}}
    template = {"metadata": {"labels": labels["matchLabels"]}, "spec": {"containers": [container]}}
    deployment = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": fresh_name},
        "spec": {"replicas": 1, "selector": labels, "template": template},
    }
    member.apply(deployment)
    assert member.delete(ref_of(deployment))
    assert member.list("networking.k8s.io/v1", "NetworkPolicy", namespace=fresh_name)


def test_a_member_opens_nothing_and_takes_no_more(member: Client, fresh_name: str) -> None:
    manifests = {ref_of(each).address: each for each in render(spec_of(fresh_name))}
    policy = manifests[f"NetworkPolicy/{fresh_name}/default-deny"]
    everything = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]}
    opening = {**policy, "metadata": {"name": "open", "namespace": fresh_name}, "spec": everything}
    quota = manifests[f"ResourceQuota/{fresh_name}/quota"]
    more = {**quota, "spec": {"hard": {"limits.cpu": "200"}}}
    binding = manifests[f"RoleBinding/{fresh_name}/members"]
    admins = {**binding, "metadata": {"name": "admins", "namespace": fresh_name}}
    admins["roleRef"] = {**binding["roleRef"], "name": "edit"}
    limits, namespace = manifests[f"LimitRange/{fresh_name}/defaults"], manifests[f"Namespace/{fresh_name}"]
    for each in (opening, more, limits, admins, namespace):
        assert refused(lambda manifest=each: member.apply(manifest, force=True)), each["kind"]  # type: ignore[misc]
    for each in (policy, quota, binding):
        assert refused(lambda manifest=each: member.delete(ref_of(manifest))), each["kind"]  # type: ignore[misc]

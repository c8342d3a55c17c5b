"""What a test of a connection finds, on the emulated API and on a real one."""

# ruff: noqa: F401, F811  -- fixtures are imported by name

from collections.abc import Iterator

import pytest
import yaml

from integrations.kubernetes.client import Client
from integrations.kubernetes.errors import KubernetesRefused
from integrations.kubernetes.objects import ObjectRef, ref_of
from integrations.kubernetes.probing import PROBE_NAMESPACE, Probe, Right, probe, rule_for, wanted_rights
from provisioning.bundle import MEMBER_ROLE
from provisioning.custom_resource import read_definition
from provisioning.namespace_request import API_VERSION, KIND
from tests.contract.kubernetes_objects import (
    RBAC,
    Manifest,
    client,
    cluster,
    emulated_cluster,
    eventually,
    fresh_name,
    real_cluster,
)
from tests.kubernetes import Server


def asked(client: Client) -> Probe:
    return probe(client, member_role=MEMBER_ROLE, custom_resource=(API_VERSION, KIND))


def test_an_administrator_lacks_nothing_and_nothing_is_left_behind(client: Client) -> None:
    found = asked(client)
    assert (found.missing, found.rule) == ((), "")
    assert found.checked > 40
    assert found.server_side_apply
    assert found.managed_fields
    assert found.member_role
    assert client.get(ObjectRef("v1", "Namespace", PROBE_NAMESPACE)) is None


def test_the_custom_resource_is_known_once_it_is_applied(client: Client) -> None:
    definition = read_definition()
    client.delete(ref_of(definition))
    client.wait_gone(ref_of(definition), timeout=20)
    eventually(lambda: not asked(client).custom_resource)
    client.apply(definition)
    eventually(lambda: asked(client).custom_resource)


def test_groups_and_kinds_are_named(client: Client) -> None:
    assert {"networking.k8s.io", "rbac.authorization.k8s.io", "apps"} <= client.groups()
    assert client.serves("apps/v1", "Deployment")
    assert client.serves("v1", "Pod")
    assert not client.serves("v1", "Nothing")
    assert not client.serves("nothing.example.com/v1", "Nothing")


@pytest.fixture
def half(real_cluster: Server) -> Iterator[Client]:
    """An account that may a part of what is needed."""
    role = {
        "apiVersion": RBAC,
        "kind": "ClusterRole",
        "metadata": {"name": "half"},
        "rules": [
            {"apiGroups": [""], "resources": ["namespaces"], "verbs": ["get", "list", "create", "patch", "delete"]},
            {"apiGroups": ["networking.k8s.io"], "resources": ["networkpolicies"], "verbs": ["get", "list"]},
        ],
    }
    binding = {
        "apiVersion": RBAC,
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "half"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "half"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "cairn"}],
    }
    admin = real_cluster.client()
    admin.apply(role)
    admin.apply(binding)
    weak = real_cluster.client_of("weak-token")
    eventually(lambda: weak.may("list", "networking.k8s.io", "networkpolicies"))
    yield weak
    admin.delete(ref_of(binding))
    admin.delete(ref_of(role))


@pytest.mark.kubernetes
def test_what_an_account_lacks_is_named_with_the_rule_that_gives_it(half: Client, real_cluster: Server) -> None:
    found = asked(half)
    assert "create networkpolicies.networking.k8s.io" in found.missing
    assert "list networkpolicies.networking.k8s.io" not in found.missing
    assert "bind clusterroles.rbac.authorization.k8s.io/cairn:member" in found.missing
    assert not any(missing.endswith(" namespaces") for missing in found.missing)
    rules = yaml.safe_load(found.rule)
    policies = next(rule for rule in rules if "networkpolicies" in rule["resources"])
    assert policies == {
        "apiGroups": ["networking.k8s.io"],
        "resources": ["networkpolicies"],
        "verbs": ["create", "patch", "delete"],
    }
    role: Manifest = {"apiVersion": RBAC, "kind": "ClusterRole", "metadata": {"name": "rest"}, "rules": rules}
    binding = {
        "apiVersion": RBAC,
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "rest"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "rest"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "cairn"}],
    }
    admin = real_cluster.client()
    admin.apply(role)
    admin.apply(binding)
    try:
        eventually(lambda: asked(half).missing == ())
    finally:
        admin.delete(ref_of(binding))
        admin.delete(ref_of(role))


@pytest.mark.kubernetes
def test_an_account_without_any_right_is_told_all_of_them(real_cluster: Server) -> None:
    found = asked(real_cluster.client_of("weak-token"))
    assert len(found.missing) == found.checked
    assert not found.server_side_apply
    assert any("dry run" in note for note in found.notes)


@pytest.mark.kubernetes
def test_a_token_that_nobody_knows_is_refused(real_cluster: Server) -> None:
    with pytest.raises(KubernetesRefused) as refused:
        asked(real_cluster.client_of("made-up"))
    assert refused.value.id == "kubernetes-credentials"


def test_a_rule_joins_what_goes_together() -> None:
    rights = [
        Right("", "pods", "get"),
        Right("", "pods", "list"),
        Right("", "events", "get"),
        Right("", "events", "list"),
    ]
    assert yaml.safe_load(rule_for(rights)) == [
        {"apiGroups": [""], "resources": ["pods", "events"], "verbs": ["get", "list"]}
    ]
    assert len(yaml.safe_load(rule_for(wanted_rights()))) >= 5

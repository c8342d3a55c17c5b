"""What an API server refuses, and that it names the field."""

# ruff: noqa: F401, F811  -- fixtures are imported by name

import pytest

from integrations.kubernetes.client import Client
from integrations.kubernetes.errors import KubernetesRefused
from integrations.kubernetes.objects import ObjectRef
from tests.contract.kubernetes_objects import (
    NETWORKING,
    RBAC,
    Manifest,
    client,
    cluster,
    config,
    emulated_cluster,
    eventually,
    fresh_name,
    home,
    namespace,
    of,
    quota,
    real_cluster,
    somebody,
)


@pytest.mark.parametrize(
    ("hard", "field"),
    [
        ({"limits.cpu": "-1"}, "spec.hard.limits.cpu"),
        ({"pods": "0.5"}, "spec.hard.pods"),
        ({"bogus": "1"}, "spec.hard.bogus"),
    ],
)
def test_a_rule_broken_names_the_field(client: Client, home: str, hard: dict[str, str], field: str) -> None:
    with pytest.raises(KubernetesRefused) as refused:
        client.apply(of("v1", "ResourceQuota", home, "quota", spec={"hard": hard}))
    assert refused.value.permanent
    assert refused.value.code == 422
    assert field in {each.path for each in refused.value.fields}


def test_every_rule_of_the_other_kinds_names_its_field(client: Client, home: str) -> None:
    port = {"port": 99999, "protocol": "FOO"}
    broken = {
        "spec.egress[0].ports[0].port": (NETWORKING, "NetworkPolicy", {"spec": {"egress": [{"ports": [port]}]}}),
        "spec.policyTypes[0]": (NETWORKING, "NetworkPolicy", {"spec": {"policyTypes": ["Bogus"]}}),
        "spec.ingress[0].from[0]": (NETWORKING, "NetworkPolicy", {"spec": {"ingress": [{"from": [{}]}]}}),
        "spec.limits[0].defaultRequest.cpu": (
            "v1",
            "LimitRange",
            {"spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"cpu": "2"}}]}},
        ),
        "subjects[0].kind": (
            RBAC,
            "RoleBinding",
            {"roleRef": {"kind": "ClusterRole", "name": "edit"}, "subjects": [{"kind": "Grup", "name": "x"}]},
        ),
        "roleRef.name": (RBAC, "RoleBinding", {"roleRef": {"kind": "ClusterRole"}}),
    }
    for field, (api_version, kind, content) in broken.items():
        with pytest.raises(KubernetesRefused) as refused:
            client.apply(of(api_version, kind, home, "broken", **content))
        assert refused.value.code == 422, field
        assert field in {each.path for each in refused.value.fields}


def test_a_field_that_does_not_exist_is_refused_by_name(client: Client, home: str) -> None:
    spec: dict[str, object] = {"podSelector": {}, "ingress": [{"from": [{"namespaceSelectr": {}}]}]}
    with pytest.raises(KubernetesRefused) as refused:
        client.apply(of(NETWORKING, "NetworkPolicy", home, "typo", spec=spec))
    assert [each.path for each in refused.value.fields] == ["spec.ingress[0].from[0].namespaceSelectr"]


@pytest.mark.parametrize("name", ["Bad_Name", "-orders", "a" * 64, "a.b"])
def test_a_bad_name_of_a_namespace_is_refused(client: Client, name: str) -> None:
    with pytest.raises(KubernetesRefused) as refused:
        client.apply(namespace(name), dry_run=True)
    assert "metadata.name" in {each.path for each in refused.value.fields}


def test_an_unknown_level_of_pod_security_is_refused(client: Client, fresh_name: str) -> None:
    with pytest.raises(KubernetesRefused, match="privileged, baseline, restricted"):
        client.apply(namespace(fresh_name, labels={"pod-security.kubernetes.io/enforce": "strict"}))


def test_a_kind_that_the_cluster_lacks_is_refused(client: Client, home: str) -> None:
    with pytest.raises(KubernetesRefused) as refused:
        client.apply(of("example.com/v1", "Wonder", home, "x"))
    assert refused.value.id == "kubernetes-unknown-kind"


def test_the_role_of_a_binding_cannot_be_changed(client: Client, home: str) -> None:
    def binding(role: str) -> Manifest:
        reference = {"apiGroup": RBAC.removesuffix("/v1"), "kind": "ClusterRole", "name": role}
        return of(RBAC, "RoleBinding", home, "team", roleRef=reference)

    client.apply(binding("edit"))
    with pytest.raises(KubernetesRefused, match="cannot change roleRef"):
        client.apply(binding("view"))


def test_a_quota_on_counts_lets_no_more_in(client: Client, home: str) -> None:
    eventually(lambda: client.get(ObjectRef("v1", "ConfigMap", "kube-root-ca.crt", home)) is not None)
    client.apply(of("v1", "ResourceQuota", home, "few", spec={"hard": {"count/configmaps": "2"}}))
    few = ObjectRef("v1", "ResourceQuota", "few", home)
    eventually(lambda: client.get(few).get("status", {}).get("used") == {"count/configmaps": "1"})  # type: ignore[union-attr]
    client.apply(config(home, name="second"))
    with pytest.raises(KubernetesRefused, match="exceeded quota: few") as refused:
        client.apply(config(home, name="third"))
    assert refused.value.code == 403
    assert "right" not in refused.value.hint

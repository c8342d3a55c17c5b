"""Server-side apply: what arrives, what stays, what a dry run keeps, and what the server fills in."""

# ruff: noqa: F401, F811  -- fixtures are imported by name

import pytest

from common.errors import ProviderError
from integrations.kubernetes.client import Client
from integrations.kubernetes.errors import KubernetesRefused
from integrations.kubernetes.kubeconfig import Credentials
from integrations.kubernetes.objects import ObjectRef, ref_of
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
from tests.kubernetes import Server


def test_the_server_says_which_version_it_is_and_whether_it_is_emulated(cluster: Server, client: Client) -> None:
    version = client.server_version()
    assert version.text.startswith("v1.")
    assert version.emulated is not cluster.real


def test_a_server_that_is_not_there_is_a_provider_error_that_may_pass() -> None:
    with pytest.raises(ProviderError, match="did not answer") as refused:
        Client(Credentials("http://127.0.0.1:1")).server_version()
    assert not refused.value.permanent
    assert refused.value.id == "kubernetes-unreachable"


def test_what_is_applied_can_be_read_and_listed(client: Client, home: str) -> None:
    client.apply(config(home, colour="blue"))
    assert client.get(ref_of(config(home)))["data"] == {"colour": "blue"}  # type: ignore[index]
    found = client.list("v1", "ConfigMap", namespace=home)
    assert "settings" in {each["metadata"]["name"] for each in found}
    assert {each["kind"] for each in found} == {"ConfigMap"}


def test_what_is_not_there_is_none(client: Client, home: str) -> None:
    assert client.get(ref_of(config(home, name="nothing"))) is None
    assert client.get(ObjectRef("v1", "Namespace", "no-such-namespace")) is None


def test_applying_the_same_again_changes_nothing(client: Client, home: str) -> None:
    first = client.apply(config(home, colour="blue"))
    second = client.apply(config(home, colour="blue"))
    assert second["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


def test_a_field_that_is_no_longer_applied_is_removed(client: Client, home: str) -> None:
    client.apply(config(home, colour="blue", shape="round"))
    assert client.apply(config(home, colour="blue"))["data"] == {"colour": "blue"}


def test_a_field_that_somebody_else_applied_too_stays(client: Client, somebody: Client, home: str) -> None:
    client.apply(config(home, colour="blue", shape="round"))
    somebody.apply(config(home, shape="round"))
    assert client.apply(config(home, colour="blue"))["data"] == {"colour": "blue", "shape": "round"}


def test_any_text_arrives_as_it_was(client: Client, home: str) -> None:
    text = 'Ünïcode 🚀 "quoted" / \\ \u0007 \u007f \u0085 \t <b>&amp; {{ x }} \u2028 yes'
    assert client.apply(config(home, text=text))["data"]["text"] == text


def test_a_dry_run_shows_the_result_and_keeps_nothing(client: Client, home: str) -> None:
    shown = client.apply(quota(home, limits_cpu="2.5"), dry_run=True)
    assert shown["spec"]["hard"] == {"limits.cpu": "2500m"}
    assert client.get(ref_of(quota(home))) is None


def test_a_dry_run_of_a_change_shows_what_would_be_and_leaves_what_is(client: Client, home: str) -> None:
    client.apply(config(home, colour="blue"))
    assert client.apply(config(home, colour="red"), dry_run=True)["data"] == {"colour": "red"}
    assert client.get(ref_of(config(home)))["data"] == {"colour": "blue"}  # type: ignore[index]


def test_a_new_namespace_can_be_dry_run_but_nothing_in_it(client: Client, fresh_name: str) -> None:
    assert client.apply(namespace(fresh_name), dry_run=True)["metadata"]["name"] == fresh_name
    with pytest.raises(KubernetesRefused) as refused:
        client.apply(quota(fresh_name, pods="1"), dry_run=True)
    assert refused.value.code == 404


def test_a_namespace_gets_its_name_as_a_label(client: Client, home: str) -> None:
    labels = client.get(ObjectRef("v1", "Namespace", home))["metadata"]["labels"]  # type: ignore[index]
    assert labels["kubernetes.io/metadata.name"] == home


def test_a_namespace_gets_a_default_service_account(client: Client, home: str) -> None:
    account = ObjectRef("v1", "ServiceAccount", "default", home)
    eventually(lambda: client.get(account) is not None)
    ours = of("v1", "ServiceAccount", home, "default", automountServiceAccountToken=False)
    assert client.apply(ours)["automountServiceAccountToken"] is False


def test_policies_and_limits_get_their_defaults(client: Client, home: str) -> None:
    spec: Manifest = {"podSelector": {}, "egress": [{"ports": [{"port": 53}]}]}
    policy = client.apply(of(NETWORKING, "NetworkPolicy", home, "dns", spec=spec))
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert policy["spec"]["egress"][0]["ports"][0] == {"protocol": "TCP", "port": 53}
    limit = {"type": "Container", "default": {"cpu": "0.5"}}
    limits = client.apply(of("v1", "LimitRange", home, "limits", spec={"limits": [limit]}))
    assert limits["spec"]["limits"][0]["defaultRequest"] == {"cpu": "500m"}


def test_the_roles_that_namespaces_bind_are_there(client: Client) -> None:
    names = ("edit", "view", "cairn", "cairn:member")
    assert all(client.get(ObjectRef(RBAC, "ClusterRole", name)) for name in names)
    assert client.get(ObjectRef(RBAC, "ClusterRole", "no-such-role")) is None

"""What Cairn relies on from a Kubernetes API, the same of the emulated one and of a real one."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from common.errors import Conflict, ProviderError
from common.quantities import QuantityError, parse_quantity, same_quantity
from integrations.kubernetes.client import Client
from integrations.kubernetes.errors import Contested, FieldConflict, KubernetesRefused
from integrations.kubernetes.kubeconfig import Credentials
from integrations.kubernetes.objects import ObjectRef, ref_of
from provisioning.bundle import NamespaceSpec, render
from tests.kubernetes import Server, cluster, emulated_cluster, fresh_name, real_cluster  # noqa: F401

Manifest = dict[str, Any]


@pytest.fixture
def client(cluster: Server) -> Client:  # noqa: F811
    return cluster.client()


@pytest.fixture
def somebody(cluster: Server) -> Client:  # noqa: F811
    """Another field manager, such as a person with an editor."""
    return cluster.client("kubectl-edit")


@pytest.fixture
def home(client: Client, fresh_name: str) -> Iterator[str]:  # noqa: F811
    """A namespace to test in."""
    client.apply(namespace(fresh_name))
    yield fresh_name
    client.delete(ref_of(namespace(fresh_name)))


def namespace(name: str, **metadata: Any) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **metadata}}


def quota(home: str, *, name: str = "quota", **hard: object) -> Manifest:
    amounts = {resource.replace("_", "."): amount for resource, amount in hard.items()}
    return of("v1", "ResourceQuota", home, name, spec={"hard": amounts})


def config(home: str, *, name: str = "settings", **data: str) -> Manifest:
    return of("v1", "ConfigMap", home, name, data=data)


def of(api_version: str, kind: str, home: str, name: str, **content: Any) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": home}, **content}


# Who answers


def test_the_server_says_which_version_it_is_and_whether_it_is_emulated(cluster: Server, client: Client) -> None:  # noqa: F811
    version = client.server_version()
    assert version.text.startswith("v1.")
    assert version.emulated is not cluster.real


def test_a_server_that_is_not_there_is_a_provider_error_that_may_pass() -> None:
    with pytest.raises(ProviderError, match="did not answer") as refused:
        Client(Credentials("http://127.0.0.1:1")).server_version()
    assert not refused.value.permanent
    assert refused.value.id == "kubernetes-unreachable"


# Applying


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


def test_a_new_namespace_can_be_dry_run_but_nothing_in_it(client: Client, fresh_name: str) -> None:  # noqa: F811
    assert client.apply(namespace(fresh_name), dry_run=True)["metadata"]["name"] == fresh_name
    with pytest.raises(KubernetesRefused) as refused:
        client.apply(quota(fresh_name, pods="1"), dry_run=True)
    assert refused.value.code == 404


# Ownership


def test_a_field_of_somebody_else_is_a_conflict_that_names_owner_and_field(
    client: Client, somebody: Client, home: str
) -> None:
    client.apply(quota(home, limits_cpu="20"))
    with pytest.raises(FieldConflict) as conflict:
        somebody.apply(quota(home, limits_cpu="40"))
    assert conflict.value.contested == (Contested("spec.hard.limits.cpu", "cairn"),)
    assert isinstance(conflict.value, Conflict)


def test_a_dry_run_meets_the_same_conflict(client: Client, somebody: Client, home: str) -> None:
    client.apply(quota(home, limits_cpu="20"))
    somebody.apply(quota(home, limits_cpu="40"), force=True)
    with pytest.raises(FieldConflict) as conflict:
        client.apply(quota(home, limits_cpu="20"), dry_run=True)
    assert conflict.value.contested[0].manager == "kubectl-edit"


def test_force_takes_the_field_over(client: Client, somebody: Client, home: str) -> None:
    client.apply(quota(home, limits_cpu="20"))
    somebody.apply(quota(home, limits_cpu="40"), force=True)
    taken = client.apply(quota(home, limits_cpu="20"), force=True)
    assert taken["spec"]["hard"] == {"limits.cpu": "20"}
    client.apply(quota(home, limits_cpu="30"))


def test_two_who_want_the_same_value_share_the_field(client: Client, somebody: Client, home: str) -> None:
    client.apply(quota(home, limits_cpu="20"))
    somebody.apply(quota(home, limits_cpu="20"))
    owners = {entry["manager"] for entry in client.get(ref_of(quota(home)))["metadata"]["managedFields"]}  # type: ignore[index]
    assert {"cairn", "kubectl-edit"} <= owners


def test_lists_of_a_policy_are_owned_as_a_whole(client: Client, somebody: Client, home: str) -> None:
    def policy(types: list[str]) -> Manifest:
        spec = {"podSelector": {}, "policyTypes": types}
        return of("networking.k8s.io/v1", "NetworkPolicy", home, "deny", spec=spec)

    client.apply(policy(["Ingress"]))
    with pytest.raises(FieldConflict) as conflict:
        somebody.apply(policy(["Ingress", "Egress"]))
    assert [each.path for each in conflict.value.contested] == ["spec.policyTypes"]


# What the server fills in


def test_a_namespace_gets_its_name_as_a_label(client: Client, home: str) -> None:
    labels = client.get(ObjectRef("v1", "Namespace", home))["metadata"]["labels"]  # type: ignore[index]
    assert labels["kubernetes.io/metadata.name"] == home


def test_a_namespace_gets_a_default_service_account(client: Client, home: str) -> None:
    account = ObjectRef("v1", "ServiceAccount", "default", home)
    _eventually(lambda: client.get(account) is not None)
    ours = of("v1", "ServiceAccount", home, "default", automountServiceAccountToken=False)
    assert client.apply(ours)["automountServiceAccountToken"] is False


def test_policies_and_limits_get_their_defaults(client: Client, home: str) -> None:
    spec: Manifest = {"podSelector": {}, "egress": [{"ports": [{"port": 53}]}]}
    policy = client.apply(of("networking.k8s.io/v1", "NetworkPolicy", home, "dns", spec=spec))
    assert policy["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert policy["spec"]["egress"][0]["ports"][0] == {"protocol": "TCP", "port": 53}
    limit = {"type": "Container", "default": {"cpu": "0.5"}}
    limits = client.apply(of("v1", "LimitRange", home, "limits", spec={"limits": [limit]}))
    assert limits["spec"]["limits"][0]["defaultRequest"] == {"cpu": "500m"}


# What the server refuses


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
    rbac = "rbac.authorization.k8s.io"
    broken = {
        "spec.egress[0].ports[0].port": (
            "networking.k8s.io/v1",
            "NetworkPolicy",
            {"spec": {"egress": [{"ports": [port]}]}},
        ),
        "spec.policyTypes[0]": ("networking.k8s.io/v1", "NetworkPolicy", {"spec": {"policyTypes": ["Bogus"]}}),
        "spec.ingress[0].from[0]": ("networking.k8s.io/v1", "NetworkPolicy", {"spec": {"ingress": [{"from": [{}]}]}}),
        "spec.limits[0].defaultRequest.cpu": (
            "v1",
            "LimitRange",
            {"spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}, "defaultRequest": {"cpu": "2"}}]}},
        ),
        "subjects[0].kind": (
            f"{rbac}/v1",
            "RoleBinding",
            {"roleRef": {"kind": "ClusterRole", "name": "edit"}, "subjects": [{"kind": "Grup", "name": "x"}]},
        ),
        "roleRef.name": (f"{rbac}/v1", "RoleBinding", {"roleRef": {"kind": "ClusterRole"}}),
    }
    for field, (api_version, kind, content) in broken.items():
        with pytest.raises(KubernetesRefused) as refused:
            client.apply(of(api_version, kind, home, "broken", **content))
        assert refused.value.code == 422, field
        assert field in {each.path for each in refused.value.fields}


def test_a_field_that_does_not_exist_is_refused_by_name(client: Client, home: str) -> None:
    spec: dict[str, object] = {"podSelector": {}, "ingress": [{"from": [{"namespaceSelectr": {}}]}]}
    with pytest.raises(KubernetesRefused) as refused:
        client.apply(of("networking.k8s.io/v1", "NetworkPolicy", home, "typo", spec=spec))
    assert [each.path for each in refused.value.fields] == ["spec.ingress[0].from[0].namespaceSelectr"]


@pytest.mark.parametrize("name", ["Bad_Name", "-orders", "a" * 64, "a.b"])
def test_a_bad_name_of_a_namespace_is_refused(client: Client, name: str) -> None:
    with pytest.raises(KubernetesRefused) as refused:
        client.apply(namespace(name), dry_run=True)
    assert "metadata.name" in {each.path for each in refused.value.fields}


def test_an_unknown_level_of_pod_security_is_refused(client: Client, fresh_name: str) -> None:  # noqa: F811
    with pytest.raises(KubernetesRefused, match="privileged, baseline, restricted"):
        client.apply(namespace(fresh_name, labels={"pod-security.kubernetes.io/enforce": "strict"}))


def test_a_kind_that_the_cluster_lacks_is_refused(client: Client, home: str) -> None:
    with pytest.raises(KubernetesRefused) as refused:
        client.apply(of("example.com/v1", "Wonder", home, "x"))
    assert refused.value.id == "kubernetes-unknown-kind"


def test_the_role_of_a_binding_cannot_be_changed(client: Client, home: str) -> None:
    def binding(role: str) -> Manifest:
        reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role}
        return of("rbac.authorization.k8s.io/v1", "RoleBinding", home, "team", roleRef=reference)

    client.apply(binding("edit"))
    with pytest.raises(KubernetesRefused, match="cannot change roleRef"):
        client.apply(binding("view"))


def test_a_quota_on_counts_lets_no_more_in(client: Client, home: str) -> None:
    _eventually(lambda: client.get(ObjectRef("v1", "ConfigMap", "kube-root-ca.crt", home)) is not None)
    client.apply(of("v1", "ResourceQuota", home, "few", spec={"hard": {"count/configmaps": "2"}}))
    few = ObjectRef("v1", "ResourceQuota", "few", home)
    _eventually(lambda: client.get(few).get("status", {}).get("used") == {"count/configmaps": "1"})  # type: ignore[union-attr]
    client.apply(config(home, name="second"))
    with pytest.raises(KubernetesRefused, match="exceeded quota: few") as refused:
        client.apply(config(home, name="third"))
    assert refused.value.code == 403
    assert "right" not in refused.value.hint


# Quantities


QUANTITIES = [
    "0", "1", "10", "500m", "1500m", "1.5", ".5", "5.", "0.1", "0.0001", "1n", "1u", "1k", "1M", "20Gi", "1.5Gi",
    "1536Mi", "1024Ki", "1Ti", "1e3", "1E3", "1e-3", "1.5e3", "1E", "1P", "0.5Ki", "1000Ki", "123456", "1e18",
]  # fmt: skip
NOT_QUANTITIES = [
    "", "NaN", "Infinity", "1K", "1ki", "1i", "1_0", "0x10", "1e",
    "1 Gi", "1e3Mi", "١", "--1", "1.1.1", "1gb", True,
]  # fmt: skip


def test_what_we_take_for_a_quantity_the_server_takes_for_the_same(client: Client, home: str) -> None:
    for text in QUANTITIES:
        hard = client.apply(quota(home, limits_cpu=text), dry_run=True)["spec"]["hard"]
        assert same_quantity(hard["limits.cpu"], text), (text, hard)


def test_our_canonical_form_is_one_that_the_server_leaves_alone(client: Client, home: str) -> None:
    for text in QUANTITIES:
        canonical = str(parse_quantity(text))
        hard = client.apply(quota(home, limits_cpu=canonical), dry_run=True)["spec"]["hard"]
        assert hard["limits.cpu"] == canonical, text


def test_what_the_server_refuses_as_a_quantity_we_refuse(client: Client, home: str) -> None:
    for text in NOT_QUANTITIES:
        with pytest.raises(KubernetesRefused, match="quantit"):
            client.apply(quota(home, limits_cpu=text), dry_run=True)
        with pytest.raises(QuantityError):
            parse_quantity(text)


# The bundle


def test_a_bundle_is_applied_whole_and_again_without_a_change(client: Client, fresh_name: str) -> None:  # noqa: F811
    spec = NamespaceSpec(
        fresh_name,
        "group:default/orders-team",
        "production",
        {"requests.cpu": "10", "requests.memory": "20Gi", "limits.cpu": "20", "limits.memory": "40Gi"},
        resource_id="42",
        description="Orders, of course",
        allow_ingress=("ingress-nginx",),
        viewers=("platform-viewers",),
    )
    for manifest in render(spec):
        client.apply(manifest)
    versions = [client.get(ref_of(manifest))["metadata"]["resourceVersion"] for manifest in render(spec)[:-1]]  # type: ignore[index]
    again = [client.apply(manifest)["metadata"]["resourceVersion"] for manifest in render(spec)[:-1]]
    ours = client.list("networking.k8s.io/v1", "NetworkPolicy", labels={"cairn.dev/resource-id": "42"})
    assert {each["metadata"]["name"] for each in ours if each["metadata"]["namespace"] == fresh_name} == {
        "allow-dns",
        "allow-from-ingress-nginx",
        "allow-same-namespace",
        "default-deny",
    }
    # The quota's controller may write its status in between.
    unchanged = [one == other for one, other in zip(versions, again, strict=True)]
    assert unchanged.count(False) <= 1
    client.delete(ObjectRef("v1", "Namespace", fresh_name))


# Deleting


def test_a_deleted_object_is_gone(client: Client, home: str) -> None:
    client.apply(config(home))
    ref = ref_of(config(home))
    assert client.delete(ref) is True
    client.wait_gone(ref, timeout=10)
    assert client.delete(ref) is False


def test_a_namespace_takes_its_time_to_go_and_takes_nothing_new(client: Client, fresh_name: str) -> None:  # noqa: F811
    client.apply(namespace(fresh_name))
    client.apply(config(fresh_name))
    ref = ObjectRef("v1", "Namespace", fresh_name)
    assert client.delete(ref)
    assert client.get(ref)["status"]["phase"] == "Terminating"  # type: ignore[index]
    with pytest.raises(Conflict) as refused:
        client.apply(config(fresh_name, name="late"))
    assert refused.value.id == "kubernetes-terminating"
    client.wait_gone(ref, timeout=30)
    assert client.get(ref_of(config(fresh_name))) is None
    client.apply(namespace(fresh_name))
    client.delete(ref)


def test_what_holds_a_namespace_is_named(client: Client, fresh_name: str) -> None:  # noqa: F811
    client.apply(namespace(fresh_name))
    held = config(fresh_name)
    held["metadata"]["finalizers"] = ["example.com/backup"]
    client.apply(held)
    ref = ObjectRef("v1", "Namespace", fresh_name)
    client.delete(ref)
    _eventually(lambda: bool(client.get(ref)["status"].get("conditions")), seconds=20)  # type: ignore[index]
    with pytest.raises(ProviderError, match=r"example\.com/backup") as stuck:
        client.wait_gone(ref, timeout=0)
    assert not stuck.value.permanent
    held["metadata"]["finalizers"] = []
    client.apply(held)
    client.wait_gone(ref, timeout=30)


def _eventually(happened: Any, *, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)

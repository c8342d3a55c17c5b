"""A whole bundle, and how objects and namespaces go."""

# ruff: noqa: F401, F811  -- fixtures are imported by name

import pytest

from common.errors import Conflict, ProviderError
from integrations.kubernetes.client import Client
from integrations.kubernetes.objects import ObjectRef, ref_of
from provisioning.bundle import NamespaceSpec, render
from tests.contract.kubernetes_objects import (
    NETWORKING,
    client,
    cluster,
    config,
    emulated_cluster,
    eventually,
    fresh_name,
    home,
    namespace,
    of,
    real_cluster,
    somebody,
)


def test_a_bundle_is_applied_whole_and_again_without_a_change(client: Client, fresh_name: str) -> None:
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
    ours = client.list(NETWORKING, "NetworkPolicy", labels={"cairn.dev/resource-id": "42"})
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


def test_a_deleted_object_is_gone(client: Client, home: str) -> None:
    client.apply(config(home))
    ref = ref_of(config(home))
    assert client.delete(ref) is True
    client.wait_gone(ref, timeout=10)
    assert client.delete(ref) is False


def test_a_namespace_takes_its_time_to_go_and_takes_nothing_new(client: Client, fresh_name: str) -> None:
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


def test_what_holds_a_namespace_is_named(client: Client, fresh_name: str) -> None:
    client.apply(namespace(fresh_name))
    held = config(fresh_name)
    held["metadata"]["finalizers"] = ["example.com/backup"]
    client.apply(held)
    ref = ObjectRef("v1", "Namespace", fresh_name)
    client.delete(ref)
    eventually(lambda: bool(client.get(ref)["status"].get("conditions")), seconds=20)  # type: ignore[index]
    with pytest.raises(ProviderError, match=r"example\.com/backup") as stuck:
        client.wait_gone(ref, timeout=0)
    assert not stuck.value.permanent
    held["metadata"]["finalizers"] = []
    client.apply(held)
    client.wait_gone(ref, timeout=30)

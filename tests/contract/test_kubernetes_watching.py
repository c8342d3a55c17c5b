"""What custom resources, their status and watches promise, on the emulated API and on a real one."""

# ruff: noqa: F401, F811  -- fixtures are imported by name

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from integrations.kubernetes.client import Client
from integrations.kubernetes.errors import KubernetesRefused
from integrations.kubernetes.objects import ObjectRef, ref_of
from provisioning.custom_resource import read_definition
from provisioning.namespace_request import API_VERSION, KIND
from tests.contract.kubernetes_objects import (
    Manifest,
    client,
    cluster,
    config,
    emulated_cluster,
    eventually,
    fresh_name,
    home,
    real_cluster,
)
from tests.kubernetes import Server

#: The document of the guide, as it is.
GUIDE = """\
# Self-service namespace request
apiVersion: platform.example.com/v1
kind: NamespaceRequest
metadata:
  name: orders
spec:
  team: orders-team
  description: "Orders microservice namespace"
  quota:
    requests.cpu: "10"
    requests.memory: "20Gi"
    limits.cpu: "20"
    limits.memory: "40Gi"
  networkPolicies:
    defaultDeny: true
    allowIngress:
      - fromNamespace: ingress-nginx
"""


@pytest.fixture
def known(client: Client) -> None:
    """The kind is known."""
    client.apply(read_definition())
    eventually(lambda: client.serves(API_VERSION, KIND))


def wish(home: str, name: str = "orders", **spec: object) -> Manifest:
    found = yaml.safe_load(GUIDE)
    return {**found, "metadata": {"name": name, "namespace": home}, "spec": {**found["spec"], **spec}}


def status_in(manifest: Manifest, **status: object) -> Manifest:
    return {**{name: manifest[name] for name in ("apiVersion", "kind", "metadata")}, "status": status}


@pytest.mark.usefixtures("known")
def test_the_guide_s_document_is_taken_unchanged(client: Client, home: str) -> None:
    made = client.apply(wish(home))
    assert made["spec"] == yaml.safe_load(GUIDE)["spec"]
    assert made["metadata"]["generation"] == 1


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"team": ""}, "spec.team"),
        ({"quota": {}}, "spec.quota"),
        ({"networkPolicies": {"allowIngress": [{"fromNamespace": ""}]}}, "fromNamespace"),
    ],
)
def test_what_the_schema_does_not_take_is_refused_with_its_field(
    client: Client, home: str, spec: Manifest, says: str
) -> None:
    with pytest.raises(KubernetesRefused, match=says):
        client.apply(wish(home, **spec))


@pytest.mark.usefixtures("known")
def test_a_missing_team_and_an_unknown_field_are_refused(client: Client, home: str) -> None:
    bare = wish(home)
    del bare["spec"]["team"]
    with pytest.raises(KubernetesRefused, match="spec.team: Required value"):
        client.apply(bare)
    with pytest.raises(KubernetesRefused, match="field not declared in schema"):
        client.apply(wish(home, surprise=True))


@pytest.mark.usefixtures("known")
def test_the_status_is_written_apart_and_is_no_new_generation(client: Client, home: str) -> None:
    manifest = wish(home)
    client.apply(manifest)
    done = client.apply(status_in(manifest, phase="Ready", message="Here."), subresource="status", force=True)
    assert (done["status"], done["metadata"]["generation"]) == ({"phase": "Ready", "message": "Here."}, 1)
    less = client.apply(status_in(manifest, phase="Failed"), subresource="status", force=True)
    assert less["status"] == {"phase": "Failed"}
    again = client.apply(wish(home, description="Another"))
    assert (again["status"], again["metadata"]["generation"]) == ({"phase": "Failed"}, 2)


@pytest.mark.usefixtures("known")
def test_a_status_that_the_schema_does_not_know_is_refused(client: Client, home: str) -> None:
    manifest = wish(home)
    client.apply(manifest)
    with pytest.raises(KubernetesRefused, match="field not declared in schema"):
        client.apply(status_in(manifest, mood="good"), subresource="status")


@pytest.mark.usefixtures("known")
def test_a_finalizer_keeps_an_object_until_it_is_taken_out(client: Client, home: str) -> None:
    manifest = wish(home)
    client.apply(manifest)
    held = {**manifest, "metadata": {**manifest["metadata"], "finalizers": ["platform.example.com/cairn"]}}
    client.apply(held)
    client.delete(ref_of(manifest))
    going = client.get(ref_of(manifest))
    assert going is not None
    assert "deletionTimestamp" in going["metadata"]
    client.apply(manifest)
    eventually(lambda: client.get(ref_of(manifest)) is None)


@pytest.mark.usefixtures("known")
def test_another_object_of_the_same_name_is_told_by_its_uid(client: Client, home: str) -> None:
    made = client.apply(wish(home))
    other = {
        **wish(home),
        "metadata": {"name": "orders", "namespace": home, "uid": made["metadata"]["uid"][:-4] + "0000"},
    }
    with pytest.raises(KubernetesRefused, match="metadata.uid"):
        client.apply(other)


@pytest.mark.usefixtures("known")
def test_a_watch_goes_on_from_a_listing(client: Client, home: str) -> None:
    client.apply(wish(home, "first"))
    listing = client.listing(API_VERSION, KIND, namespace=home)
    assert [item["metadata"]["name"] for item in listing.items] == ["first"]
    client.apply(wish(home, "second"))
    client.apply(wish(home, "second", description="Changed"))
    client.delete(ObjectRef(API_VERSION, KIND, "first", home))
    seen: list[tuple[str, str]] = []
    for kind, found in client.watch(API_VERSION, KIND, listing.version, seconds=60):
        if kind != "BOOKMARK" and found["metadata"]["namespace"] == home:
            seen.append((kind, found["metadata"]["name"]))
        if seen and seen[-1] == ("DELETED", "first"):
            break
    # A real server first marks what it deletes with what it owns.
    told = [event for event in seen if event != ("MODIFIED", "first")]
    assert told == [("ADDED", "second"), ("MODIFIED", "second"), ("DELETED", "first")]


@pytest.mark.usefixtures("known")
def test_a_watch_tells_while_it_lasts(client: Client, home: str) -> None:
    version = client.listing(API_VERSION, KIND).version
    threading.Timer(0.5, lambda: client.apply(wish(home))).start()
    for _, found in client.watch(API_VERSION, KIND, version, seconds=10):
        if found["metadata"]["namespace"] == home:
            break
    else:
        pytest.fail("the watch ended before it told")


@pytest.mark.usefixtures("known")
def test_a_version_of_long_ago_is_gone(client: Client, cluster: Server) -> None:
    if not cluster.real:
        pytest.skip("the emulation's history is shared between tests; test_history.py asks it of one of its own")
    with pytest.raises(KubernetesRefused) as gone:
        # A real server remembers from its start on; version 1 is before everything that it wrote.
        list(client.watch(API_VERSION, KIND, "1", seconds=2))
    assert gone.value.code == 410

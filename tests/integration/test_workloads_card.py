"""What runs, on the page of a component: from the cluster, for those who may see it, and never another team's."""

# ruff: noqa: F401, F811  -- fixtures are imported by name

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client as Browser
from rest_framework.test import APIClient

from accounts.models import User
from catalog.actions import put_portal_entities
from integrations.kubernetes.client import Client
from integrations.kubernetes.objects import ObjectRef
from provisioning.models import Cluster, Resource
from provisioning.workloads import reading
from tests.contract.kubernetes_objects import eventually, namespace, of
from tests.kubernetes import Server, cluster, emulated_cluster, fresh_name, real_cluster

pytestmark = pytest.mark.django_db
TEAM = "group:default/orders-team"
CARD = "/workloads/card/default/component/orders"
LABEL = "backstage.io/kubernetes-id"


@pytest.fixture
def home(cluster: Server, settings: Any, tmp_path: Path, fresh_name: str) -> Iterator[str]:
    """A namespace of orders-team in the configured cluster, in which something runs and something does not."""
    (tmp_path / "ca.crt").write_bytes(cluster.credentials.authority)
    authority = {"certificate-authority": "ca.crt"} if cluster.real else {}
    document = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": cluster.credentials.server, **authority}}],
        "users": [{"name": "u", "user": {"token": cluster.credentials.token}}],
    }
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(document))
    settings.KUBECONFIG = str(tmp_path / "kubeconfig")
    client = cluster.client()
    client.apply(namespace(fresh_name))
    Resource.objects.create(
        blueprint="namespace",
        name=fresh_name,
        environment="development",
        state="ready",
        owner_ref=TEAM,
        cluster=Cluster.objects.configured(),
    )
    deploy(client, fresh_name, "orders")
    deploy(client, fresh_name, "carts")
    yield fresh_name
    client.delete(ObjectRef("v1", "Namespace", fresh_name))


def deploy(client: Client, home: str, name: str) -> None:
    """A Deployment with a pod that crashes, and a warning about it."""
    labels = {"app": name, LABEL: name}
    pod_spec = {"containers": [{"name": "web", "image": f"{name}:1.2"}]}
    template = {"metadata": {"labels": labels}, "spec": pod_spec}
    spec = {"replicas": 1, "selector": {"matchLabels": {"app": name}}, "template": template}
    deployment = of("apps/v1", "Deployment", home, name, spec=spec)
    deployment["metadata"]["labels"] = labels
    client.apply(deployment)
    # No controller makes pods here, and no kubelet runs them: what they would say is said for them.
    pod = of("v1", "Pod", home, f"{name}-5d-1", spec={**pod_spec, "serviceAccountName": "default"})
    pod["metadata"]["labels"] = labels
    client.apply(pod)
    waiting = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s"}}
    container = {
        "name": "web",
        "image": f"{name}:1.2",
        "imageID": "",
        "ready": False,
        "restartCount": 7,
        "state": waiting,
    }
    status = {"phase": "Running", "containerStatuses": [container]}
    bare = {name: pod[name] for name in ("apiVersion", "kind")}
    names = {"name": pod["metadata"]["name"], "namespace": home}
    client.apply({**bare, "metadata": names, "status": status}, subresource="status", force=True)
    about = {"kind": "Pod", "name": pod["metadata"]["name"], "namespace": home}
    said = {"reason": "BackOff", "message": "Back-off restarting", "type": "Warning", "count": 12}
    times = {"firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:10:00Z"}
    client.apply(of("v1", "Event", home, f"{name}-5d-1.x", involvedObject=about, **said, **times))


def component(by: User, owner: str = TEAM, **annotations: str) -> None:
    metadata = {
        "name": "orders",
        "annotations": {f"backstage.io/{key.replace('_', '-')}": v for key, v in annotations.items()},
    }
    spec = {"type": "service", "lifecycle": "production", "owner": owner}
    document = {"apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": metadata, "spec": spec}
    put_portal_entities(source="test", documents=[document], by=by)


def test_it_says_what_runs_what_is_wrong_and_from_where(
    home: str, alice: User, client_for: Callable[[User], Browser], api_for: Callable[..., APIClient]
) -> None:
    component(alice, kubernetes_id="orders")
    text = client_for(alice).get(CARD).content.decode()
    for words in (
        home,
        "default",
        "orders:1.2",
        "0 of 1",
        "CrashLoopBackOff",
        "starts and ends again",
        "BackOff",
        "12 times",
    ):
        assert words in text, words
    assert "carts" not in text
    (found,) = api_for(alice).get("/api/v1/workloads?entity=component:default/orders").json()["items"]
    (workload,) = found["workloads"]
    assert (found["namespace"], workload["name"], workload["tone"]) == (home, "orders", "bad")
    assert workload["pods"][0]["restarts"] == 7
    assert found["warnings"][0]["count"] == 12
    page = client_for(alice).get("/catalog/default/component/orders").content.decode()
    assert CARD in page


def test_a_selector_and_a_namespace_say_what_is_meant(
    home: str, alice: User, api_for: Callable[..., APIClient]
) -> None:
    component(alice, kubernetes_namespace=home, kubernetes_label_selector="app in (orders,carts)")
    (found,) = api_for(alice).get("/api/v1/workloads?entity=component:default/orders").json()["items"]
    assert [each["name"] for each in found["workloads"]] == ["carts", "orders"]


def test_an_annotation_shows_nobody_what_another_team_or_the_cluster_runs(
    home: str, alice: User, charlie: User, api_for: Callable[..., APIClient]
) -> None:
    theirs = "group:default/payments-team"
    component(charlie, theirs, kubernetes_namespace=home, kubernetes_label_selector="!none")
    ask = "/api/v1/workloads?entity=component:default/orders"
    assert api_for(charlie).get(ask).json()["items"] == []
    component(charlie, theirs, kubernetes_namespace="kube-system", kubernetes_label_selector="!none")
    assert api_for(charlie).get(ask).json()["items"] == []


def test_a_namespace_is_read_once_however_many_ask(
    home: str, alice: User, api_for: Callable[..., APIClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    component(alice)
    asked: list[str] = []
    whole = Client.listing

    def counted(self: Client, api_version: str, kind: str, **more: Any) -> Any:
        asked.append(kind)
        return whole(self, api_version, kind, **more)

    monkeypatch.setattr(Client, "listing", counted)
    api = api_for(alice)
    for _ in range(3):
        assert api.get("/api/v1/workloads?entity=component:default/orders").json()["items"][0]["workloads"]
    assert sorted(asked) == sorted(reading.KINDS)


def test_a_cluster_that_does_not_answer_is_named_and_the_page_stays(
    home: str, alice: User, client_for: Callable[[User], Browser], tmp_path: Path
) -> None:
    component(alice)
    document = yaml.safe_load((tmp_path / "kubeconfig").read_text())
    document["clusters"][0]["cluster"]["server"] = "http://127.0.0.1:1"
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(document))
    answer = client_for(alice).get(CARD)
    assert answer.status_code == 200
    assert "did not answer" in answer.content.decode()
    assert client_for(alice).get("/catalog/default/component/orders").status_code == 200


def test_a_component_of_nobody_with_a_namespace_has_no_card(
    alice: User, client_for: Callable[[User], Browser], settings: Any
) -> None:
    settings.KUBECONFIG = ""
    component(alice)
    assert CARD not in client_for(alice).get("/catalog/default/component/orders").content.decode()
    assert "no namespace to look into" in client_for(alice).get(CARD).content.decode()

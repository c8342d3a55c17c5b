"""A namespace from manifest to catalog, through the run engine and server-side apply."""

import pytest
import yaml

from catalog.models import Entity
from integrations.kubernetes.objects import ObjectRef
from provisioning import actions
from provisioning.asking import Asked, asked_of
from provisioning.blueprints import blueprint_named
from provisioning.models import Request, Resource
from provisioning.submitting import submit
from runs.engine import advance
from runs.logs import read_log
from runs.models import Run
from tests.kubernetes import Server, emulated_cluster  # noqa: F401

pytestmark = pytest.mark.django_db

TEAM = "group:default/orders-team"
QUOTA = {"requests.cpu": "10", "requests.memory": "20Gi", "limits.cpu": "20", "limits.memory": "40Gi"}
INPUTS = {
    "quota": QUOTA,
    "networkPolicies": {"defaultDeny": True, "allowIngress": [{"fromNamespace": "ingress-nginx"}]},
}


@pytest.fixture(autouse=True)
def cluster(settings, emulated_cluster, tmp_path) -> Server:  # type: ignore[no-untyped-def]  # noqa: F811
    server = emulated_cluster.credentials.server
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {}}],
    }
    settings.KUBECONFIG, settings.DATA_DIR = str(tmp_path / "kubeconfig"), tmp_path
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))
    return emulated_cluster


def follow(request: Request) -> Request:
    while advance(Request.objects.get(pk=request.pk).run_id):
        pass
    return Request.objects.select_related("resource", "run").get(pk=request.pk)


def said(request: Request) -> tuple[object, str]:
    return request.error, read_log(request.run_id, 0)[0]


def made(alice, pat, name: str, **inputs) -> Resource:  # type: ignore[no-untyped-def]
    asked = Asked(blueprint_named("namespace"), "create", name, TEAM, "development", INPUTS | inputs)
    request = follow(submit(asked=asked, by=alice))
    assert request.state == "awaiting_approval", said(request)
    request = follow(actions.decide(request=request, by=pat, decision="approve"))
    assert request.state == "fulfilled", said(request)
    return request.resource


def test_a_namespace_is_made_changed_and_removed(alice, pat, cluster) -> None:  # type: ignore[no-untyped-def]
    resource = made(alice, pat, "orders")
    client = cluster.client()
    quota = client.get(ObjectRef("v1", "ResourceQuota", "quota", "orders"))
    assert quota["spec"]["hard"]["requests.cpu"] == "10"
    policies = {
        item["metadata"]["name"] for item in client.list("networking.k8s.io/v1", "NetworkPolicy", namespace="orders")
    }
    assert {"default-deny", "allow-dns", "allow-from-ingress-nginx"} <= policies
    assert client.get(ObjectRef("rbac.authorization.k8s.io/v1", "RoleBinding", "members", "orders"))
    entity = Entity.objects.get(ref=resource.entity_ref)
    assert (entity.owner_ref, entity.type) == (TEAM, "kubernetes-namespace")

    wanted = INPUTS | {"quota": QUOTA | {"limits.cpu": "30"}, "networkPolicies": {"defaultDeny": True}}
    change = follow(submit(asked=asked_of(resource, "update", wanted), by=alice, resource=resource))
    fields = {
        (item["address"], f["path"]): (f["before"], f["after"])
        for item in change.plan["changes"]
        for f in item["fields"]
    }
    assert fields["ResourceQuota/orders/quota", "spec.hard.limits.cpu"] == ("20", "30")
    assert change.plan["summary"]["delete"] == 1
    change = follow(actions.decide(request=change, by=pat, decision="approve"))
    assert change.state == "fulfilled", said(change)
    assert client.get(ObjectRef("networking.k8s.io/v1", "NetworkPolicy", "allow-from-ingress-nginx", "orders")) is None

    resource.refresh_from_db()
    gone = follow(submit(asked=asked_of(resource, "delete", resource.inputs), by=alice, resource=resource))
    gone = follow(actions.decide(request=gone, by=pat, decision="approve"))
    assert gone.state == "fulfilled", said(gone)
    assert client.get(ObjectRef("v1", "Namespace", "orders")) is None
    assert not Entity.objects.present().filter(ref=resource.entity_ref).exists()


def test_a_world_that_moved_after_the_approval_is_not_overwritten(alice, pat, cluster) -> None:  # type: ignore[no-untyped-def]
    asked = Asked(blueprint_named("namespace"), "create", "moved", TEAM, "development", INPUTS)
    request = follow(submit(asked=asked, by=alice))
    client = cluster.client()
    client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "moved"}})
    request = follow(actions.decide(request=request, by=pat, decision="approve"))
    assert (request.state, request.error["id"]) == ("needs_attention", "namespace-taken")
    assert request.resource.state == "degraded"


def test_without_a_cluster_the_request_says_what_to_set(alice, settings) -> None:  # type: ignore[no-untyped-def]
    settings.KUBECONFIG = ""
    asked = Asked(blueprint_named("namespace"), "create", "nowhere", TEAM, "development", INPUTS)
    request = follow(submit(asked=asked, by=alice))
    assert (request.state, request.error["id"]) == ("failed", "cluster-missing")
    assert "CAIRN_KUBECONFIG" in request.error["hint"]
    assert Run.objects.get(pk=request.run_id).state == "failed"


def test_a_database_and_a_namespace_of_one_name_are_two_entities(alice, pat, cluster) -> None:  # type: ignore[no-untyped-def]
    from provisioning.steps.record import entity_of

    namespace = made(alice, pat, "billing")
    twin = Resource.objects.create(
        blueprint="database", blueprint_version="1.0.0", name="billing", environment="development", owner_ref=TEAM
    )
    assert namespace.entity_ref == "resource:default/billing-development"
    assert entity_of(twin, {})["metadata"]["name"] == "billing-development-database"

"""NamespaceRequests that are applied in a cluster: what becomes of them there and in the portal."""

# ruff: noqa: F401, F811  -- fixtures are imported by name

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import connection

from accounts.actions import create_user
from accounts.models import User
from accounts.permissions import may_write
from audit.models import Event
from integrations.kubernetes.client import Client
from integrations.kubernetes.objects import ObjectRef, ref_of
from provisioning import actions
from provisioning.custom_resource import lease, read_definition
from provisioning.custom_resource.controller import FINALIZER, look_at, reconcile
from provisioning.custom_resource.watching import Follower, changed_rows
from provisioning.models import Cluster, ClusterWatch, Request, Resource, WatchedRequest
from provisioning.namespace_request import API_VERSION, KIND
from provisioning.permissions import open_stage
from runs.engine import advance
from runs.logs import read_log
from tests.contract.kubernetes_objects import Manifest, eventually, namespace
from tests.contract.test_kubernetes_watching import GUIDE
from tests.kubernetes import Server, cluster, emulated_cluster, fresh_name, real_cluster

pytestmark = pytest.mark.django_db(transaction=True)
TEAM = "group:default/orders-team"


@pytest.fixture
def site(cluster: Server, settings: Any, tmp_path: Path, alice: User) -> Iterator[Cluster]:
    """The configured cluster, which knows the kind; alice's team is in the catalog."""
    (tmp_path / "ca.crt").write_bytes(cluster.credentials.authority)
    authority = {"certificate-authority": "ca.crt"} if cluster.real else {}
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": cluster.credentials.server, **authority}}],
        "users": [{"name": "u", "user": {"token": cluster.credentials.token}}],
    }
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(document))
    settings.KUBECONFIG, settings.DATA_DIR = str(tmp_path / "kubeconfig"), tmp_path
    client = cluster.client()
    client.apply(read_definition())
    eventually(lambda: client.serves(API_VERSION, KIND))
    yield Cluster.objects.configured()
    for found in client.list(API_VERSION, KIND):
        if FINALIZER not in found["metadata"].get("finalizers", []):
            client.delete(ref_of(found))
            continue
        client.apply({**_bare(found), "metadata": {**_bare(found)["metadata"], "finalizers": []}})
        client.delete(ref_of(found))


@pytest.fixture
def client(site: Cluster, cluster: Server) -> Client:
    return cluster.client()


def _bare(found: Manifest) -> Manifest:
    names = {name: found["metadata"][name] for name in ("name", "namespace")}
    return {"apiVersion": API_VERSION, "kind": KIND, "metadata": names}


def wish(name: str, home: str = "default", **spec: Any) -> Manifest:
    found = yaml.safe_load(GUIDE)
    return {**found, "metadata": {"name": name, "namespace": home}, "spec": {**found["spec"], **spec}}


def applied(site: Cluster, client: Client, manifest: Manifest) -> WatchedRequest:
    """Apply as a person does, and have the controller look once."""
    by_hand(client, manifest)
    looked(site, client, manifest)
    return WatchedRequest.objects.select_related("request", "resource").get(
        namespace=manifest["metadata"]["namespace"], name=manifest["metadata"]["name"]
    )


def by_hand(client: Client, manifest: Manifest) -> None:
    """Apply as kubectl does, under another field manager than the portal's."""
    Client(client.credentials, field_manager="kubectl").apply(manifest)


def looked(site: Cluster, client: Client, manifest: Manifest) -> None:
    reconcile(site, client, client.get(ref_of(manifest)))


def status(client: Client, manifest: Manifest) -> dict[str, Any]:
    found = client.get(ref_of(manifest))
    return dict(found["status"]) if found else {}


def follow(request: Request) -> Request:
    while advance(Request.objects.get(pk=request.pk).run_id):
        pass
    return Request.objects.select_related("resource", "run").get(pk=request.pk)


def approved(request: Request, by: User) -> Request:
    request = follow(request)
    assert request.state == "awaiting_approval", (request.error, read_log(request.run_id, 0)[0])
    request = follow(actions.decide(request=request, by=by, decision="approve"))
    assert request.state == "fulfilled", (request.error, read_log(request.run_id, 0)[0])
    return request


def test_a_request_is_made_changed_and_deleted_with_its_status(
    site: Cluster, client: Client, pat: User, fresh_name: str
) -> None:
    manifest = wish(fresh_name)
    row = applied(site, client, manifest)
    found = client.get(ref_of(manifest))
    assert found["metadata"]["finalizers"] == [FINALIZER]
    assert (found["status"]["phase"], found["status"]["requestId"]) == ("Planning", row.request_id)
    assert found["status"]["requestURL"].endswith(f"/requests/{row.request_id}")
    assert (row.request.requested_by, row.resource.owner_ref, row.resource.cluster) == (None, TEAM, site)

    approved(row.request, pat)
    (changed,) = changed_rows(site)
    look_at(site, client, changed)
    ready = status(client, manifest)
    assert (ready["phase"], ready["observedGeneration"], ready["environment"]) == ("Ready", 1, "development")
    assert changed_rows(site) == []
    assert client.get(ObjectRef("v1", "ResourceQuota", "quota", fresh_name))

    row = applied(site, client, wish(fresh_name, quota={"limits.cpu": "30"}))
    assert (row.request.action, row.request.inputs["quota"]) == ("update", {"limits.cpu": "30"})
    assert status(client, manifest)["observedGeneration"] == 2
    approved(row.request, pat)

    client.delete(ref_of(manifest))
    looked(site, client, manifest)
    looked(site, client, manifest)
    row.refresh_from_db()
    assert (row.request.action, row.request.state) == ("delete", "evaluating")
    assert status(client, manifest)["phase"] == "Deleting"
    approved(row.request, pat)
    looked(site, client, manifest)
    eventually(lambda: client.get(ref_of(manifest)) is None)
    assert client.get(ObjectRef("v1", "Namespace", fresh_name)) is None
    verbs = Event.objects.filter(subject_kind="request", verb__startswith="namespace-request").order_by("pk")
    assert [event.verb for event in verbs] == [
        "namespace-request.taken-up",
        "namespace-request.taken-up",
        "namespace-request.let-go",
    ]


def test_looking_twice_files_once_and_writes_nothing(site: Cluster, client: Client, fresh_name: str) -> None:
    manifest = wish(fresh_name)
    applied(site, client, manifest)
    before = client.get(ref_of(manifest))
    looked(site, client, manifest)
    looked(site, client, manifest)
    after = client.get(ref_of(manifest))
    assert after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]
    assert Request.objects.count() == 1


@pytest.mark.parametrize(
    ("spec", "reason", "says"),
    [
        ({"team": "nobody"}, "UnknownTeam", "There is no team nobody."),
        ({"quota": {"requests.cpu": "lots"}}, "Invalid", "spec.quota.requests.cpu"),
        ({"quota": {"requests.cpu": "4", "limits.cpu": "2"}}, "Invalid", "above the limit"),
        ({"environment": "moon"}, "RequestInvalid", "moon is not offered"),
    ],
)
def test_what_cannot_be_asked_for_is_said_in_the_status_and_can_be_mended(
    site: Cluster, client: Client, fresh_name: str, spec: dict[str, Any], reason: str, says: str
) -> None:
    manifest = wish(fresh_name, **spec)
    applied(site, client, manifest)
    found = status(client, manifest)
    accepted = next(each for each in found["conditions"] if each["type"] == "Accepted")
    assert (found["phase"], accepted["status"], accepted["reason"]) == ("Invalid", "False", reason)
    assert says in found["message"]
    assert not Request.objects.exists()
    row = applied(
        site, client, {**wish(fresh_name), "spec": {**yaml.safe_load(GUIDE)["spec"], "environment": "staging"}}
    )
    assert row.request is not None
    assert status(client, manifest)["phase"] == "Planning"


def test_a_request_speaks_for_the_team_of_its_namespace_alone_whatever_it_says(
    site: Cluster, client: Client, charlie: User, fresh_name: str
) -> None:
    site.intake = {}
    site.save()
    client.apply(namespace(fresh_name))
    manifest = wish("carts", fresh_name)
    manifest["metadata"]["annotations"] = {"cairn.dev/requested-by": "user:default/pat"}
    applied(site, client, manifest)
    assert "speak for nobody" in status(client, manifest)["message"]

    payments = Resource.objects.create(
        blueprint="namespace", name=fresh_name, environment="development", state="ready",
        owner_ref="group:default/payments-team", cluster=site,
    )  # fmt: skip
    applied(site, client, {**manifest, "spec": {**manifest["spec"], "description": "again"}})
    assert "speak for payments-team, not for orders-team" in status(client, manifest)["message"]
    assert not Request.objects.exists()

    Resource.objects.filter(pk=payments.pk).update(owner_ref=TEAM)
    row = applied(site, client, {**manifest, "spec": {**manifest["spec"], "description": "once more"}})
    assert row.request is not None
    client.delete(ObjectRef("v1", "Namespace", fresh_name))


def test_nobody_of_the_team_decides_on_what_the_team_may_have_asked_for(
    site: Cluster, client: Client, alice: User, pat: User, fresh_name: str
) -> None:
    row = applied(site, client, wish(fresh_name))
    request = follow(row.request)
    member = create_user(name="approving-member", role="approver", member_of=[TEAM])
    verdict = open_stage(member, request, []).verdict
    assert (bool(verdict), bool(may_write(member))) == (False, True)
    assert "Somebody of your team" in verdict.reason
    assert open_stage(pat, request, []).verdict


def test_deleting_what_was_never_made_takes_the_request_back(site: Cluster, client: Client, fresh_name: str) -> None:
    manifest = wish(fresh_name)
    row = applied(site, client, manifest)
    follow(row.request)
    client.delete(ref_of(manifest))
    looked(site, client, manifest)
    eventually(lambda: client.get(ref_of(manifest)) is None)
    row.request.refresh_from_db()
    assert row.request.state == "withdrawn"


def test_a_deletion_that_is_refused_is_said_and_not_asked_for_again(
    site: Cluster, client: Client, pat: User, fresh_name: str
) -> None:
    manifest = wish(fresh_name)
    row = applied(site, client, manifest)
    approved(row.request, pat)
    client.delete(ref_of(manifest))
    looked(site, client, manifest)
    row.refresh_from_db()
    refused = follow(row.request)
    follow(actions.decide(request=refused, by=pat, decision="reject", reason="Still in use"))
    looked(site, client, manifest)
    looked(site, client, manifest)
    assert status(client, manifest)["phase"] == "DeletionRefused"
    assert "Still in use" in status(client, manifest)["message"]
    assert Request.objects.filter(action="delete").count() == 1
    assert client.get(ObjectRef("v1", "Namespace", fresh_name))
    client.delete(ObjectRef("v1", "Namespace", fresh_name))


def test_a_change_while_another_request_is_under_way_is_asked_for_afterwards(
    site: Cluster, client: Client, pat: User, fresh_name: str
) -> None:
    manifest = wish(fresh_name)
    row = applied(site, client, manifest)
    row = applied(site, client, wish(fresh_name, description="Another"))
    assert (row.generation, Request.objects.count()) == (1, 1)
    approved(row.request, pat)
    (changed,) = changed_rows(site)
    look_at(site, client, changed)
    row.refresh_from_db()
    assert (row.generation, row.request.action, row.request.inputs["description"]) == (2, "update", "Another")


@pytest.fixture
def following(site: Cluster) -> Iterator[Callable[[str], threading.Event]]:
    """Starts followers; all are stopped at the end."""
    started: list[tuple[threading.Event, threading.Thread]] = []

    def start(holder: str) -> threading.Event:
        stop = threading.Event()
        thread = threading.Thread(target=Follower(site.pk, holder, stop).run, daemon=True)
        thread.start()
        started.append((stop, thread))
        return stop

    yield start
    for stop, _ in started:
        stop.set()
    for _, thread in started:
        thread.join(timeout=60)


def phase(client: Client, manifest: Manifest) -> str:
    return str(status(client, manifest).get("phase", "")) if client.get(ref_of(manifest)).get("status") else ""


def test_what_kubectl_applies_gets_a_status_by_itself_and_one_process_follows(
    site: Cluster, client: Client, cluster: Server, pat: User, fresh_name: str,
    following: Callable[[str], threading.Event], tmp_path: Path,
) -> None:  # fmt: skip
    first = following("one")
    eventually(lambda: ClusterWatch.objects.filter(cluster=site, holder="one", problem="").exists())
    following("two")
    manifest = wish(fresh_name)
    if cluster.real and shutil.which("kubectl"):
        document = GUIDE.replace("name: orders\n", f"name: {fresh_name}\n", 1)
        command = ["kubectl", "--kubeconfig", str(tmp_path / "kubeconfig"), "apply", "-f", "-"]
        subprocess.run(command, input=document, text=True, check=True, capture_output=True)
    else:
        by_hand(client, manifest)
    eventually(lambda: phase(client, manifest) == "Planning")
    assert ClusterWatch.objects.get(cluster=site).holder == "one"
    row = WatchedRequest.objects.get(name=fresh_name)
    follow(row.request)
    eventually(lambda: phase(client, manifest) == "WaitingForApproval")
    first.set()
    eventually(lambda: ClusterWatch.objects.get(cluster=site).holder == "two")
    follow(actions.decide(request=row.request, by=pat, decision="approve"))
    eventually(lambda: phase(client, manifest) == "Ready")
    assert Request.objects.count() == 1
    client.delete(ObjectRef("v1", "Namespace", fresh_name))


def test_a_version_that_the_cluster_has_forgotten_leads_to_a_full_pass(
    site: Cluster, client: Client, fresh_name: str, following: Callable[[str], threading.Event]
) -> None:
    manifest = wish(fresh_name)
    by_hand(client, manifest)
    lease.take(site, "one")
    from django.utils import timezone

    lease.keep(site, "one", version="1", listed_at=timezone.now())
    following("one")
    eventually(lambda: phase(client, manifest) == "Planning")
    assert int(ClusterWatch.objects.get(cluster=site).version) > 1


def test_it_goes_on_after_an_outage_of_the_api(
    site: Cluster, client: Client, fresh_name: str, following: Callable[[str], threading.Event], tmp_path: Path
) -> None:
    kubeconfig = (tmp_path / "kubeconfig").read_text()
    (tmp_path / "kubeconfig").write_text(kubeconfig.replace(client.server, "http://127.0.0.1:1"))
    following("one")
    eventually(
        lambda: "did not answer" in (ClusterWatch.objects.filter(cluster=site).first() or ClusterWatch()).problem
    )
    by_hand(client, wish(fresh_name))
    (tmp_path / "kubeconfig").write_text(kubeconfig)
    eventually(lambda: phase(client, wish(fresh_name)) == "Planning")
    eventually(lambda: ClusterWatch.objects.get(cluster=site).problem == "")

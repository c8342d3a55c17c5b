"""A namespace out of service and back, and the drift of many at once, on the emulated and on a real API server."""

# ruff: noqa: F401, F811  -- fixtures are imported by name

from dataclasses import replace
from typing import Any

import pytest

from common.errors import Conflict, NotFound
from integrations.kubernetes.objects import ObjectRef
from provisioning.backends.base import Task
from provisioning.backends.inventory import KINDS
from provisioning.backends.kubernetes import KubernetesBackend, _bundle
from provisioning.backends.quarantine import BEFORE
from tests.contract.kubernetes_objects import NETWORKING
from tests.contract.kubernetes_tasks import QUOTA, fields_of, made, task, with_inputs
from tests.kubernetes import Server, cluster, emulated_cluster, fresh_name, real_cluster

LABELS = {"app": "web"}
POD = {
    "metadata": {"labels": LABELS},
    "spec": {
        "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{"name": "web", "image": "registry.example.com/web:1"}],
    },
}


def deploy(cluster: Server, namespace: str) -> ObjectRef:
    """Somebody's workload, three times."""
    spec = {"replicas": 3, "selector": {"matchLabels": LABELS}, "template": POD}
    metadata = {"name": "web", "namespace": namespace}
    cluster.client("kubectl").apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})
    return ObjectRef("apps/v1", "Deployment", "web", namespace)


def live(cluster: Server, ref: ObjectRef) -> Any:
    found = cluster.client().get(ref)
    assert found is not None, ref
    return found


def carried_out(task: Task, action: Any) -> Task:
    wanted = replace(task, action=action)
    backend = KubernetesBackend()
    backend.apply(wanted, backend.plan(wanted))
    return wanted


def test_nothing_runs_or_gets_in_or_out_in_quarantine_and_everything_comes_back(made: Task, cluster: Server) -> None:
    web = deploy(cluster, made.name)
    plan = KubernetesBackend().plan(replace(made, action="quarantine"))
    assert fields_of(plan, web.address) == {"spec.replicas": (3, 0)}
    assert (plan.summary["create"], plan.summary["delete"]) == (1, 2)

    stopped = carried_out(made, "quarantine")
    assert live(cluster, web)["spec"]["replicas"] == 0
    assert live(cluster, web)["metadata"]["annotations"][BEFORE] == "3"
    quota = live(cluster, ObjectRef("v1", "ResourceQuota", "quarantine", made.name))
    assert quota["spec"]["hard"] == {"pods": "0"}
    policies = cluster.client().list(NETWORKING, "NetworkPolicy", namespace=made.name)
    assert [policy["metadata"]["name"] for policy in policies] == ["default-deny"]
    assert KubernetesBackend().plan(stopped).changes == ()

    back = carried_out(made, "restore")
    assert live(cluster, web)["spec"]["replicas"] == 3
    assert BEFORE not in live(cluster, web)["metadata"].get("annotations", {})
    assert cluster.client().get(ObjectRef("v1", "ResourceQuota", "quarantine", made.name)) is None
    assert KubernetesBackend().plan(back).changes == ()
    assert KubernetesBackend().plan(made).changes == ()


def test_an_open_namespace_is_closed_in_quarantine_and_open_again_after(task: Task, cluster: Server) -> None:
    opened = with_inputs(task, networkPolicies={"defaultDeny": False})
    KubernetesBackend().apply(opened, KubernetesBackend().plan(opened))
    carried_out(opened, "quarantine")
    assert live(cluster, ObjectRef(NETWORKING, "NetworkPolicy", "default-deny", task.name))["spec"]["policyTypes"]
    carried_out(opened, "restore")
    assert cluster.client().list(NETWORKING, "NetworkPolicy", namespace=task.name) == []


def test_what_was_made_is_clean_however_the_server_writes_it(made: Task) -> None:
    assert KubernetesBackend().look(made).changes == ()


def test_drift_names_the_field_and_who_changed_it(made: Task, cluster: Server) -> None:
    quota = ObjectRef("v1", "ResourceQuota", "quota", made.name)
    cluster.edit(quota, {"spec": {"hard": {"limits.cpu": "99"}}})
    (change,) = KubernetesBackend().look(made).changes
    assert [(field.path, field.before, field.after) for field in change.fields] == [("spec.hard.limits.cpu", "99", "2")]
    assert change.note.startswith("spec.hard.limits.cpu: kubectl-edit (update) at 20")


def test_a_look_sees_what_is_gone_what_is_opened_and_what_is_unlabelled(made: Task, cluster: Server) -> None:
    client = cluster.client()
    dns = ObjectRef(NETWORKING, "NetworkPolicy", "allow-dns", made.name)
    client.delete(dns)
    client.wait_gone(dns, timeout=10)
    deny = ObjectRef(NETWORKING, "NetworkPolicy", "default-deny", made.name)
    cluster.edit(deny, {"spec": {"ingress": [{}]}})
    account = ObjectRef("v1", "ServiceAccount", "default", made.name)
    cluster.edit(account, {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}})
    meta = {"name": "open", "namespace": made.name}
    stranger = {"apiVersion": NETWORKING, "kind": "NetworkPolicy", "metadata": meta, "spec": {"podSelector": {}}}
    cluster.client("kubectl").apply(stranger)
    look = KubernetesBackend().look(made)
    assert {(change.address, change.action) for change in look.changes} == {
        (dns.address, "create"),
        (deny.address, "update"),
        (account.address, "update"),
    }
    assert f"NetworkPolicy/{made.name}/open" in look.notes[0]


def test_a_namespace_that_is_gone_is_drift(task: Task) -> None:
    (change,) = KubernetesBackend().look(task).changes
    assert (change.address, change.action) == (f"Namespace/{task.name}", "create")


def test_a_sweep_asks_once_for_each_kind_however_many_namespaces(
    made: Task, cluster: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    from integrations.kubernetes.client import Client

    asked: list[str] = []
    list_, get = Client.list, Client.get

    def counted(self: Client, api_version: str, kind: str, **more: Any) -> Any:
        asked.append(kind)
        return list_(self, api_version, kind, **more)

    def counted_get(self: Client, ref: ObjectRef) -> Any:
        asked.append(ref.address)
        return get(self, ref)

    monkeypatch.setattr(Client, "list", counted)
    monkeypatch.setattr(Client, "get", counted_get)
    others = [replace(made, resource_id=number) for number in range(2, 40)]
    looks = dict(KubernetesBackend().sweep([made, *others]))
    assert sorted(asked) == sorted(["Namespace", *(kind for _, kind, _ in KINDS)])
    assert looks[made.resource_id].changes == ()
    assert looks[2].notes == (f"The namespace {made.name} belongs to another resource.",)


def test_a_namespace_is_taken_on_when_only_the_portal_s_marks_are_missing(task: Task, cluster: Server) -> None:
    from provisioning.bundle import MANAGED_BY, OWNER_REF

    marks = {MANAGED_BY, "cairn.dev/resource-id", "cairn.dev/owner", "cairn.dev/environment"}
    for manifest in _bundle(task):
        labels = {name: value for name, value in manifest["metadata"].get("labels", {}).items() if name not in marks}
        notes = {n: v for n, v in manifest["metadata"].get("annotations", {}).items() if n != OWNER_REF}
        theirs = {name: value for name, value in manifest["metadata"].items() if name not in {"labels", "annotations"}}
        theirs |= {"labels": labels} if labels else {}
        theirs |= {"annotations": notes} if notes else {}
        cluster.client("kubectl").apply({**manifest, "metadata": theirs}, force=True)
    wanted = replace(task, action="import")
    backend = KubernetesBackend()
    plan = backend.plan(wanted)
    assert plan.changes == ()
    backend.apply(wanted, plan)
    assert backend.plan(replace(task, action="update")).changes == ()
    with pytest.raises(Conflict, match="the portal's already"):
        backend.plan(replace(wanted, resource_id=2))


def test_a_namespace_that_differs_is_not_taken_on(task: Task, made: Task, cluster: Server) -> None:
    wanted = with_inputs(replace(task, action="import"), quota={**QUOTA, "limits.cpu": "4"})
    plan = KubernetesBackend().plan(wanted)
    assert [(c.address, [f.path for f in c.fields]) for c in plan.changes] == [
        (f"ResourceQuota/{task.name}/quota", ["spec.hard.limits.cpu"])
    ]
    with pytest.raises(NotFound):
        KubernetesBackend().plan(replace(wanted, name=f"{task.name}-x"))

"""Namespaces as the backend plans, applies, guards and removes them, on the emulated and on a real API server."""

# ruff: noqa: F401, F811  -- fixtures are imported by name

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from common.errors import Conflict, ProviderError
from integrations.kubernetes.objects import ObjectRef
from provisioning.backends.base import Plan, Task
from provisioning.backends.kubernetes import RENDERED, REPLACED, KubernetesBackend
from tests.contract.kubernetes_objects import RBAC
from tests.contract.kubernetes_tasks import QUOTA, fields_of, made, task, with_inputs
from tests.kubernetes import Server, cluster, emulated_cluster, fresh_name, real_cluster


def test_the_first_plan_says_which_objects_the_server_could_not_check(task: Task) -> None:
    plan = KubernetesBackend().plan(task)
    notes = {change.address: change.note for change in plan.changes}
    assert notes[f"Namespace/{task.name}"] == ""
    assert {note for address, note in notes.items() if not address.startswith("Namespace/")} == {RENDERED}
    assert plan.summary["create"] == len(plan.changes)


def test_what_was_applied_plans_no_change_however_its_quantities_were_written(made: Task) -> None:
    assert KubernetesBackend().plan(made).changes == ()


def test_a_new_quota_is_one_field_in_the_plan(made: Task) -> None:
    plan = KubernetesBackend().plan(with_inputs(made, quota={**QUOTA, "limits.cpu": "4"}))
    assert fields_of(plan, f"ResourceQuota/{made.name}/quota") == {"spec.hard.limits.cpu": ("2", "4")}
    assert plan.summary == {"create": 0, "update": 1, "replace": 0, "delete": 0}


def test_a_namespace_that_may_no_longer_connect_loses_its_policy(made: Task, cluster: Server) -> None:
    backend = KubernetesBackend()
    allowing = with_inputs(made, networkPolicies={"allowIngress": [{"fromNamespace": "ingress-nginx"}]})
    backend.apply(allowing, backend.plan(allowing))
    plan = backend.plan(made)
    assert [(c.address, c.action) for c in plan.changes] == [
        (f"NetworkPolicy/{made.name}/allow-from-ingress-nginx", "delete")
    ]
    backend.apply(made, plan)
    assert backend.plan(made).changes == ()


def test_another_role_replaces_the_binding_whose_role_cannot_change(made: Task, cluster: Server) -> None:
    backend, looking = KubernetesBackend(), replace(made, imposed={"memberRole": "view"})
    members = ObjectRef(RBAC, "RoleBinding", "members", made.name)
    plan = backend.plan(looking)
    assert [(c.address, c.action, c.note) for c in plan.changes] == [(members.address, "replace", REPLACED)]
    assert fields_of(plan, members.address) == {"roleRef.name": ("cairn:member", "view")}
    backend.apply(looking, plan)
    live = cluster.client().get(members)
    assert live is not None
    assert (live["roleRef"]["name"], live["subjects"][0]["name"]) == ("view", "orders-team")
    assert backend.plan(looking).changes == ()


def test_a_role_that_the_cluster_lacks_is_refused_before_anything_is_made(task: Task, cluster: Server) -> None:
    with pytest.raises(ProviderError, match="no ClusterRole no-such-role") as refused:
        KubernetesBackend().plan(replace(task, imposed={"memberRole": "no-such-role"}))
    assert refused.value.id == "member-role-missing"


def test_what_an_earlier_bundle_bound_is_taken_away_and_what_others_bind_is_not(made: Task, cluster: Server) -> None:
    client, backend = cluster.client(), KubernetesBackend()
    members = client.get(ObjectRef(RBAC, "RoleBinding", "members", made.name))
    assert members is not None
    for name, labels in (("viewers", members["metadata"]["labels"]), ("auditors", {})):
        metadata = {"name": name, "namespace": made.name, "labels": labels}
        role = {**members["roleRef"], "name": "view"}
        client.apply({"apiVersion": RBAC, "kind": "RoleBinding", "metadata": metadata, "roleRef": role})
    plan = backend.plan(made)
    assert [(c.address, c.action) for c in plan.changes] == [(f"RoleBinding/{made.name}/viewers", "delete")]
    assert fields_of(plan, f"RoleBinding/{made.name}/viewers") == {"roleRef": (role, None)}
    backend.apply(made, plan)
    assert backend.plan(made).changes == ()
    assert client.get(ObjectRef(RBAC, "RoleBinding", "auditors", made.name)) is not None


def test_an_object_that_somebody_deleted_is_planned_again(made: Task, cluster: Server) -> None:
    policy = ObjectRef("networking.k8s.io/v1", "NetworkPolicy", "default-deny", made.name)
    cluster.client().delete(policy)
    cluster.client().wait_gone(policy, timeout=10)
    assert [(c.address, c.action) for c in KubernetesBackend().plan(made).changes] == [(policy.address, "create")]


def test_a_plan_that_would_do_something_else_by_now_is_not_applied(made: Task) -> None:
    backend = KubernetesBackend()
    larger = with_inputs(made, quota={**QUOTA, "limits.cpu": "4"})
    stale = backend.plan(larger)
    backend.apply(larger, backend.plan(larger))
    with pytest.raises(Conflict) as refused:
        backend.apply(larger, stale)
    assert refused.value.id == "plan-changed"


@pytest.mark.parametrize("action", ["create", "update", "delete"])
def test_the_namespace_of_another_resource_is_never_taken_over_or_deleted(
    made: Task,
    action: Any,
    cluster: Server,
) -> None:
    """One name in two environments is two resources, and one namespace in a shared cluster."""
    other = replace(made, action=action, resource_id=2, owner_ref="group:default/payments-team", environment="staging")
    with pytest.raises(Conflict) as refused:
        KubernetesBackend().plan(other)
    assert refused.value.id == "namespace-taken"
    live = cluster.client().get(ObjectRef("v1", "Namespace", made.name))
    assert live is not None
    assert live["metadata"]["labels"]["cairn.dev/owner"] == "orders-team"


def test_a_namespace_is_deleted_and_really_gone(made: Task, cluster: Server) -> None:
    backend, lines = KubernetesBackend(), list[str]()
    log: Callable[[str], None] = lines.append
    gone = replace(made, action="delete", log=log)
    assert backend.apply(gone, backend.plan(gone)) == {}
    assert cluster.client().get(ObjectRef("v1", "Namespace", made.name)) is None
    assert lines[-1] == f"Namespace/{made.name} is gone"
    assert backend.plan(gone).changes == ()


def test_a_worker_lost_in_the_middle_leaves_a_plan_of_the_rest(task: Task, cluster: Server) -> None:
    from provisioning.backends.kubernetes import _bundle

    for manifest in _bundle(task)[:3]:
        cluster.client().apply(manifest)
    plan, outputs = KubernetesBackend().recover(task)
    assert outputs == {}
    assert plan.summary["create"] == len(_bundle(task)) - 3
    KubernetesBackend().apply(task, plan)
    assert KubernetesBackend().recover(task) == (
        Plan((), plan.notes),
        {"namespace": task.name, "server": cluster.credentials.server},
    )

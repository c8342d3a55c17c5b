"""Namespaces as the backend plans, applies, guards and removes them, on the emulated and on a real API server."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from common.errors import Conflict
from integrations.kubernetes.errors import FieldConflict
from integrations.kubernetes.objects import ObjectRef
from provisioning.backends.base import Change, Plan, Task
from provisioning.backends.kubernetes import RENDERED, KubernetesBackend
from tests.kubernetes import Server, cluster, emulated_cluster, fresh_name, real_cluster  # noqa: F401

QUOTA = {"requests.cpu": "1.5", "requests.memory": "1.5Gi", "limits.cpu": "2", "limits.memory": "2Gi"}


@pytest.fixture
def task(cluster: Server, fresh_name: str, settings: Any, tmp_path: Path) -> Task:  # noqa: F811
    """Make a namespace for orders-team; the log is kept in ``lines``."""
    (tmp_path / "ca.crt").write_bytes(cluster.credentials.authority)
    authority = {"certificate-authority": "ca.crt"} if cluster.real else {}
    config = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": cluster.credentials.server, **authority}}],
        "users": [{"name": "u", "user": {"token": cluster.credentials.token}}],
    }
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))
    settings.KUBECONFIG = str(tmp_path / "kubeconfig")
    return Task(
        action="create",
        resource_id=1,
        name=fresh_name,
        environment="development",
        owner_ref="group:default/orders-team",
        inputs={"quota": QUOTA},
        imposed={},
        module=tmp_path,
        outputs={},
        workspace=tmp_path,
        run_id=1,
        epoch=1,
        log=lambda line: None,
    )


@pytest.fixture
def made(task: Task) -> Task:
    """The same, done."""
    backend = KubernetesBackend()
    backend.apply(task, backend.plan(task))
    return replace(task, action="update")


def fields_of(plan: Plan, address: str) -> dict[str, tuple[Any, Any]]:
    change: Change = next(change for change in plan.changes if change.address == address)
    return {field.path: (field.before, field.after) for field in change.fields}


def with_inputs(task: Task, **inputs: Any) -> Task:
    return replace(task, inputs={**task.inputs, **inputs})


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


def test_a_namespace_that_may_no_longer_connect_loses_its_policy(made: Task, cluster: Server) -> None:  # noqa: F811
    backend = KubernetesBackend()
    allowing = with_inputs(made, networkPolicies={"allowIngress": [{"fromNamespace": "ingress-nginx"}]})
    backend.apply(allowing, backend.plan(allowing))
    plan = backend.plan(made)
    assert [(c.address, c.action) for c in plan.changes] == [
        (f"NetworkPolicy/{made.name}/allow-from-ingress-nginx", "delete")
    ]
    backend.apply(made, plan)
    assert backend.plan(made).changes == ()


def test_a_value_that_somebody_took_over_is_a_conflict_that_names_them(made: Task, cluster: Server) -> None:  # noqa: F811
    cluster.client("kubectl-edit").apply(
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "quota", "namespace": made.name},
            "spec": {"hard": {"limits.cpu": "99"}},
        },
        force=True,
    )
    with pytest.raises(FieldConflict) as conflict:
        KubernetesBackend().plan(made)
    assert [(each.path, each.manager) for each in conflict.value.contested] == [
        ("spec.hard.limits.cpu", "kubectl-edit")
    ]


def test_an_object_that_somebody_deleted_is_planned_again(made: Task, cluster: Server) -> None:  # noqa: F811
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
    cluster: Server,  # noqa: F811
) -> None:
    """One name in two environments is two resources, and one namespace in a shared cluster."""
    other = replace(made, action=action, resource_id=2, owner_ref="group:default/payments-team", environment="staging")
    with pytest.raises(Conflict) as refused:
        KubernetesBackend().plan(other)
    assert refused.value.id == "namespace-taken"
    live = cluster.client().get(ObjectRef("v1", "Namespace", made.name))
    assert live is not None
    assert live["metadata"]["labels"]["cairn.dev/owner"] == "orders-team"


def test_a_namespace_is_deleted_and_really_gone(made: Task, cluster: Server) -> None:  # noqa: F811
    backend, lines = KubernetesBackend(), list[str]()
    log: Callable[[str], None] = lines.append
    gone = replace(made, action="delete", log=log)
    assert backend.apply(gone, backend.plan(gone)) == {}
    assert cluster.client().get(ObjectRef("v1", "Namespace", made.name)) is None
    assert lines[-1] == f"Namespace/{made.name} is gone"
    assert backend.plan(gone).changes == ()


def test_a_worker_lost_in_the_middle_leaves_a_plan_of_the_rest(task: Task, cluster: Server) -> None:  # noqa: F811
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

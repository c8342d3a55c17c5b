"""What somebody changed by hand is planned, named, and taken back only where that was approved."""

# ruff: noqa: F401, F811  -- fixtures are imported by name

from dataclasses import replace
from typing import Any

import pytest

from common.errors import Conflict
from integrations.kubernetes.errors import FieldConflict
from integrations.kubernetes.objects import ObjectRef
from provisioning.backends.base import Change, Plan, Task
from provisioning.backends.kubernetes import KubernetesBackend, diff
from tests.contract.kubernetes_objects import NETWORKING, RBAC
from tests.contract.kubernetes_tasks import QUOTA, fields_of, made, task, with_inputs
from tests.kubernetes import Server, cluster, emulated_cluster, fresh_name, real_cluster

PRIVILEGED = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}}
UNLABELLED = {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": None}}}
OPEN = {"spec": {"ingress": [{}]}}
EVERYBODY = {"subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "system:authenticated"}]}
#: By what was done: the object, the edit, and what of it is taken back; without a name what nobody owns by then.
EDITS: dict[str, tuple[str, str, str, dict[str, Any], str]] = {
    "more CPU": ("v1", "ResourceQuota", "quota", {"spec": {"hard": {"limits.cpu": "99"}}}, "spec.hard.limits.cpu"),
    "more of two": (
        "v1",
        "ResourceQuota",
        "quota",
        {"spec": {"hard": {"requests.cpu": "98", "limits.cpu": "99"}}},
        "spec.hard.limits.cpu, spec.hard.requests.cpu",
    ),
    "no limit": ("v1", "ResourceQuota", "quota", {"spec": {"hard": {"limits.cpu": None}}}, ""),
    "an opened policy": (NETWORKING, "NetworkPolicy", "default-deny", OPEN, "spec.ingress"),
    "everybody a member": (RBAC, "RoleBinding", "members", EVERYBODY, "subjects"),
    "a mounted token": (
        "v1",
        "ServiceAccount",
        "default",
        {"automountServiceAccountToken": True},
        "automountServiceAccountToken",
    ),
}


def larger(made: Task, cluster: Server) -> None:
    """Somebody gives the team more than was approved."""
    cluster.edit(ObjectRef("v1", "ResourceQuota", "quota", made.name), {"spec": {"hard": {"limits.cpu": "99"}}})


@pytest.mark.parametrize("what", EDITS)
def test_an_edit_by_hand_is_shown_and_taken_back(what: str, made: Task, cluster: Server) -> None:
    api_version, kind, name, patch, taken = EDITS[what]
    ref = ObjectRef(api_version, kind, name, made.name)
    before = cluster.client().get(ref)
    cluster.edit(ref, patch)
    backend = KubernetesBackend()
    plan = backend.plan(made)
    note = f"Takes {taken} back from kubectl-edit." if taken else ""
    assert [(change.address, change.action, change.note) for change in plan.changes] == [(ref.address, "update", note)]
    assert fields_of(plan, ref.address)
    backend.apply(made, plan)
    assert backend.plan(made).changes == ()
    assert list(diff(before, cluster.client().get(ref))) == []


@pytest.mark.parametrize("patch", [PRIVILEGED, UNLABELLED])
def test_pods_are_held_to_the_standard_again(patch: dict[str, Any], made: Task, cluster: Server) -> None:
    namespace = ObjectRef("v1", "Namespace", made.name)
    cluster.edit(namespace, patch)
    backend = KubernetesBackend()
    backend.apply(made, backend.plan(made))
    live = cluster.client().get(namespace)
    assert live is not None
    assert live["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


def test_what_others_add_beside_ours_stays(made: Task, cluster: Server) -> None:
    cluster.edit(ObjectRef("v1", "Namespace", made.name), {"metadata": {"labels": {"cost-centre": "42"}}})
    assert KubernetesBackend().plan(made).changes == ()


def test_a_policy_of_others_which_opens_the_namespace_is_named(made: Task, cluster: Server) -> None:
    plain = KubernetesBackend().plan(made).notes
    cluster.client("kubectl").apply(
        {
            "apiVersion": NETWORKING,
            "kind": "NetworkPolicy",
            "metadata": {"name": "open", "namespace": made.name},
            "spec": {"podSelector": {}, **OPEN["spec"]},
        }
    )
    plan = KubernetesBackend().plan(made)
    assert plan.changes == ()
    (note,) = set(plan.notes) - set(plain)
    assert note.startswith(f"Others made NetworkPolicy/{made.name}/open. It stays")


def test_another_apply_is_named_and_taken_back_like_an_edit(made: Task, cluster: Server) -> None:
    quota = {"name": "quota", "namespace": made.name}
    theirs = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": quota, "spec": {"hard": {"limits.cpu": "99"}}}
    cluster.client("flux").apply(theirs, force=True)
    backend = KubernetesBackend()
    plan = backend.plan(made)
    assert [change.note for change in plan.changes] == ["Takes spec.hard.limits.cpu back from flux."]
    backend.apply(made, plan)
    assert backend.plan(made).changes == ()


def test_an_approval_from_before_the_edit_takes_nothing(made: Task, cluster: Server) -> None:
    backend, wanted = KubernetesBackend(), with_inputs(made, quota={**QUOTA, "limits.cpu": "4"})
    plan = backend.plan(wanted)
    larger(made, cluster)
    with pytest.raises(Conflict) as refused:
        backend.apply(wanted, plan)
    assert refused.value.id == "plan-changed"


class Raced(KubernetesBackend):
    """Somebody edits in the moment between the last look and the apply."""

    def __init__(self, cluster: Server) -> None:
        self.cluster = cluster

    def plan(self, task: Task) -> Plan:
        plan = super().plan(task)
        larger(task, self.cluster)
        return plan


def test_an_edit_in_the_last_moment_is_not_taken_back_unasked(made: Task, cluster: Server) -> None:
    wanted = with_inputs(made, quota={**QUOTA, "limits.memory": "4Gi"})
    plan = KubernetesBackend().plan(wanted)
    with pytest.raises(FieldConflict) as refused:
        Raced(cluster).apply(wanted, plan)
    assert "Plan again" in refused.value.hint
    live = cluster.client().get(ObjectRef("v1", "ResourceQuota", "quota", made.name))
    assert live is not None
    assert live["spec"]["hard"]["limits.cpu"] == "99"


def test_an_approval_is_bound_to_what_is_taken_from_whom() -> None:
    plan = Plan((Change("ResourceQuota/orders/quota", "update", (), "Takes spec.hard.pods back from flux."),))
    assert plan.digest != replace(plan, changes=(replace(plan.changes[0], note=""),)).digest

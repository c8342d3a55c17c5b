"""A namespace out of service: nothing runs in it, nothing gets in or out, and everything can be brought back."""

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.kubernetes.client import Client
from integrations.kubernetes.objects import Manifest, ObjectRef, ref_of
from provisioning.backends.base import Change, FieldChange, Task
from provisioning.backends.inventory import KINDS
from provisioning.bundle import MANAGED_BY

#: What a workload had before, so that it is given back. Kept on the workload itself, whatever becomes of the portal.
BEFORE = "cairn.dev/before-quarantine"
_NETWORKING = "networking.k8s.io/v1"
#: Kinds that run things, the field that says how much, and what stops them.
_WORKLOADS: tuple[tuple[str, str, str, Any], ...] = (
    ("apps/v1", "Deployment", "replicas", 0),
    ("apps/v1", "StatefulSet", "replicas", 0),
    ("apps/v1", "ReplicaSet", "replicas", 0),
    ("batch/v1", "CronJob", "suspend", True),
)
_STOPPABLE: Mapping[str, str] = {kind: version for version, kind, _, _ in _WORKLOADS}
_VERSIONS: Mapping[str, str] = {**_STOPPABLE, **{kind: version for version, kind, _ in KINDS}}
STOPPED = "It gets back what it had when the namespace is brought back."


def stopping(client: Client, task: Task) -> tuple[Change, ...]:
    """What takes the namespace out of service: workloads stop, no pod may start, no policy allows anything."""
    return (*_workloads(client, task), *_closing(client, task), *_opened(client, task))


def starting(client: Client, task: Task) -> tuple[Change, ...]:
    """What gives workloads back what they had. The bundle is planned beside it, without what closed the namespace."""
    found = []
    for version, kind, field, stop in _WORKLOADS:
        for live in client.list(version, kind, namespace=task.name):
            before = live["metadata"].get("annotations", {}).get(BEFORE)
            if before is not None:
                value = _read(before, stop)
                found.append(_change(live, FieldChange(f"spec.{field}", live["spec"].get(field), value), ""))
    return tuple(found)


def carry_out(client: Client, task: Task, changes: tuple[Change, ...]) -> None:
    """Do what a plan of :func:`stopping` or :func:`starting` says, whichever it is."""
    closed = {ref_of(manifest).address: manifest for manifest in _closed(task)}
    stop = task.action == "quarantine"
    for change in changes:
        if change.address.split("/")[0] in _STOPPABLE:
            client.patch(_ref(change.address), _patch(change, stop=stop))
        elif change.action == "delete":
            client.delete(_ref(change.address))
        elif stop:
            client.apply(closed[change.address], force=True)
        else:
            continue
        task.log(f"{change.action} {change.address}")
        task.beat()


def _workloads(client: Client, task: Task) -> Iterator[Change]:
    for version, kind, field, stop in _WORKLOADS:
        for live in client.list(version, kind, namespace=task.name):
            owned = any(owner.get("controller") for owner in live["metadata"].get("ownerReferences", []))
            now = live["spec"].get(field, 1 if field == "replicas" else False)
            if not owned and now != stop:
                yield _change(live, FieldChange(f"spec.{field}", now, stop), STOPPED)


def _closing(client: Client, task: Task) -> Iterator[Change]:
    for manifest in _closed(task):
        ref = ref_of(manifest)
        if client.get(ref) is None:
            spec = manifest["spec"]
            fields = tuple(FieldChange(f"spec.{name}", None, value) for name, value in spec.items())
            yield Change(ref.address, "create", fields)


def _opened(client: Client, task: Task) -> Iterator[Change]:
    """Policies add up: as long as one allows something, it is allowed."""
    for live in client.list(_NETWORKING, "NetworkPolicy", namespace=task.name, labels={MANAGED_BY: "cairn"}):
        if live["spec"].get("ingress") or live["spec"].get("egress"):
            yield Change(ref_of(live).address, "delete", (), "It comes back with the namespace.")


def _closed(task: Task) -> list[Manifest]:
    """No pod may start, and nothing gets in or out."""
    meta = {"namespace": task.name, "labels": {MANAGED_BY: "cairn"}}
    denied = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], "ingress": [], "egress": []}
    return [
        {
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": {"name": "quarantine", **meta},
            "spec": {"hard": {"pods": "0"}},
        },
        {
            "apiVersion": _NETWORKING,
            "kind": "NetworkPolicy",
            "metadata": {"name": "default-deny", **meta},
            "spec": denied,
        },
    ]


def _change(live: Manifest, field: FieldChange, note: str) -> Change:
    return Change(ref_of(live).address, "update", (field,), note)


def _patch(change: Change, *, stop: bool) -> dict[str, Any]:
    (field,) = change.fields
    name = field.path.removeprefix("spec.")
    before = str(field.before) if stop else None
    return {"metadata": {"annotations": {BEFORE: before}}, "spec": {name: field.after}}


def _read(text: str, like: object) -> int | bool:
    return text == "True" if isinstance(like, bool) else int(text)


def _ref(address: str) -> ObjectRef:
    kind, namespace, name = address.split("/")
    return ObjectRef(_VERSIONS[kind], kind, name, namespace)

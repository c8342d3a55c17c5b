"""Kubernetes as a backend: a rendered bundle, planned by a server-side dry run and applied by server-side apply."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from common.errors import Conflict, NotFound, ProviderError
from integrations.kubernetes.client import Client
from integrations.kubernetes.objects import Manifest, ObjectRef, ref_of
from provisioning.backends.base import Change, ChangeAction, FieldChange, Plan, Task
from provisioning.bundle import MANAGED_BY, RESOURCE_ID, NamespaceSpec, render

GONE_SECONDS = 120
#: What the server keeps for itself, or what every apply changes.
_NOISE = frozenset({"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"})
RENDERED = "The namespace does not exist yet, so the server could not check this: it is shown as it will be sent."


class KubernetesBackend:
    """Namespaces with all that makes them fit to work in."""

    def plan(self, task: Task) -> Plan:
        """What the server says it would do; objects of a namespace that is not there yet are shown as rendered."""
        client = _client()
        _require_ours(client, task)
        if task.action == "delete":
            return Plan(tuple(_deletions(client, task)), _notes(client))
        exists = client.get(_namespace(task)) is not None
        changes = [change for manifest in _bundle(task) if (change := _change(client, manifest, exists))]
        return Plan((*changes, *_leftovers(client, task, exists)), _notes(client))

    def apply(self, task: Task, plan: Plan) -> dict[str, Any]:
        """Apply the bundle in order; the same again changes nothing."""
        client = _client()
        if self.plan(task).digest != plan.digest:
            hint = "Plan again and have it approved again."
            raise Conflict("The plan would do something else by now.", id="plan-changed", hint=hint)
        if task.action == "delete":
            return _delete(client, task)
        for manifest in _bundle(task):
            client.apply(manifest)
            task.log(f"applied {ref_of(manifest).address}")
            task.beat()
        for change in plan.changes:
            if change.action == "delete":
                client.delete(_ref_at(change.address, task))
                task.log(f"deleted {change.address}")
        return _outputs(client, task)

    def recover(self, task: Task) -> tuple[Plan, dict[str, Any]]:
        """Applying is idempotent, so what is left is simply what a plan says."""
        plan = self.plan(task)
        return plan, {} if plan.changes or task.action == "delete" else _outputs(_client(), task)


def _client() -> Client:
    if not settings.KUBECONFIG or not Path(settings.KUBECONFIG).exists():
        raise ProviderError(
            "No cluster is configured.",
            permanent=True,
            id="cluster-missing",
            hint="Set CAIRN_KUBECONFIG to a kubeconfig of the cluster that namespaces are made in.",
        )
    return Client.from_kubeconfig(Path(settings.KUBECONFIG))


def _notes(client: Client) -> tuple[str, ...]:
    version = client.server_version()
    return ("Planned against an emulated Kubernetes API, not a real cluster.",) if version.emulated else ()


def _namespace(task: Task) -> ObjectRef:
    return ObjectRef("v1", "Namespace", task.name)


def _bundle(task: Task) -> list[Manifest]:
    policies = task.inputs.get("networkPolicies", {})
    spec = NamespaceSpec(
        name=task.name,
        owner_ref=task.owner_ref,
        environment=task.environment,
        quota=task.inputs.get("quota", {}),
        resource_id=str(task.resource_id),
        description=str(task.inputs.get("description", "")),
        default_deny=bool(policies.get("defaultDeny", True)),
        allow_ingress=tuple(rule["fromNamespace"] for rule in policies.get("allowIngress", [])),
        member_role=str(task.imposed.get("memberRole", "edit")),
        pod_security=str(task.imposed.get("podSecurity", "restricted")),
    )
    return render(spec)


def _change(client: Client, manifest: Manifest, namespace_exists: bool) -> Change | None:
    ref = ref_of(manifest)
    live = client.get(ref) if namespace_exists or not ref.namespace else None
    checked = namespace_exists or not ref.namespace
    wanted = client.apply(manifest, dry_run=True) if checked else manifest
    fields = tuple(diff(live or {}, wanted))
    if not fields:
        return None
    action: ChangeAction = "update" if live else "create"
    return Change(ref.address, action, fields, "" if checked else RENDERED)


def _require_ours(client: Client, task: Task) -> None:
    """Refuse a namespace of anybody else, be it another resource's: names are unique to a cluster, not to an
    environment, and whoever shares one would take over or delete what is not theirs."""
    live = client.get(_namespace(task))
    if live is None or live["metadata"].get("labels", {}).get(RESOURCE_ID) == str(task.resource_id):
        return
    raise Conflict(
        f"The namespace {task.name} exists in the cluster and does not belong to this resource.",
        id="namespace-taken",
        hint="Take another name, or remove it from the cluster first.",
    )


def diff(before: Any, after: Any, path: str = "") -> Iterator[FieldChange]:
    """Every field in which two objects differ, without what the server keeps for itself."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted(before.keys() | after.keys()):
            inner = f"{path}.{key}" if path else str(key)
            if key in _NOISE or inner == "status" or inner in {"apiVersion", "kind"}:
                continue
            yield from diff(before.get(key), after.get(key), inner)
    elif isinstance(after, Mapping) and before is None and after:
        yield from diff({}, after, path)
    elif before != after:
        yield FieldChange(path, before, after)


def _leftovers(client: Client, task: Task, namespace_exists: bool) -> Iterator[Change]:
    """Objects that an earlier version of the bundle made and this one does not."""
    if not namespace_exists:
        return
    wanted = {ref_of(manifest).address for manifest in _bundle(task)}
    for live in client.list("networking.k8s.io/v1", "NetworkPolicy", namespace=task.name, labels=_MINE):
        address = ref_of(live).address
        if address not in wanted:
            yield Change(address, "delete", tuple(diff(live.get("spec"), None, "spec")))


_MINE = {MANAGED_BY: "cairn"}


def _ref_at(address: str, task: Task) -> ObjectRef:
    return ObjectRef("networking.k8s.io/v1", "NetworkPolicy", address.rsplit("/", 1)[-1], task.name)


def _deletions(client: Client, task: Task) -> Iterator[Change]:
    live = client.get(_namespace(task))
    if live is None:
        return
    note = "Everything in it goes with it, whoever made it."
    yield Change(_namespace(task).address, "delete", tuple(diff(live.get("metadata"), None, "metadata")), note)


def _delete(client: Client, task: Task) -> dict[str, Any]:
    namespace = _namespace(task)
    if client.delete(namespace):
        task.log(f"deleting {namespace.address} and everything in it")
        client.wait_gone(namespace, timeout=GONE_SECONDS, beat=task.beat)
    task.log(f"{namespace.address} is gone")
    return {}


def _outputs(client: Client, task: Task) -> dict[str, Any]:
    if client.get(_namespace(task)) is None:
        raise NotFound(f"The namespace {task.name} is not there.")
    return {"namespace": task.name, "server": client.server}

"""Kubernetes as a backend: a rendered bundle, planned by a server-side dry run and applied by server-side apply."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from common.errors import Conflict, NotFound, ProviderError
from integrations.kubernetes.client import Client
from integrations.kubernetes.errors import Contested, FieldConflict
from integrations.kubernetes.objects import Manifest, ObjectRef, ref_of
from provisioning.backends.base import Change, ChangeAction, FieldChange, Look, Plan, Task
from provisioning.backends.inventory import Inventory, compare, take
from provisioning.backends.quarantine import carry_out, starting, stopping
from provisioning.backends.taking_on import as_imported
from provisioning.bundle import MANAGED_BY, MEMBER_ROLE, RESOURCE_ID, NamespaceSpec, render
from provisioning.clusters.connection import client_of
from provisioning.clusters.profile import ClusterProfile
from provisioning.models import Cluster
from provisioning.namespace_inputs import list_words

GONE_SECONDS = 120
#: What the server keeps for itself, or what every apply changes.
_NOISE = frozenset({"managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"})
_RBAC = "rbac.authorization.k8s.io/v1"
#: The kinds in a bundle, of which an earlier one may have had more objects.
_KINDS = {
    "ServiceAccount": "v1",
    "RoleBinding": _RBAC,
    "LimitRange": "v1",
    "ResourceQuota": "v1",
    "NetworkPolicy": "networking.k8s.io/v1",
}
_MINE = {MANAGED_BY: "cairn"}
RENDERED = "The namespace does not exist yet, so the server could not check this: it is shown as it will be sent."
REPLACED = "The server does not let a binding change its role: for a moment its groups have none here."


class KubernetesBackend:
    """Namespaces with all that makes them fit to work in."""

    def plan(self, task: Task) -> Plan:
        """What the server says it would do; objects of a namespace that is not there yet are shown as rendered."""
        client = _client(task)
        if task.action != "import":
            _require_ours(client, task)
        if task.action == "delete":
            return Plan(tuple(_deletions(client, task)), _notes(client))
        if task.action == "quarantine":
            return Plan(stopping(client, task), (*_notes(client), *_strangers(client, task, True)))
        _require_role(client, _member_role(task))
        exists = client.get(_namespace(task)) is not None
        changes = [change for manifest in _bundle(task) if (change := _change(client, manifest, exists))]
        if task.action == "restore":
            changes = [*starting(client, task), *changes]
        if task.action == "import":
            return Plan(as_imported(changes, task, client.get(_namespace(task))), _notes(client))
        return Plan((*changes, *_leftovers(client, task, exists)), (*_notes(client), *_strangers(client, task, exists)))

    def apply(self, task: Task, plan: Plan) -> dict[str, Any]:
        """Apply the bundle in order; the same again changes nothing."""
        client = _client(task)
        if self.plan(task).digest != plan.digest:
            hint = "Plan again and have it approved again."
            raise Conflict("The plan would do something else by now.", id="plan-changed", hint=hint)
        if task.action == "delete":
            return _delete(client, task)
        if task.action in {"quarantine", "restore"}:
            carry_out(client, task, plan.changes)
        if task.action == "quarantine":
            return _outputs(client, task)
        approved = {change.address: change for change in plan.changes}
        for manifest in _bundle(task):
            _apply(client, task, manifest, approved.get(ref_of(manifest).address))
            task.beat()
        for change in plan.changes:
            if change.action == "delete" and task.action != "restore":
                client.delete(_ref_at(change.address))
                task.log(f"deleted {change.address}")
        return _outputs(client, task)

    def look(self, task: Task) -> Look:
        """The same comparison as a sweep makes, of one namespace."""
        client = _client(task)
        return _compared(client, task, take(client.list, task.name))

    def sweep(self, tasks: Iterable[Task]) -> Iterator[tuple[int, Look]]:
        """What differs in each of many namespaces, with one list for each kind and not for each namespace."""
        by_cluster: dict[int | None, list[Task]] = {}
        for task in tasks:
            by_cluster.setdefault(task.target, []).append(task)
        for those in by_cluster.values():
            client = _client(those[0])
            inventory = take(client.list)
            for task in those:
                yield task.resource_id, _compared(client, task, inventory)

    def recover(self, task: Task) -> tuple[Plan, dict[str, Any]]:
        """Applying is idempotent, so what is left is simply what a plan says."""
        plan = self.plan(task)
        return plan, {} if plan.changes or task.action == "delete" else _outputs(_client(task), task)


def _compared(client: Client, task: Task, inventory: Inventory) -> Look:
    return compare(_bundle(task), task.name, task.resource_id, inventory, client.get)


def _client(task: Task) -> Client:
    return client_of(Cluster.objects.get(pk=task.target) if task.target else None)


def _notes(client: Client) -> tuple[str, ...]:
    version = client.server_version()
    return ("Planned against an emulated Kubernetes API, not a real cluster.",) if version.emulated else ()


def _namespace(task: Task) -> ObjectRef:
    return ObjectRef("v1", "Namespace", task.name)


def _bundle(task: Task) -> list[Manifest]:
    policies, profile = task.inputs.get("networkPolicies", {}), ClusterProfile.from_json(task.profile)
    spec = NamespaceSpec(
        name=task.name,
        owner_ref=task.owner_ref,
        environment=task.environment,
        quota=task.inputs.get("quota", {}),
        resource_id=str(task.resource_id),
        description=str(task.inputs.get("description", "")),
        default_deny=bool(policies.get("defaultDeny", True)),
        allow_ingress=tuple(rule["fromNamespace"] for rule in policies.get("allowIngress", [])),
        member_role=_member_role(task),
        pod_security=profile.pod_security or str(task.imposed.get("podSecurity", "restricted")),
        dns=profile.dns,
        ingress_controller=(profile.ingress_namespace, profile.ingress_labels),
    )
    return [_with_every_rule(manifest) for manifest in render(spec)]


def _member_role(task: Task) -> str:
    return str(task.imposed.get("memberRole", MEMBER_ROLE))


def _with_every_rule(manifest: Manifest) -> Manifest:
    """A policy with both directions spelled out: rules that others add to one left out would not be ours to remove."""
    if manifest["kind"] != "NetworkPolicy":
        return manifest
    return {**manifest, "spec": {"ingress": [], "egress": [], **manifest["spec"]}}


def _change(client: Client, manifest: Manifest, namespace_exists: bool) -> Change | None:
    ref = ref_of(manifest)
    if ref.namespace and not namespace_exists:
        return Change(ref.address, "create", tuple(diff({}, manifest)), RENDERED)
    live = client.get(ref)
    if live and live.get("roleRef") != manifest.get("roleRef"):
        return Change(ref.address, "replace", tuple(diff(live, manifest)), REPLACED)
    wanted, note = _dry_run(client, manifest)
    fields = tuple(diff(live or {}, wanted))
    if not fields and not note:
        return None
    action: ChangeAction = "update" if live else "create"
    return Change(ref.address, action, fields, note)


def _dry_run(client: Client, manifest: Manifest) -> tuple[Manifest, str]:
    """What an apply would leave, and what it would take from whom."""
    try:
        return client.apply(manifest, dry_run=True), ""
    except FieldConflict as conflict:
        return client.apply(manifest, dry_run=True, force=True), _taking_back(conflict.contested)


def _taking_back(contested: Iterable[Contested]) -> str:
    fields: dict[str, list[str]] = {}
    for each in contested:
        fields.setdefault(each.manager, []).append(each.path)
    return " ".join(f"Takes {list_words(paths)} back from {manager}." for manager, paths in sorted(fields.items()))


def _apply(client: Client, task: Task, manifest: Manifest, approved: Change | None) -> None:
    """Apply one object; what others own is taken only where the approved change names these fields and owners."""
    ref = ref_of(manifest)
    if approved and approved.action == "replace":
        client.delete(ref)
        client.wait_gone(ref, timeout=GONE_SECONDS, beat=task.beat)
        task.log(f"deleted {ref.address} to make it again")
    try:
        client.apply(manifest)
    except FieldConflict as conflict:
        note = _taking_back(conflict.contested)
        if (approved is None or approved.note != note) and not _only_marks(client, task, manifest):
            raise
        client.apply(manifest, force=True)
        task.log(note)
    task.log(f"applied {ref.address}")


def _only_marks(client: Client, task: Task, manifest: Manifest) -> bool:
    """Whether taking on would change nothing but who owns the fields."""
    if task.action != "import":
        return False
    change = _change(client, manifest, namespace_exists=True)
    return not as_imported([change] if change else [], task, client.get(_namespace(task)))


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


def _require_role(client: Client, role: str) -> None:
    """Refuse to bind a role that is not there: the server would not mind, and the team could do nothing."""
    if client.get(ObjectRef(_RBAC, "ClusterRole", role)) is None:
        raise ProviderError(
            f"The cluster has no ClusterRole {role} for the members of a namespace.",
            permanent=True,
            id="member-role-missing",
            hint="A platform admin applies integrations/kubernetes/rights.yaml to the cluster.",
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
    elif before != after and not (before is None and after == []):  # the server drops lists of nothing
        yield FieldChange(path, before, after)


def _leftovers(client: Client, task: Task, namespace_exists: bool) -> Iterator[Change]:
    """Objects that an earlier version of the bundle made and this one does not."""
    if not namespace_exists:
        return
    wanted = {ref_of(manifest).address for manifest in _bundle(task)}
    for kind, api_version in _KINDS.items():
        for live in client.list(api_version, kind, namespace=task.name, labels=_MINE):
            going = "deletionTimestamp" in live["metadata"]
            if (address := ref_of(live).address) not in wanted and not going:
                content = {name: value for name, value in live.items() if name != "metadata"}
                yield Change(address, "delete", tuple(diff(content, {})))


def _strangers(client: Client, task: Task, namespace_exists: bool) -> Iterator[str]:
    """Policies and bindings add up: what others made opens the namespace however tightly ours close it."""
    found = [
        ref_of(live).address
        for kind in ("NetworkPolicy", "RoleBinding")
        for live in (client.list(_KINDS[kind], kind, namespace=task.name) if namespace_exists else ())
        if live["metadata"].get("labels", {}).get(MANAGED_BY) != _MINE[MANAGED_BY]
    ]
    if found:
        yield f"Others made {list_words(found)}. It stays, and what it allows is allowed beside what is planned here."


def _ref_at(address: str) -> ObjectRef:
    kind, namespace, name = address.split("/")
    return ObjectRef(_KINDS[kind], kind, name, namespace)


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

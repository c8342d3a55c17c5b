"""What is in a cluster, read with one list for each kind, and how it differs from what was asked for."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from integrations.kubernetes.objects import FIELD_MANAGER, Manifest, ObjectRef, ref_of
from provisioning.backends.base import Change, FieldChange, Look
from provisioning.bundle import MANAGED_BY, RESOURCE_ID
from provisioning.drift import differences, who_changed

_RBAC, _NETWORKING = "rbac.authorization.k8s.io/v1", "networking.k8s.io/v1"
MINE = {MANAGED_BY: "cairn"}
#: The kinds of a bundle, and whether those of others matter, because they add to what ours allow.
KINDS: tuple[tuple[str, str, bool], ...] = (
    ("v1", "ServiceAccount", False),
    (_RBAC, "RoleBinding", True),
    ("v1", "LimitRange", False),
    ("v1", "ResourceQuota", False),
    (_NETWORKING, "NetworkPolicy", True),
)


@dataclass
class Inventory:
    """Objects by address, and the addresses of each namespace."""

    objects: dict[str, Manifest] = field(default_factory=dict)
    inside: dict[str, list[str]] = field(default_factory=dict)

    def add(self, live: Manifest) -> None:
        """Take up an object."""
        ref = ref_of(live)
        self.objects[ref.address] = live
        self.inside.setdefault(ref.namespace, []).append(ref.address)


def take(lister: Callable[..., Iterable[Manifest]], namespace: str = "") -> Inventory:
    """Everything that bundles are made of, of one namespace or of the whole cluster: six lists, however many there are.
    ``lister`` is a client's ``list``."""
    found = Inventory()
    for live in lister("v1", "Namespace"):
        if not namespace or live["metadata"]["name"] == namespace:
            found.add(live)
    for api_version, kind, others in KINDS:
        for live in lister(api_version, kind, namespace=namespace, labels=None if others else MINE):
            found.add(live)
    return found


def compare(
    bundle: Iterable[Manifest],
    name: str,
    resource_id: int,
    inventory: Inventory,
    get: Callable[[ObjectRef], Manifest | None] = lambda ref: None,
) -> Look:
    """How a namespace differs from its ``bundle``. ``get`` looks again for what no list held: somebody may have taken
    its label away."""
    wanted = list(bundle)
    live = inventory.objects.get(f"Namespace/{name}")
    if live is None:
        return Look((Change(f"Namespace/{name}", "create", (), "It is gone, with everything in it."),))
    if live["metadata"].get("labels", {}).get(RESOURCE_ID) not in {str(resource_id), None}:
        return Look((), (f"The namespace {name} belongs to another resource.",))
    if "deletionTimestamp" in live["metadata"]:
        return Look((Change(f"Namespace/{name}", "create", (), "It is being deleted."),))
    missing = (_changed(manifest, inventory, get) for manifest in wanted)
    addresses = {ref_of(manifest).address for manifest in wanted}
    changes = (*(change for change in missing if change), *_leftovers(name, addresses, inventory))
    return Look(changes, tuple(_strangers(name, addresses, inventory)))


def _changed(manifest: Manifest, inventory: Inventory, get: Callable[[ObjectRef], Manifest | None]) -> Change | None:
    ref = ref_of(manifest)
    live = inventory.objects.get(ref.address) or get(ref)
    if live is None:
        return Change(ref.address, "create", (), "It is gone.")
    content = {key: value for key, value in manifest.items() if key not in {"apiVersion", "kind"}}
    fields = tuple(differences(content, live))
    return Change(ref.address, "update", fields, _who(live, fields)) if fields else None


def _who(live: Mapping[str, Any], fields: Iterable[FieldChange]) -> str:
    managed = live["metadata"].get("managedFields", [])
    found: dict[str, list[str]] = {}
    for each in fields:
        who = who_changed(managed, each.path, FIELD_MANAGER)
        found.setdefault(who, []).append(each.path)
    return " ".join(f"{', '.join(paths)}: {who or 'taken away, nobody owns it now'}." for who, paths in found.items())


def _leftovers(name: str, wanted: set[str], inventory: Inventory) -> Iterator[Change]:
    for address in inventory.inside.get(name, ()):
        live = inventory.objects[address]
        if _is_ours(live) and address not in wanted and "deletionTimestamp" not in live["metadata"]:
            yield Change(address, "delete", (), "It carries the portal's label and is not asked for.")


def _strangers(name: str, wanted: set[str], inventory: Inventory) -> Iterator[str]:
    kinds = {kind for _, kind, others in KINDS if others}
    found = [
        address
        for address in inventory.inside.get(name, ())
        if address not in wanted and address.split("/")[0] in kinds and not _is_ours(inventory.objects[address])
    ]
    if found:
        yield f"Others made {', '.join(sorted(found))}. What it allows is allowed beside what was asked for."


def _is_ours(live: Mapping[str, Any]) -> bool:
    return bool(live["metadata"].get("labels", {}).get(MANAGED_BY) == MINE[MANAGED_BY])

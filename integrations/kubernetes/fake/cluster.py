"""The state of the emulated cluster and what can be done with it. One lock around everything."""

import copy
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from common.quantities import QuantityError
from integrations.kubernetes.fake import lifecycle
from integrations.kubernetes.fake.admission import check_namespace, check_quotas
from integrations.kubernetes.fake.bootstrap import first_objects
from integrations.kubernetes.fake.custom import broken_schema, kind_of
from integrations.kubernetes.fake.history import Event, History
from integrations.kubernetes.fake.kinds import DEFINITION, KINDS, NAMESPACE, Kind
from integrations.kubernetes.fake.ownership import Claim, claims_after_update, merge_apply, write_claims
from integrations.kubernetes.fake.refusals import (
    Refusal,
    bad_request,
    invalid,
    invalid_value,
    not_found,
    required,
    untyped,
)
from integrations.kubernetes.fake.rules import broken_rules, normalise, set_defaults
from integrations.kubernetes.fake.shapes import mistakes

Object = dict[str, Any]
#: Plural and group, namespace (empty for what stands outside), name.
Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Write:
    """How a write is to be done: by whom, only for show, over other owners' heads."""

    manager: str
    dry_run: bool = False
    force: bool = False


class Cluster:
    """Objects by key. ``linger`` is how many seconds a deleted namespace goes on existing at least."""

    def __init__(self, *, linger: float = 0.3) -> None:
        self.linger = linger
        self.objects: dict[Key, Object] = {}
        #: When the deletion of a namespace began, on the monotonic clock; unknown after a restart.
        self.leaving: dict[str, float] = {}
        self.history = History()
        self._version = 0
        self._keep: Callable[[Mapping[str, Any]], None] | None = None
        self._lock = threading.RLock()
        for kind, manifest in first_objects():
            self.apply(kind, "", manifest["metadata"]["name"], manifest, Write("kube-apiserver"))

    def keep(self, write: Callable[[Mapping[str, Any]], None]) -> None:
        """Call ``write`` with the whole state after every change from now on."""
        self._keep = write

    def state(self) -> dict[str, Any]:
        """Everything, for :meth:`restore`."""
        return {"version": self._version, "objects": [[*key, value] for key, value in self.objects.items()]}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Become what :meth:`state` described."""
        with self._lock:
            self._version = int(state["version"])
            self.history.forget(self._version)
            # Over, not instead of, what there is from the start: a newer version brings roles that the state lacks.
            self.objects |= {(plural, namespace, name): value for plural, namespace, name, value in state["objects"]}

    def kinds(self) -> tuple[Kind, ...]:
        """What is served: built in, and added by definitions."""
        with self._lock:
            return (*KINDS, *(kind_of(each) for each in self.of_kind(DEFINITION)))

    def watch(self, kind: Kind, namespace: str, after: str, seconds: float) -> Iterator[Event]:
        """What happens to objects of a kind after a version."""
        return self.history.follow(kind.resource, namespace, int(after or self._version), seconds)

    def read(self, kind: Kind, namespace: str, name: str) -> Object:
        """One object; Refusal when there is none."""
        with self._lock:
            lifecycle.settle(self)
            found = self.objects.get((kind.resource, namespace, name))
            if found is None:
                raise not_found(kind.resource, name)
            return copy.deepcopy(found)

    def listing(self, kind: Kind, namespace: str, selects: Callable[[Object], bool]) -> Object:
        """The list object of a kind, in one namespace or (empty) in all."""
        with self._lock:
            lifecycle.settle(self)
            items = [each for each in self.of_kind(kind, namespace) if selects(each)]
            version = {"resourceVersion": str(self._version)}
            bare = [
                {name: value for name, value in each.items() if name not in ("apiVersion", "kind")} for each in items
            ]
            return {"kind": f"{kind.kind}List", "apiVersion": kind.api_version, "metadata": version, "items": bare}

    def of_kind(self, kind: Kind, namespace: str = "") -> list[Object]:
        """Copies of the objects of a kind, ordered by namespace and name."""
        return [
            copy.deepcopy(self.objects[key])
            for key in sorted(self.objects)
            if key[0] == kind.resource and namespace in ("", key[1])
        ]

    def apply(self, kind: Kind, namespace: str, name: str, body: Any, write: Write) -> tuple[HTTPStatus, Object]:
        """Server-side apply."""
        if not write.manager:
            cause = required("fieldManager", "is required for apply patch")
            raise invalid("PatchOptions", "meta.k8s.io", "", [cause])
        self._typed(kind, namespace, name, body)
        with self._lock:
            lifecycle.settle(self)
            live = self.objects.get((kind.resource, namespace, name))
            _require_same(kind, name, live, body)
            applied = self._normal(kind, namespace, name, body)
            applied.pop("status", None)
            base = live or _manifest(kind, name, namespace)
            merged, claims = merge_apply(
                base, applied, kind.shape, manager=write.manager, force=write.force, now=_now()
            )
            return self._store(kind, namespace, name, merged, claims, write)

    def apply_status(self, kind: Kind, namespace: str, name: str, body: Any, write: Write) -> tuple[HTTPStatus, Object]:
        """Server-side apply of the status, of which whoever applies it is taken for the only owner."""
        self._typed(kind, namespace, name, body)
        with self._lock:
            live = self.read(kind, namespace, name)
            target = copy.deepcopy(live) | {"status": copy.deepcopy(body.get("status") or {})}
            if causes := list(broken_schema(kind, target)) if kind.schema else []:
                raise invalid(kind.kind, kind.group, name, causes)
            if not write.dry_run and target != live:
                self.objects[kind.resource, namespace, name] = target
                self.touch(target)
            return HTTPStatus.OK, copy.deepcopy(target)

    def update(
        self, kind: Kind, namespace: str, name: str, change: Callable[[Object], Any], write: Write
    ) -> tuple[HTTPStatus, Object]:
        """Write outright what ``change`` makes of the object (of a bare one when there is none)."""
        with self._lock:
            lifecycle.settle(self)
            live = self.objects.get((kind.resource, namespace, name)) or _manifest(kind, name, namespace)
            body = change(copy.deepcopy(live))
            self._typed(kind, namespace, name, body)
            updated = self._normal(kind, namespace, name, body)
            _keep_identity(live, updated)
            claims = claims_after_update(live, updated, kind.shape, manager=write.manager or "unknown", now=_now())
            return self._store(kind, namespace, name, updated, claims, write)

    def refuse_existing(self, kind: Kind, namespace: str, name: str) -> None:
        """Refusal when there is such an object already."""
        with self._lock:
            lifecycle.settle(self)
            if (kind.resource, namespace, name) in self.objects:
                raise Refusal(HTTPStatus.CONFLICT, f'{kind.resource} "{name}" already exists', reason="AlreadyExists")

    def delete(self, kind: Kind, namespace: str, name: str, *, dry_run: bool = False) -> Object:
        """Begin to delete; what has finalizers, and every namespace, goes on existing for a while."""
        with self._lock:
            found = self.read(kind, namespace, name)
            if dry_run:
                return found
            going = self.objects[kind.resource, namespace, name]
            going["metadata"].setdefault("deletionTimestamp", _now())
            if kind is NAMESPACE:
                going["status"]["phase"] = "Terminating"
                self.leaving.setdefault(name, time.monotonic())
            gone = kind is not NAMESPACE and not going["metadata"].get("finalizers")
            if gone:
                del self.objects[kind.resource, namespace, name]
            self.touch(going, "DELETED" if gone else "MODIFIED")
            return copy.deepcopy(going)

    def touch(self, changed: Object, type: str = "MODIFIED") -> None:
        """Give ``changed`` a new version and tell who keeps the state and who watches."""
        self._version += 1
        changed["metadata"]["resourceVersion"] = str(self._version)
        if resource := self.resource_of(changed):
            self.history.add(self._version, type, resource, changed)
        if self._keep:
            self._keep(self.state())

    def resource_of(self, value: Object) -> str:
        """Under which plural and group an object is kept."""
        said = (value["apiVersion"], value["kind"])
        return next((kind.resource for kind in self.kinds() if (kind.api_version, kind.kind) == said), "")

    def _typed(self, kind: Kind, namespace: str, name: str, body: Any) -> None:
        """Refuse a body that is not of this kind, name and shape."""
        said = (body.get("apiVersion", ""), body.get("kind", "")) if isinstance(body, dict) else ("", "")
        if said != (kind.api_version, kind.kind):
            raise bad_request(f"invalid object type: /{said[0]}, Kind={said[1]}")
        metadata = body.get("metadata") or {}
        if metadata.get("name", name) != name:
            raise bad_request(
                f"the name of the object ({metadata['name']}) does not match the name on the URL ({name})"
            )
        if metadata.get("namespace", namespace) != namespace:
            raise bad_request("the namespace of the provided object does not match the namespace sent on the request")
        where = f"failed to create typed patch object ({namespace}/{name}; {kind.api_version}, Kind={kind.kind})"
        if wrong := list(mistakes(body, kind.shape)):
            raise untyped(where, "\n".join(wrong))

    def _normal(self, kind: Kind, namespace: str, name: str, body: Object) -> Object:
        where = f"failed to convert new object ({namespace}/{name}; {kind.api_version}, Kind={kind.kind})"
        try:
            normal: Object = normalise(body, kind.shape)
        except QuantityError as error:
            raise untyped(f"{where} to proper version", f"quantities must match the grammar: {error}") from None
        normal.setdefault("metadata", {})["name"] = name
        if kind.namespaced:
            normal["metadata"]["namespace"] = namespace
        return normal

    def _store(
        self, kind: Kind, namespace: str, name: str, target: Object, claims: Iterable[Claim], write: Write
    ) -> tuple[HTTPStatus, Object]:
        """Defaults, admission, rules; then keep ``target`` unless it is only for show or nothing changed."""
        key = (kind.resource, namespace, name)
        live = self.objects.get(key)
        set_defaults(kind, target)
        write_claims(target, claims)
        if live is None:
            check_namespace(self, kind, namespace, name)
        if causes := [*broken_rules(kind, target, live), *(broken_schema(kind, target) if kind.schema else ())]:
            raise invalid(kind.kind, kind.group, name, causes)
        if live is None:
            check_quotas(self, kind, namespace, name)
            target["metadata"].update(uid=str(uuid.uuid4()), creationTimestamp=_now())
        if not write.dry_run and target != live:
            if kind.schema and (live is None or live.get("spec") != target.get("spec")):
                target["metadata"]["generation"] = (live or target)["metadata"].get("generation", 0) + 1
            self.objects[key] = target
            self.touch(target, "MODIFIED" if live else "ADDED")
            lifecycle.react(self, kind, target)
            lifecycle.settle(self)
        return HTTPStatus.OK if live else HTTPStatus.CREATED, copy.deepcopy(target)


def _manifest(kind: Kind, name: str, namespace: str = "") -> Object:
    place = {"namespace": namespace} if kind.namespaced else {}
    return {"apiVersion": kind.api_version, "kind": kind.kind, "metadata": {"name": name, **place}}


def _require_same(kind: Kind, name: str, live: Object | None, body: Object) -> None:
    """Refuse a body with the uid of another object than the one there is."""
    meant, there = body["metadata"].get("uid"), (live or {"metadata": {}})["metadata"].get("uid")
    if meant not in (None, there):
        raise invalid(kind.kind, kind.group, name, [invalid_value("metadata.uid", meant, "field is immutable")])


def _keep_identity(live: Object, updated: Object) -> None:
    """What a writer cannot change."""
    for name in ("uid", "creationTimestamp", "deletionTimestamp", "resourceVersion"):
        updated["metadata"].pop(name, None)
        if name in live["metadata"]:
            updated["metadata"][name] = live["metadata"][name]
    if "status" in live:
        updated["status"] = copy.deepcopy(live["status"])


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


__all__ = ["Cluster", "Refusal", "Write"]

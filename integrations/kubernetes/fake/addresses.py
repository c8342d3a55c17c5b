"""The paths of the API: which kind, namespace and name they mean, and what discovery says. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from integrations.kubernetes.fake import VERSION
from integrations.kubernetes.fake.kinds import KINDS, Kind
from integrations.kubernetes.fake.refusals import no_such_address

_PATH = re.compile(
    r"/(?:api|apis/(?P<group>[^/]+))/v1(?:/namespaces/(?P<namespace>[^/]+)(?=/))?/(?P<plural>[^/]+)"
    r"(?:/(?P<name>[^/]+)(?:/(?P<part>status))?)?"
)
ACCESS_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"]


@dataclass(frozen=True, slots=True)
class Address:
    """What a path means; ``name`` is empty for a whole collection, ``part`` for the whole object."""

    kind: Kind
    namespace: str
    name: str
    part: str = ""


def read_address(path: str, kinds: Sequence[Kind] = KINDS) -> Address:
    """The address in ``path``; Refusal where there is nothing."""
    match = _PATH.fullmatch(path)
    if match:
        group, namespace = match["group"] or "", match["namespace"] or ""
        for kind in kinds:
            fits = (kind.group, kind.plural) == (group, match["plural"]) and (kind.namespaced or not namespace)
            if fits and (kind.has_status or not match["part"]):
                return Address(kind, namespace, match["name"] or "", match["part"] or "")
    raise no_such_address()


def discovery(path: str, kinds: Sequence[Kind] = KINDS) -> dict[str, Any] | None:
    """The discovery document at ``path``, if there is one."""
    if path == "/version":
        return {"major": "1", "minor": "34", "gitVersion": VERSION, "platform": "linux/amd64"}
    if path == "/api":
        return {"kind": "APIVersions", "versions": ["v1"]}
    groups = sorted({kind.group for kind in kinds if kind.group})
    if path == "/apis":
        return {"kind": "APIGroupList", "apiVersion": "v1", "groups": [_group(name) for name in groups]}
    for group in ("", *groups):
        if path == (f"/apis/{group}/v1" if group else "/api/v1"):
            return _resources(group, kinds)
    return None


def _group(name: str) -> dict[str, Any]:
    version = {"groupVersion": f"{name}/v1", "version": "v1"}
    return {"name": name, "versions": [version], "preferredVersion": version}


def _resources(group: str, kinds: Sequence[Kind]) -> dict[str, Any]:
    mine = [kind for kind in kinds if kind.group == group]
    served = [
        {
            "name": kind.plural,
            "singularName": kind.kind.lower(),
            "namespaced": kind.namespaced,
            "kind": kind.kind,
            "verbs": _VERBS,
        }
        for kind in mine
    ]
    served += [
        {"name": f"{kind.plural}/status", "singularName": "", "namespaced": kind.namespaced, "kind": kind.kind}
        | {"verbs": ["get", "patch", "update"]}
        for kind in mine
        if kind.has_status
    ]
    version = f"{group}/v1" if group else "v1"
    return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": version, "resources": served}


def label_selector(text: str) -> Callable[[dict[str, Any]], bool]:
    """A test for ``a=b,c!=d,e``."""
    terms = [term for term in text.split(",") if term]
    return lambda value: all(_selects(term, value["metadata"].get("labels", {})) for term in terms)


def _selects(term: str, labels: dict[str, str]) -> bool:
    if "!=" in term:
        name, _, wanted = term.partition("!=")
        return labels.get(name) != wanted
    name, equals, wanted = term.partition("=")
    return labels.get(name) == wanted.removeprefix("=") if equals else name in labels

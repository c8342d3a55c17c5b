"""Who owns which field, and what an apply does to an object. Pure."""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.kubernetes.fake.refusals import contested
from integrations.kubernetes.fake.shapes import Path, Shape, leaves, put, remove, value_at

Object = dict[str, Any]

#: Fields that name an object instead of describing it; nobody owns them.
_NAMES = {("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace"), ("metadata", "generateName")}
#: Fields that the server alone writes.
_SERVER = {
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "managedFields",
    "selfLink",
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What one manager owns through one kind of operation (``Apply`` or ``Update``)."""

    manager: str
    operation: str
    time: str
    paths: frozenset[Path]


def owned_paths(value: Mapping[str, Any], shape: Shape) -> frozenset[Path]:
    """The paths of ``value`` that can be owned."""
    return frozenset(
        path
        for path in leaves(value, shape) - _NAMES
        if path[0] != "status" and not (path[0] == "metadata" and path[-1] in _SERVER and len(path) == 2)
    )


def read_claims(live: Mapping[str, Any]) -> list[Claim]:
    """The claims in an object's ``managedFields``."""
    return [
        Claim(entry["manager"], entry["operation"], entry["time"], frozenset(_paths(entry["fieldsV1"])))
        for entry in live["metadata"].get("managedFields", [])
    ]


def write_claims(target: Object, claims: Iterable[Claim]) -> None:
    """Put ``claims`` into the object's ``managedFields``; empty ones are dropped."""
    entries = [
        {
            "manager": claim.manager,
            "operation": claim.operation,
            "apiVersion": target["apiVersion"],
            "time": claim.time,
            "fieldsType": "FieldsV1",
            "fieldsV1": _tree(claim.paths),
        }
        for claim in sorted(claims, key=lambda claim: (claim.operation, claim.manager))
        if claim.paths
    ]
    target["metadata"].pop("managedFields", None)
    if entries:
        target["metadata"]["managedFields"] = entries


def merge_apply(
    live: Object, applied: Object, shape: Shape, *, manager: str, force: bool, now: str
) -> tuple[Object, list[Claim]]:
    """``live`` after ``manager`` applied ``applied``, and the claims then.

    Raises Refusal where others own a field that would change and ``force`` is not given.
    """
    claims = read_claims(live)
    mine = next((claim for claim in claims if _is(claim, manager, "Apply")), Claim(manager, "Apply", now, frozenset()))
    others = [claim for claim in claims if claim is not mine]
    wanted = owned_paths(applied, shape)
    changing = {path for path in wanted if value_at(live, path) != value_at(applied, path)}
    clashes = [(claim.manager, path) for claim in others for path in sorted(claim.paths & changing)]
    if clashes and not force:
        raise contested([(owner, f".{'.'.join(path)}") for owner, path in clashes])
    others = [_without(claim, changing) for claim in others]
    merged = copy.deepcopy(live)
    for path in mine.paths - wanted - _all_paths(others):
        remove(merged, path)
    for path in wanted:
        put(merged, path, copy.deepcopy(value_at(applied, path)))
    time = mine.time if wanted == mine.paths and not changing else now
    return merged, [*others, Claim(manager, "Apply", time, wanted)]


def claims_after_update(live: Object, updated: Object, shape: Shape, *, manager: str, now: str) -> list[Claim]:
    """The claims after ``manager`` wrote ``updated`` over ``live`` outright: it owns what it changed."""
    before, after = owned_paths(live, shape), owned_paths(updated, shape)
    changed = {path for path in after if value_at(live, path) != value_at(updated, path)}
    claims = [_without(claim, changed | (before - after)) for claim in read_claims(live)]
    mine = next((claim for claim in claims if _is(claim, manager, "Update")), None)
    kept = [claim for claim in claims if claim is not mine]
    held = (mine.paths if mine else frozenset()) | changed
    return [*kept, Claim(manager, "Update", now, frozenset(held))]


def _is(claim: Claim, manager: str, operation: str) -> bool:
    return claim.manager == manager and claim.operation == operation


def _without(claim: Claim, paths: Iterable[Path]) -> Claim:
    return Claim(claim.manager, claim.operation, claim.time, claim.paths - frozenset(paths))


def _all_paths(claims: Iterable[Claim]) -> set[Path]:
    return {path for claim in claims for path in claim.paths}


def _tree(paths: Iterable[Path]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for path in sorted(paths):
        put(tree, tuple(f"f:{name}" for name in path), {})
    return tree


def _paths(tree: Mapping[str, Any], prefix: Path = ()) -> Iterable[Path]:
    for name, below in tree.items():
        path = (*prefix, name.removeprefix("f:"))
        if below:
            yield from _paths(below, path)
        else:
            yield path

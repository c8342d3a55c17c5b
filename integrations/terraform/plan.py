"""What a plan may show. Pure.

``terraform show -json`` prints every secret in clear text, so this is an allow-list: addresses, actions and,
field by field, the values that no mask covers. Variables, state and configuration never get in.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from integrations.terraform.events import Clean, as_it_is

Action = Literal["create", "update", "replace", "delete", "read", "import", "move", "forget", "no-op"]
UNKNOWN = "(known after apply)"
SENSITIVE = "(sensitive)"
LONGEST_VALUE = 2_000
DEEPEST = 32
_ACTIONS: Mapping[tuple[str, ...], Action] = {
    ("create",): "create",
    ("update",): "update",
    ("delete",): "delete",
    ("read",): "read",
    ("forget",): "forget",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("no-op",): "no-op",
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value before and after, as JSON values; masked when ``sensitive``."""

    path: str
    before: Any
    after: Any
    sensitive: bool


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """What happens to one resource. ``forces`` are the paths that make it a replacement."""

    address: str
    action: Action
    fields: tuple[FieldChange, ...]
    forces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """How many resources each action touches."""

    create: int
    update: int
    replace: int
    delete: int


@dataclass(frozen=True, slots=True)
class SanitisedPlan:
    """A plan that may be stored and shown.

    ``applicable`` is Terraform's own answer to "is there anything to do", which counts changes of outputs that
    the summary does not; ``complete`` is False for a plan that would leave something out.
    """

    summary: PlanSummary
    changes: tuple[ResourceChange, ...]
    applicable: bool
    complete: bool

    def as_json(self) -> dict[str, Any]:
        """The shape of the API: summary and changes."""
        return {"summary": asdict(self.summary), "changes": [_without_slots(change) for change in self.changes]}

    @property
    def digest(self) -> str:
        """SHA-256 of the plan as shown: what an approval is bound to."""
        text = json.dumps(self.as_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def sanitise(plan: Mapping[str, Any], *, clean: Clean = as_it_is) -> SanitisedPlan:
    """The part of ``terraform show -json`` output that may be kept; ``clean`` takes known secrets out of strings."""
    changes = tuple(
        _change(raw, clean) for raw in plan.get("resource_changes", ()) if _action(raw) not in {"no-op", "read"}
    )
    count = [change.action for change in changes].count
    return SanitisedPlan(
        summary=PlanSummary(count("create"), count("update"), count("replace"), count("delete")),
        changes=changes,
        applicable=bool(plan.get("applyable", bool(changes))),
        complete=bool(plan.get("complete", True)) and not plan.get("errored", False),
    )


def _action(raw: Mapping[str, Any]) -> Action:
    change = raw["change"]
    action = _ACTIONS.get(tuple(change["actions"]), "update")
    if action == "no-op" and change.get("importing"):
        return "import"
    if action == "no-op" and raw.get("previous_address"):
        return "move"
    return action


def _change(raw: Mapping[str, Any], clean: Clean) -> ResourceChange:
    change = raw["change"]
    return ResourceChange(
        address=clean(str(raw["address"])),
        action=_action(raw),
        fields=tuple(_fields(change, clean)),
        forces=tuple(".".join(str(part) for part in path) for path in change.get("replace_paths") or ()),
    )


def _fields(change: Mapping[str, Any], clean: Clean) -> Iterator[FieldChange]:
    # What was a secret stays one, even where the new mask no longer says so.
    mask = _either(change.get("before_sensitive"), change.get("after_sensitive"))
    before = dict(_leaves(change.get("before"), None, mask, clean))
    after = _spread(dict(_leaves(change.get("after"), change.get("after_unknown"), mask, clean)), before)
    nothing = _Leaf(None, None, False)
    for path in sorted({*before, *after}):
        old, new = before.get(path, nothing), after.get(path, nothing)
        if old.raw != new.raw:
            yield FieldChange(path, old.shown, new.shown, old.sensitive or new.sensitive)


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A value at the end of a path: ``raw`` is compared, ``shown`` leaves this module."""

    raw: Any
    shown: Any
    sensitive: bool


def _spread(after: dict[str, _Leaf], before: Mapping[str, _Leaf]) -> dict[str, _Leaf]:
    """``after`` with what is unknown as a whole said of each of the values that were there; else they would seem to go
    away."""
    spread = dict(after)
    for path, leaf in after.items():
        inner = [known for known in before if known.startswith(f"{path}.")]
        if leaf.raw is UNKNOWN and inner:
            del spread[path]
            spread |= dict.fromkeys(inner, leaf)
    return spread


def _leaves(value: Any, unknown: Any, sensitive: Any, clean: Clean, path: str = "") -> Iterator[tuple[str, _Leaf]]:
    if sensitive is True:
        if value is not None or unknown:
            yield path, _Leaf(value if unknown is not True else UNKNOWN, SENSITIVE, True)
    elif unknown is True:
        yield path, _Leaf(UNKNOWN, UNKNOWN, False)
    elif isinstance(value, dict | list) and path.count(".") < DEEPEST:
        for key in _keys(value, unknown):
            yield from _leaves(
                _at(value, key), _at(unknown, key), _at(sensitive, key), clean, f"{path}.{key}" if path else str(key)
            )
    elif isinstance(unknown, dict | list) and value is None:
        yield from _leaves(type(unknown)(), unknown, sensitive, clean, path)
    elif value is not None:
        yield path, _Leaf(value, _shown(value, clean), False)


def _either(one: Any, other: Any) -> Any:
    """The mask that covers what either mask covers."""
    if one is True or other is True:
        return True
    if isinstance(one, list) and isinstance(other, list):
        return [_either(_at(one, key), _at(other, key)) for key in range(max(len(one), len(other)))]
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: _either(one.get(key), other.get(key)) for key in {*one, *other}}
    return one or other


def _keys(value: dict[str, Any] | list[Any], unknown: Any) -> list[Any]:
    if isinstance(value, list):
        return list(range(max(len(value), len(unknown) if isinstance(unknown, list) else 0)))
    return sorted({*value, *(unknown if isinstance(unknown, dict) else ())})


def _at(container: Any, key: Any) -> Any:
    if isinstance(container, dict):
        return container.get(key)
    if isinstance(container, list) and isinstance(key, int) and key < len(container):
        return container[key]
    return None


def _shown(value: Any, clean: Clean) -> Any:
    if not isinstance(value, str):
        return value
    cleaned = clean(value)
    return cleaned if len(cleaned) <= LONGEST_VALUE else f"{cleaned[:LONGEST_VALUE]}… ({len(cleaned)} characters)"


def _without_slots(change: ResourceChange) -> dict[str, Any]:
    return {**asdict(change), "fields": [asdict(field) for field in change.fields], "forces": list(change.forces)}

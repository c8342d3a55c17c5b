"""What the platform's rules say to a request. Pure: the same facts give the same answer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from provisioning.blueprints.definition import Blueprint
from provisioning.conditions import holds

#: Raised when the meaning of a rule changes, so that approvals given under the former one are void.
VERSION = 1


@dataclass(frozen=True, slots=True)
class Stage:
    """``count`` different people of ``approvers`` must say yes, because of ``reasons``."""

    approvers: str
    count: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed, needs approval in every one of ``stages``, or denied for ``reasons``."""

    decision: Literal["allow", "approve", "deny"]
    reasons: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As it is stored and served."""
        return asdict(self)


def decide(blueprint: Blueprint, facts: Mapping[str, Any]) -> Decision:
    """Every rule that holds counts. One that denies outweighs all that ask for approval."""
    matching = [rule for rule in blueprint.policy if holds(rule.when, facts)]
    if denials := tuple(rule.reason for rule in matching if rule.effect == "deny"):
        return Decision("deny", denials)
    stages: dict[str, Stage] = {}
    for rule in matching:
        known = stages.get(rule.approvers, Stage(rule.approvers, 0, ()))
        stages[rule.approvers] = Stage(rule.approvers, max(known.count, rule.count), (*known.reasons, rule.reason))
    if not stages:
        return Decision("allow", ("No rule asks for approval.",))
    return Decision("approve", tuple(rule.reason for rule in matching), tuple(stages.values()))


def facts_of(
    *,
    action: str,
    name: str,
    owner: str,
    environment: str,
    inputs: Mapping[str, Any],
    summary: Mapping[str, int] | None = None,
    quota: Mapping[str, float] | None = None,
    current: Mapping[str, Any] | None = None,
    versions: tuple[str, str] = ("", ""),
) -> dict[str, Any]:
    """What rules may ask about: the request, what it would change of ``current``, how full its budgets are then
    (``quota.money: {over: 80}``, in per cent, where there are some), the plan once there is one, and the blueprint's
    ``versions`` before and after."""
    team = owner.rsplit("/", 1)[-1]
    facts: dict[str, Any] = {
        "action": action,
        "name": name,
        "owner": owner,
        "team": team,
        "environment": environment,
        "inputs": dict(inputs),
        "quota": dict(quota or {}),
        "changed": _changed(current or {}, inputs) if action in {"update", "upgrade"} else {},
        "blueprint": {"from": versions[0], "to": versions[1]},
    }
    return facts | ({"plan": dict(summary)} if summary is not None else {})


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, bool]:
    """Each input, and whether it becomes another. A field left empty is the same as none."""
    empty: tuple[Any, ...] = (None, "", [], {})
    names = before.keys() | after.keys()
    return {
        name: before.get(name) != after.get(name) and not (before.get(name) in empty and after.get(name) in empty)
        for name in names
    }

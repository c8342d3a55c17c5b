"""What the platform's rules say to a request. Pure: the same facts give the same answer, the hour among them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from provisioning.blueprints.definition import Blueprint, Rule
from provisioning.conditions import holds
from provisioning.rules.definition import Escalation, PlatformRule
from provisioning.rules.weighing import NOW, holds_until, unknown_in, windows_in
from provisioning.verbs import VERBS

#: Raised when the meaning of a rule changes, so that approvals given under the former one are void.
VERSION = 2


@dataclass(frozen=True, slots=True)
class Stage:
    """``count`` different people of ``approvers`` must say yes, because of ``reasons``. ``rules`` names the platform's
    rule behind each reason, empty for one of the blueprint."""

    approvers: str
    count: int
    reasons: tuple[str, ...]
    rules: tuple[str, ...] = ()
    escalations: tuple[Escalation, ...] = ()


@dataclass(frozen=True, slots=True)
class Freeze:
    """What is approved waits until ``until``; None when no window's end says when."""

    rule: str
    reason: str
    until: datetime | None
    zone: str = "UTC"

    @property
    def words(self) -> str:
        """``Frozen until Mon 7 Dec 2026, 08:00 Europe/Berlin``."""
        if self.until is None:
            return "Frozen until the rule changes"
        return f"Frozen until {self.until.astimezone(ZoneInfo(self.zone)):%a %-d %b %Y, %H:%M} {self.zone}"


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed, needs approval in every one of ``stages``, or denied for ``reasons``. ``rules`` names the platform's
    rule behind each reason. ``freezes`` hold it back for a time, and ``later`` are the names of rules that ask about
    the plan that there is not yet."""

    decision: Literal["allow", "approve", "deny"]
    reasons: tuple[str, ...] = ()
    stages: tuple[Stage, ...] = ()
    rules: tuple[str, ...] = ()
    freezes: tuple[Freeze, ...] = ()
    later: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As it is stored and served."""
        freezes = [asdict(freeze) | {"until": freeze.until and freeze.until.isoformat()} for freeze in self.freezes]
        return asdict(self) | {"freezes": freezes}

    @property
    def outcome(self) -> tuple[str, tuple[tuple[str, int], ...], tuple[str, ...]]:
        """What comes of it, without the words: to compare two decisions."""
        stages = tuple(sorted((stage.approvers, stage.count) for stage in self.stages))
        return self.decision, stages, tuple(sorted(freeze.rule for freeze in self.freezes))

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Each reason with the platform's rule behind it."""
        return tuple(zip(self.reasons, self.rules, strict=True))


#: No rule that allows spares these.
_ABOVE_ALL = 1_000_000


@dataclass(frozen=True, slots=True)
class _Line:
    """A rule that holds, of the blueprint (without a ``name``) or of the platform."""

    effect: str
    reason: str
    name: str = ""
    approvers: str = ""
    count: int = 1
    priority: int = 0
    escalation: Escalation | None = None


def decide(blueprint: Blueprint, facts: Mapping[str, Any], rules: Iterable[PlatformRule] = ()) -> Decision:
    """Every rule that holds counts, whatever their order. One that denies outweighs all that ask for approval; one
    that allows spares what rules of a lower priority ask for. Where nobody knows whether a rule holds, because a fact
    has no value, one that denies or asks for approval counts and one that allows does not. What people have agreed to
    before (that something ends one day) needs no approval when its time has come."""
    concerned = sorted(
        (rule for rule in rules if rule.concerns(blueprint) and _concerns(rule, facts)),
        key=lambda rule: (-rule.priority, rule.name),
    )
    freezes = tuple(found for rule in concerned if (found := _freeze(rule, facts)))
    held = {freeze.rule for freeze in freezes}
    later = tuple(rule.name for rule in concerned if _waits_for_a_plan(rule, facts))
    lines = [
        *(_own(rule) for rule in blueprint.policy if holds(rule.when, facts) and _concerns(rule, facts)),
        *_of_the_portal(facts),
        *(_line(rule, facts) for rule in concerned if rule.name not in {*held, *later} and _counts(rule, facts)),
    ]
    if denials := [line for line in lines if line.effect == "deny"]:
        reasons, names = _reasons(denials)
        return Decision("deny", reasons, (), names, freezes, later)
    allowing = [line for line in lines if line.effect == "allow"]
    level = max((line.priority for line in allowing), default=None)
    asking = [line for line in lines if line.effect == "approve" and (level is None or line.priority >= level)]
    if not asking:
        reasons, names = _reasons(allowing) if allowing else (("No rule asks for approval.",), ("",))
        return Decision("allow", reasons, (), names, freezes, later)
    if agreed := facts.get("agreed"):
        return Decision("allow", (str(agreed),), (), ("",), freezes, later)
    reasons, names = _reasons(asking)
    return Decision("approve", reasons, _stages(asking), names, freezes, later)


def _own(rule: Rule) -> _Line:
    return _Line(rule.effect, rule.reason, "", rule.approvers, rule.count)


def _of_the_portal(facts: Mapping[str, Any]) -> Iterator[_Line]:
    """Whatever others say: who receives something accepts it, and nobody takes on what may be somebody else's."""
    if (receiver := str(facts.get("receiver") or "")) and facts["action"] == "transfer":
        yield _Line("approve", f"It becomes {receiver.rsplit('/', 1)[-1]}'s", "", receiver, 1, _ABOVE_ALL)
    if facts["action"] == "import":
        theirs = "Somebody who knows the account says that it is theirs to have"
        yield _Line("approve", theirs, "", "role:platform-admin", 1, _ABOVE_ALL)


def _concerns(rule: Rule | PlatformRule, facts: Mapping[str, Any]) -> bool:
    """Light actions are judged by those rules only that ask about the action, and by what the platform refuses."""
    refuses = isinstance(rule, PlatformRule) and rule.effect == "deny"
    return refuses or "action" in str(rule.when) or not VERBS[facts["action"]].light


def _freeze(rule: PlatformRule, facts: Mapping[str, Any]) -> Freeze | None:
    """A rule that denies for a time holds back; one that denies whatever the hour refuses."""
    if rule.effect != "deny" or not rule.asks_the_time or NOW not in facts or not _counts(rule, facts):
        return None
    if _waits_for_a_plan(rule, facts):
        return None
    if rule.weigh({name: value for name, value in facts.items() if name != NOW}) is True:
        return None
    zone = next(windows_in(rule.when)).zone
    return Freeze(rule.name, _words(rule, facts), holds_until(rule.when, facts), zone)


def _waits_for_a_plan(rule: PlatformRule, facts: Mapping[str, Any]) -> bool:
    return rule.asks_the_plan and "plan" not in facts and rule.weigh(facts) is None


def _counts(rule: PlatformRule, facts: Mapping[str, Any]) -> bool:
    answer = rule.weigh(facts)
    return answer is True if rule.effect == "allow" else answer is not False


def _line(rule: PlatformRule, facts: Mapping[str, Any]) -> _Line:
    words = _words(rule, facts)
    return _Line(rule.effect, words, rule.name, rule.approvers, rule.count, rule.priority, rule.escalation)


def _words(rule: PlatformRule, facts: Mapping[str, Any]) -> str:
    """Its reason, and what is not known where it counts for that alone."""
    if rule.weigh(facts) is not None:
        return rule.reason
    return f"{rule.reason} (not known: {', '.join(unknown_in(rule.when, facts))})"


def _reasons(lines: Sequence[_Line]) -> tuple[tuple[str, ...], Any]:
    return tuple(line.reason for line in lines), tuple(line.name for line in lines)


def _stages(lines: Sequence[_Line]) -> tuple[Stage, ...]:
    stages: dict[str, Stage] = {}
    for line in lines:
        known = stages.get(line.approvers, Stage(line.approvers, 0, ()))
        escalations = {*known.escalations, *([line.escalation] if line.escalation else [])}
        stages[line.approvers] = Stage(
            line.approvers,
            max(known.count, line.count),
            (*known.reasons, line.reason),
            (*known.rules, line.name),
            tuple(sorted(escalations, key=lambda one: (one.after_hours, one.to))),
        )
    return tuple(stages.values())


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
    **more: Any,
) -> dict[str, Any]:
    """What rules may ask about: the request, what it would change of ``current``, how full its budgets are then
    (``quota.money: {over: 80}``, in per cent, where there are some), whether it is ``ephemeral``, the plan once there
    is one, and the blueprint's ``versions`` before and after. ``more`` is what the portal itself asks about:
    ``receiver`` and ``agreed``."""
    team = owner.rsplit("/", 1)[-1]
    facts: dict[str, Any] = {
        "action": action,
        "name": name,
        "owner": owner,
        "team": team,
        "environment": environment,
        "inputs": dict(inputs),
        "quota": dict(quota or {}),
        "changed": {} if VERBS[action].is_new or action == "delete" else _changed(current or {}, inputs),
        "blueprint": {"from": versions[0], "to": versions[1]},
        "ephemeral": False,
        **more,
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

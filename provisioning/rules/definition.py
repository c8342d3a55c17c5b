"""A rule of the platform. Pure."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from provisioning.blueprints.definition import Blueprint
from provisioning.rules.weighing import NOW, TIME, Answer, names_in, weigh

INPUT, PLAN = "inputs.", "plan."
#: Facts that change without anybody touching the request.
VOLATILE = (NOW, "quota")


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who may decide as well once ``after_hours`` have passed without a decision."""

    after_hours: float
    to: str


@dataclass(frozen=True, slots=True)
class PlatformRule:
    """When it holds, nobody may (``deny``), ``count`` different people of ``approvers`` decide (``approve``), or what
    rules of a lower priority would ask for is spared (``allow``). ``blueprints`` empty are all."""

    name: str
    effect: Literal["allow", "approve", "deny"]
    reason: str
    when: Mapping[str, Any] = field(default_factory=dict)
    approvers: str = "role:approver"
    count: int = 1
    priority: int = 0
    blueprints: tuple[str, ...] = ()
    escalation: Escalation | None = None

    def concerns(self, blueprint: Blueprint) -> bool:
        """Whether it is about what ``blueprint`` makes: one that it names, which has the inputs that it asks about."""
        if self.blueprints and blueprint.name not in self.blueprints:
            return False
        return all(has_input(blueprint, name) for name in names_in(self.when) if name.startswith((INPUT, "changed.")))

    def weigh(self, facts: Mapping[str, Any]) -> Answer:
        """Whether it holds; None where that hangs on something unknown."""
        return weigh(self.when, facts)

    @property
    def asks_the_time(self) -> bool:
        """Whether it depends on when."""
        return TIME in names_in(self.when)

    @property
    def asks_the_plan(self) -> bool:
        """Whether it can be weighed only once there is a plan."""
        return any(name.startswith(PLAN) for name in names_in(self.when))

    @property
    def meaning(self) -> dict[str, Any]:
        """All that its answers depend on."""
        escalation = [self.escalation.after_hours, self.escalation.to] if self.escalation else []
        return {
            "name": self.name,
            "effect": self.effect,
            "reason": self.reason,
            "when": self.when,
            "approvers": self.approvers,
            "count": self.count,
            "priority": self.priority,
            "escalation": escalation,
        }


def has_input(blueprint: Blueprint, name: str) -> bool:
    """Whether ``inputs.…`` or ``changed.…`` is an input of ``blueprint``, at whatever depth."""
    schema: Any = blueprint.inputs
    rest = name.partition(".")[2]
    while rest:
        known = schema.get("properties", {})
        part = next((one for one in known if rest == one or rest.startswith(f"{one}.")), None)
        if part is None:
            return False
        schema, rest = known[part], rest[len(part) + 1 :]
    return True


def digest_of_rules(rules: Iterable[PlatformRule], facts: Mapping[str, Any]) -> str:
    """What an approval is bound to of the rules: those that have a say in a request of these ``facts``, whenever it is
    and however full its budgets are. A change of any other rule leaves it as it is."""
    lasting = {name: value for name, value in facts.items() if name not in VOLATILE}
    meanings = [rule.meaning for rule in rules if rule.weigh(lasting) is not False]
    text = json.dumps(sorted(meanings, key=lambda one: str(one["name"])), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()

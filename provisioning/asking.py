"""A request before it is one: what was asked, what is wrong with it, what policy and price say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from accounts.models import Team
from accounts.permissions import short
from common.errors import Conflict, FieldError, UserError
from provisioning.blueprints.definition import Blueprint
from provisioning.checks import more_checks, unchangeable
from provisioning.expiry import wrong_ttl
from provisioning.forms import validate
from provisioning.importing import wrong_identifiers
from provisioning.models import Resource
from provisioning.models.resource import ResourceState
from provisioning.planning import Price, price_of
from provisioning.policy import Decision, decide, facts_of
from provisioning.rules.definition import PlatformRule
from provisioning.rules.weighing import NOW
from provisioning.targets import about_target
from provisioning.verbs import VERBS

#: The class of data that nobody declared.
UNCLASSIFIED = "unclassified"


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody asks for."""

    blueprint: Blueprint
    action: str
    name: str
    owner_ref: str
    environment: str
    inputs: Mapping[str, Any]
    #: What a resource that is there was made with; a change is judged against it.
    current: Mapping[str, Any] = field(default_factory=dict)
    #: How full each measure's fullest budget would be, in per cent.
    quota: Mapping[str, float] = field(default_factory=dict)
    #: The version of the blueprint that it was made with; empty for what is new.
    version_before: str = ""
    #: Who asks (name, role and teams), when, and the platform's rules; ``judging.judged`` fills them in.
    requester: Mapping[str, Any] = field(default_factory=dict)
    now: datetime | None = None
    rules: tuple[PlatformRule, ...] | None = None
    #: What the plan would do, once there is one.
    summary: Mapping[str, int] | None = None
    #: The cluster or cloud account by name; empty where the environment leaves no choice.
    target: str = ""
    #: What the action needs beside inputs.
    parameters: Mapping[str, Any] = field(default_factory=dict)
    #: Who is to own it, where that is somebody else.
    receiver_ref: str = ""
    #: What it lives and ends with, such as a branch.
    made_for: str = ""

    @property
    def payer_ref(self) -> str:
        """Whose budget it counts in."""
        return self.receiver_ref or self.owner_ref

    @property
    def facts(self) -> dict[str, Any]:
        """What rules look at."""
        price = self.price
        facts = self._facts(self.inputs) | {
            "data_class": str(self.inputs.get("data_class") or self.blueprint.data_class or UNCLASSIFIED),
            "price": {"monthly": price.amount, "delta": price.delta} if price else {},
            "requester": dict(self.requester),
        }
        return facts | ({NOW: self.now} if self.now else {})

    @property
    def record(self) -> dict[str, Any]:
        """The facts as they are kept with a decision."""
        return {**self.facts, NOW: self.now.isoformat()} if self.now else self.facts

    @property
    def decision(self) -> Decision:
        """What the rules say. RuntimeError for what was not judged: no rule is passed over by mistake."""
        if self.rules is None:
            raise RuntimeError("judging.judged was not asked")
        return decide(self.blueprint, self.facts, self.rules)

    @property
    def price(self) -> Price | None:
        """What it costs a month, and what is paid without it; None without a price book."""
        book = self.blueprint.price
        before = price_of(book, self._facts(self.current)) if self.current else None
        paid = before.amount if before else 0.0
        if self.action == "delete":
            return replace(before, amount=0.0, parts=(), before=paid) if before else None
        after = price_of(book, self._facts(self.inputs))
        return replace(after, before=paid) if after else None

    def _facts(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        return facts_of(
            action=self.action,
            name=self.name,
            owner=self.owner_ref,
            environment=self.environment,
            inputs=inputs,
            quota=self.quota,
            current=self.current,
            versions=(self.version_before, self.blueprint.version),
            summary=self.summary,
            ephemeral=bool(self.made_for),
            receiver=self.receiver_ref,
            agreed=self.parameters.get("agreed", ""),
        )


def asked_of(resource: Resource, action: str, inputs: dict[str, Any], blueprint: Blueprint | None = None) -> Asked:
    """A change or the deletion of a resource that is there (``day_two.wish`` for what needs more than inputs);
    ``blueprint`` is another version of its own."""
    if not resource.is_there:
        raise Conflict(
            f"{resource.name} is not there: {resource.get_state_display().lower()}.",
            id="resource-not-there",
            hint="Its requests say why.",
        )
    return Asked(
        blueprint or resource.definition,
        action,
        resource.name,
        resource.owner_ref,
        resource.environment,
        inputs,
        resource.inputs,
        version_before=resource.blueprint_version,
        made_for=resource.made_for,
    )


def mistakes(asked: Asked) -> list[FieldError]:
    """Everything wrong with what was asked, by field."""
    if not VERBS[asked.action].changes_inputs:
        return []
    found = [*_about_name(asked), *_about_owner(asked), *_about_environment(asked), *_about_ttl(asked)]
    if VERBS[asked.action].is_new:
        found += about_target(asked.blueprint, environment=asked.environment, name=asked.name, wanted=asked.target)
    found += wrong_identifiers(asked.blueprint, asked.parameters.get("identifiers")) if asked.action == "import" else []
    found += validate(asked.blueprint.inputs, asked.inputs)
    if not VERBS[asked.action].is_new:
        found += unchangeable(asked.blueprint.changes, asked.current, asked.inputs)
    named = {error.path for error in found}
    return [
        *found,
        *(error for error in more_checks(asked.blueprint, asked.name, asked.inputs) if error.path not in named),
    ]


def require_valid(asked: Asked) -> None:
    """Raise UserError with everything that is wrong."""
    if found := mistakes(asked):
        count = "One answer needs" if len(found) == 1 else f"{len(found)} answers need"
        raise UserError(f"{count} a change.", id="request-invalid", fields=found)


def _about_name(asked: Asked) -> list[FieldError]:
    if not asked.name:
        return [FieldError("name", "This is needed.", asked.blueprint.name_hint)]
    if not re.fullmatch(asked.blueprint.name_pattern, asked.name):
        return [FieldError("name", f"{asked.name} does not have the right form.", asked.blueprint.name_hint)]
    if VERBS[asked.action].is_new and asked.environment in asked.blueprint.environments and (holder := _holder(asked)):
        return [FieldError("name", _taken(asked, holder))]
    return []


def _holder(asked: Asked) -> Resource | None:
    same = Resource.objects.filter(blueprint=asked.blueprint.name, environment=asked.environment, name=asked.name)
    return same.exclude(state=ResourceState.DELETED).first()


def _taken(asked: Asked, holder: Resource) -> str:
    free = f"{asked.name}-2"
    return f"{asked.name} is taken in {asked.environment} by {holder.owner_ref.rsplit('/', 1)[-1]}. Free: {free}."


def _about_owner(asked: Asked) -> list[FieldError]:
    if not asked.owner_ref:
        return [FieldError("owner", "This is needed.", "Choose one of your teams.")]
    if "\0" in asked.owner_ref or not Team.objects.filter(ref=asked.owner_ref).exists():
        return [FieldError("owner", f"There is no team {short(asked.owner_ref)}.", "Teams are the catalog's Groups.")]
    return []


def _about_ttl(asked: Asked) -> list[FieldError]:
    if (ttl := asked.parameters.get("ttl")) is None:
        return []
    return wrong_ttl(ttl, asked.blueprint, asked.facts)


def _about_environment(asked: Asked) -> list[FieldError]:
    offered = asked.blueprint.environments
    if asked.environment in offered:
        return []
    message = f"{asked.environment} is not offered." if asked.environment else "This is needed."
    return [FieldError("environment", message, f"Choose {', '.join(offered)}.")]

"""What other rules would have decided for requests that there were. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provisioning.blueprints.definition import Blueprint
from provisioning.policy import Decision, decide
from provisioning.rules.definition import PlatformRule


@dataclass(frozen=True, slots=True)
class Past:
    """A request as it was judged: its number, its blueprint, and the facts of then."""

    pk: int
    blueprint: Blueprint
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """A request that would be decided otherwise."""

    pk: int
    before: Decision
    after: Decision


def replay(past: Iterable[Past], before: Sequence[PlatformRule], after: Sequence[PlatformRule]) -> list[Changed]:
    """Those of ``past`` that the rules ``after`` decide otherwise than those ``before``, in their order."""
    found = []
    for one in past:
        was, would = (decide(one.blueprint, one.facts, rules) for rules in (before, after))
        if was.outcome != would.outcome:
            found.append(Changed(one.pk, was, would))
    return found

"""Which kinds may come from where: ``catalog.rules`` of Backstage's configuration. Pure.

Without rules every kind is allowed. Backstage would allow three and drop the rest without a word.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any


@dataclass(frozen=True, slots=True)
class Place:
    """Locations that a rule is about; an empty part fits everything."""

    type: str = ""
    exact: str = ""
    pattern: str = ""

    def fits(self, location: str) -> bool:
        """Whether ``location`` (``type:target``) is meant."""
        kind, _, target = location.partition(":")
        return (
            self.type in {"", kind}
            and self.exact in {"", target}
            and (not self.pattern or fnmatchcase(target.lower(), self.pattern.lower()))
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """Kinds (with a ``spec.type``, or any when it is empty) that may come from ``places``, or from anywhere."""

    allow: tuple[tuple[str, str], ...]
    places: tuple[Place, ...] = ()

    def allows(self, document: Mapping[str, Any], origin: str) -> bool:
        """Whether the rule lets ``document``, which comes from ``origin``, in."""
        kind, kind_type = document["kind"].lower(), str(document.get("spec", {}).get("type", "")).lower()
        here = not self.places or any(place.fits(origin) for place in self.places)
        return here and any(name == kind and of in {"", kind_type} for name, of in self.allow)


def is_allowed(rules: Sequence[Rule], document: Mapping[str, Any], origin: str) -> bool:
    """Whether one of ``rules`` lets ``document`` in; everything is allowed where there are none."""
    return not rules or any(rule.allows(document, origin) for rule in rules)


def parse_rules(given: Any, places: tuple[Place, ...] = ()) -> tuple[Rule, ...]:
    """Rules as they stand in the configuration; ``places`` for those that stand beside one location.

    Raises ValueError for a shape that is none.
    """
    if not isinstance(given, list):
        raise ValueError("rules must be a list")
    return tuple(_rule(one, places) for one in given)


def _rule(given: Any, places: tuple[Place, ...]) -> Rule:
    if not isinstance(given, dict) or not isinstance(given.get("allow"), list):
        raise ValueError("a rule needs the list allow")
    named = tuple(Place(**one) for one in given.get("locations") or ())
    return Rule(tuple(_allowed(one) for one in given["allow"]), places or named)


def _allowed(one: Any) -> tuple[str, str]:
    if isinstance(one, str):
        return one.lower(), ""
    return str(one["kind"]).lower(), str((one.get("spec") or {}).get("type") or one.get("spec.type") or "").lower()

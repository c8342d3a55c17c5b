"""Who sees which entities, as data: a filter, and the people who see what it takes. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from catalog.model.conditions import All, Condition, of_filters
from catalog.model.refs import BadReference, parse_ref
from common.errors import FieldError, UserError

#: Among the people of a rule: whoever owns the entity, through nested groups too.
OWNERS = "owners"
FIELDS = ("name", "filter", "visibleTo")
MOST_FILTERS, MOST_PEOPLE, LONGEST = 50, 200, 2000
_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\Z")
#: The pages beside those of the rules.
_KEPT = frozenset({"new", "count"})
_PEOPLE = frozenset({"group", "user"})


@dataclass(frozen=True, slots=True)
class Rule:
    """What one of ``filters`` takes is seen by ``visible_to`` alone: references of groups and users, and OWNERS."""

    name: str
    filters: tuple[str, ...]
    visible_to: frozenset[str]

    @property
    def condition(self) -> Condition:
        """What it takes."""
        return of_filters(self.filters)

    @property
    def has_owners(self) -> bool:
        """Whether owners see what is theirs."""
        return OWNERS in self.visible_to

    def lets_in(self, refs: frozenset[str]) -> bool:
        """Whether somebody who is all of ``refs`` sees everything that it takes."""
        return not self.visible_to.isdisjoint(refs)


def rule_of(given: Mapping[str, Any]) -> Rule:
    """The rule that a declaration without complaints is."""
    people = {one if one == OWNERS else str(parse_ref(one)) for one in given["visibleTo"]}
    return Rule(given["name"], tuple(_filters(given["filter"])), frozenset(people))


def declaration_of(rule: Rule) -> dict[str, Any]:
    """The rule as files and scripts write it."""
    return {"name": rule.name, "filter": list(rule.filters), "visibleTo": sorted(rule.visible_to)}


def complaints(given: Any) -> list[FieldError]:
    """Everything that is wrong with a declaration, by field; empty when it can be used."""
    if not isinstance(given, Mapping):
        return [FieldError("", "must be an object", f"With {', '.join(FIELDS)}.")]
    unknown = [FieldError(str(name), "is not known here") for name in given if name not in FIELDS]
    return [*unknown, *_about_name(given), *about_filter(given.get("filter")), *_about_people(given.get("visibleTo"))]


def _about_name(given: Mapping[str, Any]) -> list[FieldError]:
    name = given.get("name")
    if not isinstance(name, str) or not _NAME.match(name):
        return [FieldError("name", "must be lower-case letters, digits and dashes", "For example confidential.")]
    return [FieldError("name", "is the name of a page", "Choose another.")] if name in _KEPT else []


def about_filter(given: Any) -> list[FieldError]:
    """Everything that is wrong with the filter of a rule; empty when it can be used."""
    if not isinstance(given, str) and not _is_texts(given):
        return [FieldError("filter", "must be a text or a list of texts", "For example kind=component,spec.type=job.")]
    lines = _lines(given)
    if not _filters(given):
        return [FieldError("filter", "must not be empty", "A rule without one would take every entity.")]
    if len(lines) > MOST_FILTERS or any(len(line) > LONGEST for line in lines):
        return [FieldError("filter", f"must have at most {MOST_FILTERS} lines of {LONGEST:,} characters")]
    return [
        FieldError("filter" if len(lines) == 1 else f"filter.{index}", problem, line=index + 1)
        for index, line in enumerate(lines)
        if line.strip() and (problem := _problem_of(line))
    ]


def _problem_of(line: str) -> str:
    if "\x00" in line:
        return "must not hold NUL"
    try:
        taken = of_filters([line])
    except UserError as error:
        return error.message
    return "" if taken != All() else "takes every entity"


def _about_people(given: Any) -> list[FieldError]:
    hint = "For example group:default/security, user:default/ada or owners."
    if not _is_texts(given):
        return [FieldError("visibleTo", "must be a list of references", hint)]
    if not given:
        return [FieldError("visibleTo", "must name somebody", f"{hint} Platform admins see everything anyway.")]
    if len(given) > MOST_PEOPLE:
        return [FieldError("visibleTo", f"must have at most {MOST_PEOPLE} entries")]
    return [
        FieldError("visibleTo" if len(given) == 1 else f"visibleTo.{index}", problem, hint, line=index + 1)
        for index, one in enumerate(given)
        if (problem := _problem_of_person(one))
    ]


def _problem_of_person(text: str) -> str:
    if text == OWNERS:
        return ""
    try:
        found = parse_ref(text)
    except BadReference as error:
        return f"{error}"
    return "" if found.kind.lower() in _PEOPLE and "\x00" not in text else f"{text} is neither a group nor a user"


def _is_texts(given: Any) -> bool:
    return isinstance(given, Sequence) and not isinstance(given, str) and all(isinstance(one, str) for one in given)


def _lines(given: str | Sequence[str]) -> Sequence[str]:
    return given.splitlines() if isinstance(given, str) else given


def _filters(given: str | Sequence[str]) -> list[str]:
    """Its lines without the empty ones; a list has one each."""
    return [line.strip() for line in _lines(given) if line.strip()]


def declared_rules(given: Any, where: str = "catalog.visibility") -> tuple[Rule, ...]:
    """The rules that the list ``given`` declares; ``where`` is what errors call it.

    Raises UserError that names each field that is wrong.
    """
    if given is None:
        return ()
    if not isinstance(given, list):
        raise UserError(f"{where} must be a list of rules.", hint=f"Each with {', '.join(FIELDS)}.")
    wrong: list[FieldError] = []
    rules: dict[str, Rule] = {}
    for index, one in enumerate(given):
        found = complaints(one)
        if not found and one["name"] in rules:
            found = [FieldError("name", f"{one['name']} stands there twice")]
        wrong += [FieldError(f"{where}[{index}].{each.path}".rstrip("."), each.message, each.hint) for each in found]
        if not found:
            rules[one["name"]] = rule_of(one)
    if wrong:
        first = wrong[0]
        raise UserError(f"{first.path}: {first.message}.", hint=first.hint, fields=wrong, id="rules-not-usable")
    return tuple(rules.values())

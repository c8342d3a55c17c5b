"""From what somebody wrote to a rule of the platform, with every mistake by its line. Pure, but for its schema."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path as File
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from common.errors import FieldError, UserError
from common.yaml12 import YamlDocument, YamlProblem, load_documents
from provisioning.blueprints.definition import Blueprint
from provisioning.rules.definition import Escalation, PlatformRule
from provisioning.rules.vocabulary import Mistake, Path, mistakes_in
from provisioning.rules.weighing import NOW

ORDER = ("when", "effect", "reason", "approvers", "count", "escalation", "priority", "blueprints", "enabled", "tests")
LONGEST = 20_000


def read_rule(text: str) -> YamlDocument:
    """The one document in ``text``, with the line of each value; UserError for what is no YAML."""
    if len(text) > LONGEST:
        raise invalid([FieldError("rule", f"It has more than {LONGEST} characters.")])
    try:
        documents = load_documents(text.encode(), positions=True)
    except YamlProblem as problem:
        raise invalid([_unreadable(problem)]) from None
    if len(documents) != 1 or documents[0].problem:
        problem_or_none = next((document.problem for document in documents if document.problem), None)
        found = _unreadable(problem_or_none) if problem_or_none else FieldError("rule", "One document is needed.")
        raise invalid([found])
    return documents[0]


def rule_of(
    name: str, declaration: Any, blueprints: Sequence[Blueprint], document: YamlDocument | None = None
) -> PlatformRule:
    """The rule that ``declaration`` says, once nothing is wrong with it: its shape, the names that it uses, and its
    own tests. UserError ``policy-invalid`` names each mistake by its path, and by its line in a ``document``."""
    mistakes = list(_shape(declaration)) or list(_references(declaration, blueprints))
    if not mistakes:
        rule = _rule(name, declaration)
        mistakes = list(_failing(rule, declaration.get("tests", [])))
        if not mistakes:
            return rule
    raise invalid([_placed(path, message, document) for path, message in mistakes])


def invalid(fields: Sequence[FieldError]) -> UserError:
    """The error of a rule that cannot be used."""
    first = fields[0]
    where = f"line {first.line}: " if first.line else ""
    message = f"The rule cannot be used: {where}{first.path} {first.message}"
    return UserError(message, id="policy-invalid", fields=list(fields))


def stored_rule(name: str, declaration: Mapping[str, Any]) -> PlatformRule:
    """A rule that was found right when it was kept."""
    return _rule(name, declaration)


def written(declaration: Mapping[str, Any]) -> str:
    """``declaration`` as the text that people edit."""
    ordered = {key: declaration[key] for key in ORDER if key in declaration}
    return yaml.safe_dump(ordered, sort_keys=False, allow_unicode=True, width=110)


def _rule(name: str, raw: Mapping[str, Any]) -> PlatformRule:
    given = {key: raw[key] for key in ("approvers", "count", "priority") if key in raw}
    return PlatformRule(
        name,
        raw["effect"],
        raw["reason"],
        raw.get("when", {}),
        blueprints=tuple(raw.get("blueprints", ())),
        escalation=Escalation(**raw["escalation"]) if "escalation" in raw else None,
        **given,
    )


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(File(__file__).with_name("schema.json").read_text(encoding="utf-8")))


def _shape(declaration: Any) -> Iterator[Mistake]:
    for error in _validator().iter_errors(declaration):
        yield from _in_words(error)


def _in_words(error: ValidationError) -> Iterator[Mistake]:
    path: Path = tuple(error.absolute_path)
    given: Any = error.instance
    wanted: Any = error.validator_value
    if error.validator == "required":
        yield from (((*path, name), "is needed") for name in wanted if name not in given)
    elif error.validator == "additionalProperties":
        known: Any = error.schema
        names = list(known.get("properties", {}))
        extra = [name for name in given if name not in names]
        yield from (((*path, name), f"is no part of a rule; they are {', '.join(names)}") for name in extra)
    elif error.validator == "enum":
        yield path, f"must be {' or '.join(str(one).lower() for one in wanted)}"
    elif error.validator == "pattern":
        yield path, "must be role:approver, role:platform-admin, owner, or a group such as group:default/security"
    else:
        yield path, error.message


def _references(raw: Mapping[str, Any], blueprints: Sequence[Blueprint]) -> Iterator[Mistake]:
    names = [blueprint.name for blueprint in blueprints]
    for number, name in enumerate(raw.get("blueprints", [])):
        if name not in names:
            yield ("blueprints", number), f"{name} is no blueprint; they are {', '.join(names)}"
    about = [blueprint for blueprint in blueprints if blueprint.name in raw.get("blueprints", names)]
    yield from mistakes_in(raw.get("when", {}), about, ("when",))
    if raw["effect"] != "approve":
        for key in ("approvers", "count", "escalation"):
            if key in raw:
                yield (key,), "goes with effect approve alone"
    if raw.get("escalation", {}).get("to") == raw.get("approvers", "role:approver"):
        yield ("escalation", "to"), "decides already"


def _failing(rule: PlatformRule, tests: Sequence[Mapping[str, Any]]) -> Iterator[Mistake]:
    for number, test in enumerate(tests):
        try:
            answer = rule.weigh(nested(test["given"]))
        except ValueError:
            yield ("tests", number, "given", NOW), "must be a moment such as 2026-12-04T17:00:00+01:00"
            continue
        said = "unknown" if answer is None else answer
        if said != test["holds"]:
            words = {True: "it holds", False: "it does not hold", "unknown": "nobody knows whether it holds"}
            yield ("tests", number), f"fails: {words[said]}"


def nested(given: Mapping[str, Any]) -> dict[str, Any]:
    """Facts by dotted names (``price.monthly: 40``) as facts; ``now`` is read as a moment, ValueError for none."""
    facts: dict[str, Any] = {}
    for name, value in given.items():
        part, _, rest = name.partition(".")
        if name == NOW:
            facts[NOW] = _moment(value)
        elif rest and not isinstance(facts.get(part, {}), dict):
            raise ValueError(name)
        elif rest:
            facts.setdefault(part, {})[rest] = value
        else:
            facts[name] = value
    return facts


def _moment(value: Any) -> datetime:
    found = datetime.fromisoformat(str(value))
    if found.tzinfo is None:
        raise ValueError(value)
    return found


def _unreadable(problem: YamlProblem) -> FieldError:
    return FieldError("rule", problem.message, line=problem.line, column=problem.column)


def _placed(path: Path, message: str, document: YamlDocument | None) -> FieldError:
    positions = document.positions if document else {}
    line, column = next(
        (positions[path[:end]] for end in range(len(path), -1, -1) if path[:end] in positions), (None, None)
    )
    return FieldError(".".join(map(str, path)), message, line=line, column=column)

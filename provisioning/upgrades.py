"""From one version of a blueprint to another: what is carried over, and what differs. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from provisioning.blueprints.definition import Blueprint
from provisioning.forms import fields_of, read_posted
from provisioning.planning import price_of
from provisioning.words import in_words


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is another. ``about`` is inputs, imposed, outputs, secrets, policy or price; ``before`` and
    ``after`` are in words, and None where there is nothing."""

    about: str
    name: str
    before: str | None
    after: str | None
    #: What a person should know of it.
    note: str = ""


def carried_over(after: Blueprint, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs for ``after``: those that it still has, and the defaults of those that are new."""
    known = after.inputs["properties"]
    kept = {name: value for name, value in inputs.items() if name in known}
    fresh = {name: part for name, part in known.items() if name not in kept and _has_default(part)}
    schema = {"properties": fresh}
    posted = {field.path: _as_posted(field.value) for field in fields_of(schema, {})}
    return kept | read_posted(schema, posted)


def new_inputs(before: Blueprint, after: Blueprint) -> frozenset[str]:
    """The names of inputs that ``before`` has not."""
    return frozenset(after.inputs["properties"]) - frozenset(before.inputs["properties"])


def differences(
    before: Blueprint, after: Blueprint, facts_before: Mapping[str, Any], facts_after: Mapping[str, Any]
) -> list[Difference]:
    """What an upgrade changes for a resource of which ``facts_before`` hold, and ``facts_after`` would."""
    return [
        *_inputs(before, after, facts_before["inputs"], facts_after["inputs"]),
        *_values("imposed", _in_words(before, facts_before), _in_words(after, facts_after)),
        *_values("outputs", {o.name: o.title for o in before.outputs}, {o.name: o.title for o in after.outputs}),
        *_values("secrets", before.secrets, after.secrets),
        *_values("policy", _rules(before), _rules(after)),
        *_price(before, after, facts_before, facts_after),
    ]


def _inputs(
    before: Blueprint, after: Blueprint, values_before: Mapping[str, Any], values_after: Mapping[str, Any]
) -> Iterator[Difference]:
    old, new = before.inputs["properties"], after.inputs["properties"]
    for name in [*old, *(name for name in new if name not in old)]:
        title = str((new.get(name) or old[name]).get("title") or name)
        was, will = (_value(part.inputs, name, of) for part, of in ((before, values_before), (after, values_after)))
        if name not in new:
            yield Difference("inputs", title, was or "", None, "It is asked for no more.")
        elif name not in old:
            needed = name in after.inputs.get("required", ())
            yield Difference("inputs", title, None, will or "", "New, and needed." if needed else "New.")
        elif note := _other_rules(before, after, name):
            yield Difference("inputs", title, was or "", will or "", note)


def _other_rules(before: Blueprint, after: Blueprint, name: str) -> str:
    old, new = before.inputs["properties"][name], after.inputs["properties"][name]
    if name in after.inputs.get("required", ()) and name not in before.inputs.get("required", ()):
        return "It is needed now."
    if gone := [str(value) for value in old.get("enum", ()) if value not in new.get("enum", (value,))]:
        return f"No more: {', '.join(gone)}."
    words = {"title", "description", "ui:enumNames", "ui:widget", "ui:options", "default"}
    rules = ({key: value for key, value in part.items() if key not in words} for part in (old, new))
    first, second = rules
    return "" if first == second else "Other values are allowed."


def _value(schema: Mapping[str, Any], name: str, values: Mapping[str, Any]) -> str:
    return ", ".join(text for _, text in in_words({name: values[name]}, schema)) if name in values else ""


def _in_words(blueprint: Blueprint, facts: Mapping[str, Any]) -> dict[str, str]:
    return dict(in_words(blueprint.imposed_on(facts)))


def _rules(blueprint: Blueprint) -> dict[str, str]:
    words = {"approve": "needs approval", "deny": "is refused"}
    return {rule.reason: words[rule.effect] for rule in blueprint.policy}


def _values(about: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[Difference]:
    for name in [*before, *(name for name in after if name not in before)]:
        if before.get(name) != after.get(name):
            yield Difference(about, name, before.get(name), after.get(name))


def _price(
    before: Blueprint, after: Blueprint, facts_before: Mapping[str, Any], facts_after: Mapping[str, Any]
) -> Iterator[Difference]:
    was, will = price_of(before.price, facts_before), price_of(after.price, facts_after)
    texts = [f"{price.currency} {price.amount:.2f}" if price else None for price in (was, will)]
    if texts[0] != texts[1]:
        yield Difference("price", "A month, estimated", texts[0], texts[1])


def _has_default(part: Mapping[str, Any]) -> bool:
    inner = part.get("properties", {})
    return "default" in part or any(_has_default(each) for each in inner.values())


def _as_posted(value: Any) -> str:
    return "true" if value is True else "" if value is False else str(value)

"""What an upgrade carries over and what it changes, and what a form can be made of."""

from pathlib import Path
from typing import Any

import pytest

from provisioning.blueprints.definition import Blueprint, Imposed, Output, PriceBook, Rule, is_older
from provisioning.blueprints.form_rules import ICONS, wrong_form
from provisioning.policy import decide, facts_of
from provisioning.upgrades import carried_over, differences, new_inputs


def blueprint(version: str, properties: dict[str, Any], required: tuple[str, ...] = (), **more: Any) -> Blueprint:
    inputs = {"type": "object", "properties": properties, "required": list(required)}
    words = {"title": "Thing", "noun": "thing", "owner": "group:default/platform-team", "icon": "box"}
    fixed = {"name": "thing", "description": "", "backend": "terraform", "folder": Path("/x"), "entity_type": "thing"}
    naming = {"environments": ("development",), "name_pattern": ".*", "name_hint": ""}
    return Blueprint(**words, **fixed, **naming, version=version, inputs=inputs, **more)


def facts(inputs: dict[str, Any], **more: Any) -> dict[str, Any]:
    return facts_of(
        action="upgrade", name="x", owner="group:default/a", environment="development", inputs=inputs, **more
    )


BEFORE = blueprint(
    "1.0.0",
    {
        "size": {"title": "Size", "type": "string", "enum": ["s", "m", "xl"]},
        "old": {"type": "string"},
        "note": {"type": "string"},
    },
    price=PriceBook("EUR", "2026-11-01", by_value={"inputs.size": {"s": 1, "m": 2, "xl": 3}}),
    imposed=(Imposed({"encrypted": False}),),
    outputs=(Output("host", "Host"),),
)
AFTER = blueprint(
    "1.1.0",
    {
        "size": {"title": "Size", "type": "string", "enum": ["s", "m"]},
        "note": {"type": "string"},
        "days": {"title": "Days", "type": "integer", "default": 3},
        "quota": {"type": "object", "properties": {"cpu": {"type": "string", "default": "2"}}},
        "team": {"title": "Team", "type": "string"},
        "loud": {"type": "boolean", "default": False},
    },
    ("size", "note", "team"),
    price=PriceBook("EUR", "2026-11-01", by_value={"inputs.size": {"s": 1, "m": 4}}),
    imposed=(Imposed({"encrypted": True}),),
    outputs=(Output("host", "Host"), Output("port", "Port")),
    secrets={"token": "Token"},
    policy=(
        Rule({"blueprint.from": "1.0.0"}, "approve", "From the first"),
        Rule({"changed.days": True}, "deny", "Days"),
    ),
)


def test_inputs_that_stay_are_carried_over_and_new_ones_have_their_defaults() -> None:
    carried = carried_over(AFTER, {"size": "m", "old": "x"})
    assert carried == {"size": "m", "days": 3, "quota": {"cpu": "2"}, "loud": False}
    assert new_inputs(BEFORE, AFTER) == {"days", "quota", "team", "loud"}


def test_every_difference_is_told_with_before_and_after() -> None:
    inputs = {"size": "m", "old": "x"}
    found = differences(BEFORE, AFTER, facts(inputs), facts(carried_over(AFTER, inputs)))
    told = {(one.about, one.name, one.before, one.after, one.note) for one in found}
    assert told >= {
        ("inputs", "Size", "m", "m", "It is needed now."),
        ("inputs", "old", "x", None, "It is asked for no more."),
        ("inputs", "note", "", "", "It is needed now."),
        ("inputs", "Days", None, "3", "New."),
        ("inputs", "Team", None, "", "New, and needed."),
        ("imposed", "Encrypted", "no", "yes", ""),
        ("outputs", "port", None, "Port", ""),
        ("secrets", "token", None, "Token", ""),
        ("policy", "From the first", None, "needs approval", ""),
        ("price", "A month, estimated", "EUR 2.00", "EUR 4.00", ""),
    }


def test_choices_that_go_away_are_named() -> None:
    after = blueprint("1.1.0", {"size": {"title": "Size", "type": "string", "enum": ["s", "m"]}})
    (note,) = [one.note for one in differences(BEFORE, after, facts({}), facts({})) if one.name == "Size"]
    assert note == "No more: xl."


def test_rules_ask_from_which_version_to_which_and_what_an_upgrade_changes() -> None:
    given = facts({"days": 3}, current={"days": 3}, versions=("1.0.0", "1.1.0"))
    assert decide(AFTER, given).reasons == ("From the first",)
    assert decide(AFTER, facts({"days": 4}, current={"days": 3})).decision == "deny"
    assert decide(AFTER, facts({}, versions=("0.9.0", "1.1.0"))).decision == "allow"


@pytest.mark.parametrize(("one", "other"), [("1.9.0", "1.10.0"), ("1.0.9", "1.1.0"), ("9.0.0", "10.0.0")])
def test_versions_are_compared_by_number(one: str, other: str) -> None:
    assert is_older(one, other)
    assert not is_older(other, one)
    assert not is_older(one, one)


def nested(depth: int) -> dict[str, Any]:
    return {"type": "object", "properties": {"x": nested(depth - 1)} if depth else {}}


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ({"$ref": "http://10.0.0.1/"}, "$ref is not followed"),
        ({"type": "string", "allOf": [{"$ref": "#"}]}, "$ref is not followed"),
        (True, "must say what it is"),
        ({"title": "x"}, "needs a type"),
        ({"type": "string", "title": ["x"]}, "must be text"),
        ({"type": "string", "ui:widget": "script"}, "is no widget"),
        ({"type": "string", "ui:options": "GiB"}, "must be an object"),
        ({"type": "string", "enum": ["a", "b"], "ui:enumNames": ["A"]}, "a name for each"),
        ({"type": "string", "pattern": "(x+x+)+y"}, "take for ever"),
        ({"type": "string", "pattern": "(?:a|b+)*"}, "take for ever"),
        ({"type": "string", "pattern": "x" * 400}, "longer than"),
        ({"type": "string", "pattern": "("}, "is not a regular expression"),
        (nested(6), "deep"),
    ],
)  # fmt: skip
def test_a_form_that_cannot_be_drawn_or_does_harm_is_named(part: Any, words: str) -> None:
    raw = {"icon": "box", "inputs": {"type": "object", "properties": {"x": part}}}
    assert any(words in message for _, message in wrong_form(raw)), list(wrong_form(raw))


@pytest.mark.parametrize("pattern", ["^[a-z]+(-[a-z0-9]+)*$", r"^\d+(\.\d+)*$", "^(a|b)*$", "^[a-z][a-z0-9-]{1,60}$"])
def test_patterns_that_people_write_are_let_in(pattern: str) -> None:
    raw = {"icon": "box", "inputs": {"properties": {"x": {"type": "string", "pattern": pattern}}}}
    assert list(wrong_form(raw)) == []


def test_every_icon_that_a_blueprint_may_name_is_in_the_portal() -> None:
    root = Path(__file__).resolve().parents[3]
    text = (root / "static/build/named-by-code.json").read_text()
    assert [icon for icon in ICONS if f'"{icon}"' not in text] == []

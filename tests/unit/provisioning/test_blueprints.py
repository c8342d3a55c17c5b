"""The blueprints that ship, and every way in which one can be wrong."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from common.errors import UserError
from provisioning.blueprints import _all, blueprint_named
from provisioning.blueprints.definition import Blueprint
from provisioning.blueprints.loader import load_blueprint
from provisioning.forms import fields_of, read_posted, validate
from provisioning.generated import generated
from provisioning.policy import decide, facts_of

ON_AWS = [blueprint for blueprint in _all().values() if blueprint.backend == "terraform"]
named = pytest.mark.parametrize("blueprint", ON_AWS, ids=[blueprint.name for blueprint in ON_AWS])
VALID = """\
name: thing
title: Thing
version: 1.0.0
owner: group:default/platform-team
icon: box
description: A thing.
backend: terraform
environments: [development]
entity: {type: thing}
inputs:
  type: object
  required: [size]
  properties:
    size: {type: string, enum: [small, large]}
    copies: {type: integer}
changes:
  size: never
imposed:
  - when: {environment: production}
    set: {encryption: true}
policy:
  - when: {inputs.copies: {over: 2}}
    effect: deny
    reason: Too many
price:
  currency: EUR
  dated: "2026-11-01"
  by_value:
    inputs.size: {small: 1, large: 2}
  counts:
    inputs.size: {input: inputs.copies}
outputs:
  endpoint: {title: Host}
secrets:
  password: {title: Password, kept_in_state: true}
"""
MODULE = """\
variable "name" { type = string }
variable "size" { type = string }
variable "copies" {
  type    = number
  default = 1
}
variable "encryption" { type = bool }
variable "password" { type = string }
output "endpoint" { value = "" }
"""


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., Blueprint]:
    """Loads the valid one with a text in place of another."""

    def loaded(before: str = "", after: str = "", module: str = MODULE) -> Blueprint:
        assert before in VALID
        (tmp_path / "module").mkdir(exist_ok=True)
        (tmp_path / "module" / "main.tf").write_text(module)
        (tmp_path / "blueprint.yaml").write_text(VALID.replace(before, after, 1) if before else VALID)
        return load_blueprint(tmp_path)

    return loaded


def test_what_is_right_is_read_whole(load: Callable[..., Blueprint]) -> None:
    found = load()
    assert found.secrets == {"password": "Password"}
    assert found.secrets_in_state == {"password"}
    assert found.price
    assert found.price.counts["inputs.size"].input == "inputs.copies"


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("size: never", "sise: never", "is no input"),
        ("size: never", "size: sometimes", "'sometimes' is not one of"),
        ("set: {encryption: true}", "set: {size: large}", "is an input, too"),
        ("set: {encryption: true}", "set: {encrypted: true}", "is no variable of the module"),
        ("when: {inputs.copies: {over: 2}}", "when: {inputs.copy: {over: 2}}", "is nothing that a condition"),
        ("when: {inputs.copies: {over: 2}}", "when: {inputs.copies: {above: 2}}", "is no operator"),
        ("when: {environment: production}", "when: {environmint: production}", "is nothing that a condition"),
        ("inputs.size: {small: 1, large: 2}", "inputs.size: {small: 1}", "has no price for large"),
        ("inputs.size: {input: inputs.copies}", "inputs.size: {input: inputs.copy}", "inputs.copy is no input"),
        ("inputs.size: {input: inputs.copies}", "inputs.copies: {input: inputs.copies}", "has no price in by_value"),
        ('dated: "2026-11-01"', 'dated: "last week"', "does not match"),
        ("endpoint: {title: Host}", "host: {title: Host}", "is no output of the module"),
        ("password: {title: Password", "token: {title: Password", "is no variable of the module"),
    ],
)
def test_each_mistake_is_named_with_its_line(
    load: Callable[..., Blueprint], before: str, after: str, message: str
) -> None:
    with pytest.raises(UserError) as refused:
        load(before, after)
    line = VALID[: VALID.index(before)].count("\n") + 1
    assert (line, True) in [(error.line, message in error.message) for error in refused.value.fields], refused.value


def test_what_the_module_needs_and_nobody_gives_is_a_mistake(load: Callable[..., Blueprint]) -> None:
    with pytest.raises(UserError, match="needs region, which nothing is sure to give"):
        load(module=MODULE + 'variable "region" {\n  type = string\n}\n')
    with pytest.raises(UserError, match="needs copies"):
        load(module=MODULE.replace("default = 1", ""))


@named
def test_each_form_is_valid_as_it_is_first_shown_but_for_what_only_people_know(blueprint: Blueprint) -> None:
    posted = {field.path: str(field.value) for field in fields_of(blueprint.inputs, {})}
    wrong = validate(blueprint.inputs, read_posted(blueprint.inputs, posted))
    assert {error.path for error in wrong} <= {"inputs.origin_domain"}
    assert {error.message for error in wrong} <= {"This is needed."}


@named
def test_production_is_decided_on_by_people_and_is_tagged_as_the_guide_says(blueprint: Blueprint) -> None:
    given = facts_of(
        action="create", name="orders", owner="group:default/orders-team", environment="production", inputs={}
    )
    assert decide(blueprint, given).decision == "approve"
    tags = blueprint.imposed_on(given)["tags"]
    assert tags == {"Environment": "production", "Team": "orders-team", "Platform": "managed"}


@named
def test_nothing_is_ever_replaced_by_an_empty_one(blueprint: Blueprint) -> None:
    given = facts_of(action="update", name="x", owner="x", environment="production", inputs={}, summary={"replace": 2})
    assert decide(blueprint, given).decision == "deny"


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("database", ["orders-db"], ["Orders", "o", "orders--db", "orders-", "x" * 51]),
        ("cache", ["orders-cache", "x" * 28], ["Orders", "orders--cache", "orders-", "1st", "x" * 29]),
        ("container-registry", ["orders", "web.api_v2"], ["Orders", "a/b", "a..b", "a-", "x" * 101]),
        ("cdn", ["shop"], ["Shop", "shop--a"]),
        ("kubernetes-cluster", ["platform-eks", "x" * 40], ["Platform", "x" * 41, "a_b"]),
    ],
)
def test_names_are_those_that_aws_takes(name: str, right: list[str], wrong: list[str]) -> None:
    pattern = blueprint_named(name).name_pattern
    assert all(re.fullmatch(pattern, each) for each in right)
    assert not any(re.fullmatch(pattern, each) for each in wrong)


@pytest.mark.parametrize(
    ("blueprint", "inputs", "path"),
    [
        ("database", {"engine": "mysql", "engine_version": "15.4"}, "inputs.engine_version"),
        ("database", {"engine": "postgres", "engine_version": "8.0"}, "inputs.engine_version"),
        ("cache", {"replicas": 6}, "inputs.replicas"),
        ("container-registry", {"pull_accounts": ["12"]}, "inputs.pull_accounts[0]"),
        ("cdn", {"origin_domain": "https://www.example.com"}, "inputs.origin_domain"),
        ("cdn", {"origin_domain": "www.example.com", "aliases": ["a.example.com"]}, "inputs.certificate_arn"),
        ("kubernetes-cluster", {"minimum_nodes": 1}, "inputs.minimum_nodes"),
    ],
)
def test_what_aws_would_refuse_is_refused_beside_its_field(
    blueprint: str, inputs: dict[str, object], path: str
) -> None:
    assert path in {error.path for error in validate(blueprint_named(blueprint).inputs, inputs)}


def test_names_without_a_certificate_are_not_asked_for_one() -> None:
    form = blueprint_named("cdn").inputs
    given = {"origin_domain": "www.example.com", "price_class": "PriceClass_100", "expected_traffic": 1, "aliases": []}
    assert validate(form, given) == []


def test_a_generated_secret_is_what_rds_and_elasticache_take() -> None:
    assert all(re.fullmatch("[A-Za-z0-9]{32}", generated()) for _ in range(100))
    assert generated() != generated()


def test_the_blueprint_that_the_documentation_shows_is_one(tmp_path: Path) -> None:
    text = (Path(__file__).resolve().parents[3] / "docs/blueprints.md").read_text()
    found = re.search(r"```yaml\n(name: .*?)```", text, re.DOTALL)
    assert found
    (tmp_path / "blueprint.yaml").write_text(found[1])
    (tmp_path / "module").mkdir()
    variables = "".join(f'variable "{name}" {{}}\n' for name in ("name", "retention", "encrypted", "tags"))
    (tmp_path / "module/main.tf").write_text(variables + 'output "url" { value = "" }\n')
    assert load_blueprint(tmp_path).version == "1.2.0"

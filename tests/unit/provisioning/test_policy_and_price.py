"""What the platform's rules and price book say."""

import pytest

from provisioning.blueprints import blueprint_named
from provisioning.checks import unchangeable
from provisioning.planning import approval_digest, price_of
from provisioning.policy import decide, facts_of

SMALL = {"engine": "postgres", "engine_version": "15.4", "instance_class": "db.t3.micro", "allocated_storage": 20}


def facts(environment: str = "staging", summary=None, **inputs):  # type: ignore[no-untyped-def]
    return facts_of(
        action="create",
        name="orders-db",
        owner="group:default/orders-team",
        environment=environment,
        inputs=SMALL | inputs,
        summary=summary,
    )


@pytest.mark.parametrize(
    ("given", "decision"),
    [
        (facts(), "allow"),
        (facts("production"), "approve"),
        (facts(allocated_storage=2000), "approve"),
        (facts(instance_class="db.r6g.large"), "deny"),
        (facts("production", instance_class="db.r6g.large"), "approve"),
        (facts("production", summary={"replace": 1}), "deny"),
    ],
)
def test_rules_look_at_environment_size_and_plan(given, decision) -> None:  # type: ignore[no-untyped-def]
    answer = decide(blueprint_named("database"), given)
    assert answer.decision == decision
    assert answer.reasons


def test_two_reasons_for_the_same_people_are_one_stage() -> None:
    answer = decide(blueprint_named("database"), facts("production", allocated_storage=2000))
    assert [(stage.approvers, len(stage.reasons)) for stage in answer.stages] == [("role:approver", 2)]


def test_production_costs_twice_because_it_has_two_zones() -> None:
    book = blueprint_named("database").price
    one, two = price_of(book, facts()), price_of(book, facts("production"))
    assert one is not None
    assert two is not None
    assert (one.amount, two.amount) == (16.9, 33.8)
    assert sum(amount for _, amount in two.parts) == pytest.approx(two.amount)


def test_production_is_given_two_zones_and_tags_that_nobody_typed() -> None:
    imposed = blueprint_named("database").imposed_on(facts("production"))
    assert imposed["multi_az"] is True
    assert imposed["tags"] == {"Environment": "production", "Team": "orders-team", "Platform": "managed"}


def test_an_approval_is_to_exactly_one_thing() -> None:
    assert approval_digest(inputs=SMALL, plan="a") == approval_digest(plan="a", inputs=dict(reversed(SMALL.items())))
    assert approval_digest(inputs=SMALL, plan="a") != approval_digest(inputs=SMALL, plan="b")


def test_an_engine_never_changes_and_storage_only_grows() -> None:
    rules = blueprint_named("database").changes
    found = unchangeable(rules, SMALL, SMALL | {"engine": "mysql", "allocated_storage": 10})
    assert {error.path for error in found} == {"inputs.engine", "inputs.allocated_storage"}
    assert not list(unchangeable(rules, SMALL, SMALL | {"allocated_storage": 40, "engine_version": "16"}))

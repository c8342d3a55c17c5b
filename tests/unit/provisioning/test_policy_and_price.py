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


@pytest.mark.parametrize(
    ("before", "after", "allowed"),
    [
        ("15.4", "15.10", True),
        ("15.10", "15.4", False),
        ("15.4", "16", True),
        ("16", "15.9", False),
        ("15", "15.4", True),
        ("15.4", "15", True),
        ("8.0", "8.4", True),
    ],
)
def test_a_version_only_goes_forward_number_by_number(before: str, after: str, allowed: bool) -> None:
    found = list(unchangeable({"engine_version": "forward"}, {"engine_version": before}, {"engine_version": after}))
    assert [error.path for error in found] == ([] if allowed else ["inputs.engine_version"])


def test_rules_may_ask_what_a_change_changes() -> None:
    given = facts_of(
        action="update",
        name="orders-db",
        owner="group:default/orders-team",
        environment="staging",
        inputs=SMALL | {"engine_version": "16"},
        current=SMALL,
    )
    assert given["changed"] == {**dict.fromkeys(SMALL, False), "engine_version": True}
    assert decide(blueprint_named("database"), given).reasons == (
        "Another version of the engine; there is no way back",
    )


def test_a_database_of_production_is_deleted_in_two_changes() -> None:
    def decision(action: str, **inputs: object) -> str:
        asked = facts("production", **inputs) | {"action": action}
        return decide(blueprint_named("database"), asked).decision

    assert decision("create", deletion_protection=False) == "deny"
    assert decision("delete") == decision("delete", deletion_protection=True) == "deny"
    assert decision("update", deletion_protection=False) == "approve"
    assert decision("delete", deletion_protection=False) == "approve"


def priced(blueprint: str, environment: str = "staging", **inputs: object) -> list[tuple[str, float]]:
    found = price_of(blueprint_named(blueprint).price, {"environment": environment, "inputs": inputs})
    assert found is not None
    assert found.amount == pytest.approx(sum(amount for _, amount in found.parts))
    return list(found.parts)


def test_a_price_may_be_a_product_of_two_inputs_and_have_a_fixed_part() -> None:
    assert priced("cache", node_type="cache.t4g.micro", replicas=2) == [("3 × cache.t4g.micro", 37.2)]
    assert priced("cdn", price_class="PriceClass_100", expected_traffic=500) == [("500 × PriceClass_100", 40.0)]
    cluster = priced("kubernetes-cluster", node_type="m5.large", minimum_nodes=3, maximum_nodes=10)
    assert cluster == [("Control plane", 68.1), ("3 × m5.large", 235.2)]
    assert priced("container-registry", kept_images=50) == [("kept images, 50", 2.35)]

"""What the platform's rules answer together with those of a blueprint."""

import random
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.blueprints import blueprint_named
from provisioning.policy import decide, facts_of
from provisioning.rules.definition import Escalation, PlatformRule, digest_of_rules
from provisioning.rules.replay import Past, replay

SMALL = {"engine": "postgres", "engine_version": "15.4", "instance_class": "db.t3.micro", "allocated_storage": 20}
SATURDAY, TUESDAY = datetime(2026, 12, 5, 12, tzinfo=UTC), datetime(2026, 12, 8, 12, tzinfo=UTC)
WEEKEND = {"from": "friday 16:00", "until": "monday 08:00", "zone": "Europe/Berlin"}
DATABASE = blueprint_named("database")


def facts(environment: str = "staging", now: datetime = TUESDAY, **more: Any) -> dict[str, Any]:
    asked = facts_of(
        action="create", name="orders-db", owner="group:default/orders-team", environment=environment, inputs=SMALL
    )
    return asked | {"price": {"monthly": 16.9, "delta": 16.9}, "data_class": "internal", "now": now} | more


def rule(name: str = "rule", effect: Any = "approve", **more: Any) -> PlatformRule:
    return PlatformRule(name, effect, f"because of {name}", **more)


FREEZE = rule("freeze", "deny", when={"environment": "production", "time": WEEKEND})


def test_a_rule_of_the_platform_asks_for_more_people_and_is_named() -> None:
    asks = rule("dear", when={"price.monthly": {"over": 10}}, approvers="group:default/finance", count=2)
    answer = decide(DATABASE, facts("production"), [asks])
    assert [(stage.approvers, stage.count, stage.rules) for stage in answer.stages] == [
        ("role:approver", 1, ("",)),
        ("group:default/finance", 2, ("dear",)),
    ]
    assert answer.pairs == (("Production", ""), ("because of dear", "dear"))


def test_a_rule_that_denies_outweighs_all_others() -> None:
    rules = [rule("yes", "allow", priority=1000), rule("no", "deny", priority=-1000), rule("ask")]
    assert (decide(DATABASE, facts(), rules).decision, decide(DATABASE, facts(), rules).rules) == ("deny", ("no",))


def test_a_rule_that_allows_spares_what_rules_of_a_lower_priority_ask_for() -> None:
    def decision(priority: int) -> str:
        spares = rule("cheap", "allow", when={"price.monthly": {"under": 50}}, priority=priority)
        return decide(DATABASE, facts("production"), [spares]).decision

    assert (decision(0), decision(1)) == ("approve", "allow")
    asks = rule("always", priority=5)
    both = decide(DATABASE, facts("production"), [asks, rule("cheap", "allow", priority=1)])
    assert both.reasons == ("because of always",)


@pytest.mark.parametrize(("effect", "decision"), [("approve", "approve"), ("deny", "deny"), ("allow", "allow")])
def test_where_a_fact_is_not_known_the_stricter_answer_is_taken(effect: str, decision: str) -> None:
    dear = rule("dear", effect, when={"price.monthly": {"over": 500}}, priority=1)
    answer = decide(DATABASE, facts(price={}), [dear])
    assert answer.decision == decision
    said = effect != "allow"
    assert ("not known: price.monthly" in str(answer.reasons)) is said
    assert (answer.rules == ("dear",)) is said


def test_a_rule_about_the_plan_waits_for_it() -> None:
    careful = rule("careful", "deny", when={"plan.delete": {"over": 0}})
    before, after = decide(DATABASE, facts(), [careful]), decide(DATABASE, facts(plan={"delete": 1}), [careful])
    assert (before.decision, before.later, after.decision) == ("allow", ("careful",), "deny")
    assert decide(DATABASE, facts(plan={"delete": 0}), [careful]).decision == "allow"


def test_a_rule_is_about_the_blueprints_that_it_names_or_that_have_its_inputs() -> None:
    namespace = blueprint_named("namespace")
    assert rule(when={"inputs.allocated_storage": {"over": 5}}).concerns(DATABASE)
    assert not rule(when={"inputs.allocated_storage": {"over": 5}}).concerns(namespace)
    assert not rule(when={"any": [{"inputs.allocated_storage": {"over": 5}}]}).concerns(namespace)
    assert rule(when={"inputs.quota.limits.cpu": {"over": 5}}).concerns(namespace)
    assert not rule(blueprints=("cache",)).concerns(DATABASE)


def test_a_rule_that_denies_for_a_time_holds_back_and_says_until_when() -> None:
    answer = decide(DATABASE, facts("production", SATURDAY), [FREEZE])
    assert answer.decision == "approve"
    [freeze] = answer.freezes
    assert freeze.until == datetime(2026, 12, 7, 7, tzinfo=UTC)
    assert freeze.words == "Frozen until Mon 7 Dec 2026, 08:00 Europe/Berlin"
    assert decide(DATABASE, facts("production", TUESDAY), [FREEZE]).freezes == ()
    assert decide(DATABASE, facts("staging", SATURDAY), [FREEZE]).freezes == ()


def test_a_rule_that_denies_at_every_hour_refuses_although_it_knows_of_hours() -> None:
    either = rule("either", "deny", when={"any": [{"environment": "production"}, {"time": WEEKEND}]})
    assert decide(DATABASE, facts("production", SATURDAY), [either]).decision == "deny"
    weekend = decide(DATABASE, facts("staging", SATURDAY), [either])
    assert (weekend.decision, [freeze.rule for freeze in weekend.freezes]) == ("allow", ["either"])


def test_stages_of_the_same_people_are_one_with_all_their_escalations() -> None:
    one = rule("one", escalation=Escalation(4, "role:platform-admin"))
    two = rule("two", count=2, escalation=Escalation(1, "group:default/on-call"))
    [stage] = decide(DATABASE, facts(), [one, two]).stages
    assert (stage.count, stage.rules) == (2, ("one", "two"))
    assert [escalation.to for escalation in stage.escalations] == ["group:default/on-call", "role:platform-admin"]


def test_a_changed_rule_matters_to_those_in_whom_it_has_a_say() -> None:
    asks = rule("asks", when={"environment": "production"})
    stricter = rule("asks", when={"environment": "production"}, count=2)
    assert digest_of_rules([asks], facts("production")) != digest_of_rules([stricter], facts("production"))
    assert digest_of_rules([asks], facts()) == digest_of_rules([stricter], facts()) == digest_of_rules([], facts())


def test_neither_the_hour_nor_a_budget_makes_an_approval_void() -> None:
    full = rule("full", when={"quota.money": {"over": 80}})
    rules = [FREEZE, full]
    digests = {
        digest_of_rules(rules, facts("production", now, quota={"money": share}))
        for now in (SATURDAY, TUESDAY)
        for share in (10.0, 99.0)
    }
    assert len(digests) == 1


def test_a_replay_shows_what_would_be_decided_otherwise_and_nothing_else() -> None:
    past = [Past(1, DATABASE, facts()), Past(2, DATABASE, facts("production")), Past(3, DATABASE, facts("production"))]
    two = rule("two", when={"environment": "production"}, count=2)
    changed = replay(past, [], [two])
    assert [(one.pk, one.before.decision, one.after.stages[0].count) for one in changed] == [
        (2, "approve", 2),
        (3, "approve", 2),
    ]
    assert replay(past, [two], [two]) == []
    assert replay(past, [], [rule("same", when={"environment": "production"})]) == []


effects = st.sampled_from(["allow", "approve", "deny"])
whens = st.sampled_from(
    [
        {},
        {"environment": "production"},
        {"price.monthly": {"over": 10}},
        {"price.monthly": {"over": 500}},
        {"data_class": "secret"},
        {"time": WEEKEND},
        {"environment": "production", "time": WEEKEND},
        {"requester.role": "viewer"},
    ]
)
rules = st.lists(
    st.builds(
        lambda effect, when, people, count, priority: (effect, when, people, count, priority),
        effects,
        whens,
        st.sampled_from(["role:approver", "owner", "group:default/security"]),
        st.integers(1, 3),
        st.integers(-2, 2),
    ),
    max_size=6,
).map(
    lambda found: [
        PlatformRule(f"r{number}", effect, f"reason {number}", when, people, count, priority)
        for number, (effect, when, people, count, priority) in enumerate(found)
    ]
)


@given(rules, st.sampled_from(["staging", "production"]), st.sampled_from([SATURDAY, TUESDAY]), st.randoms())
def test_the_order_of_rules_changes_nothing(
    found: list[PlatformRule], environment: str, now: datetime, chance: random.Random
) -> None:
    asked = facts(environment, now)
    shuffled = chance.sample(found, len(found))
    assert decide(DATABASE, asked, found) == decide(DATABASE, asked, shuffled)
    assert digest_of_rules(found, asked) == digest_of_rules(shuffled, asked)


@given(rules, st.sampled_from(["staging", "production"]), st.sampled_from([SATURDAY, TUESDAY]))
def test_one_more_rule_that_asks_or_denies_never_makes_a_decision_milder(
    found: list[PlatformRule], environment: str, now: datetime
) -> None:
    order = ["allow", "approve", "deny"]
    asked = facts(environment, now)
    before = decide(DATABASE, asked, found)
    for effect in ("approve", "deny"):
        after = decide(DATABASE, asked, [*found, rule("more", effect, priority=3)])
        assert order.index(after.decision) >= order.index(before.decision)
    without_allow = [one for one in found if one.effect != "allow"]
    assert order.index(decide(DATABASE, asked, without_allow).decision) >= order.index(before.decision)


@given(rules, st.sampled_from([SATURDAY, TUESDAY]))
def test_less_knowledge_never_makes_a_decision_milder(found: list[PlatformRule], now: datetime) -> None:
    order = ["allow", "approve", "deny"]
    known = facts("production", now, requester={"role": "developer"})
    unknown = {name: value for name, value in known.items() if name not in {"price", "requester", "data_class"}}
    strict, mild = decide(DATABASE, unknown, found), decide(DATABASE, known, found)
    assert order.index(strict.decision) >= order.index(mild.decision)
    assert {freeze.rule for freeze in mild.freezes} <= {freeze.rule for freeze in strict.freezes}

"""Conditions that are true, false, or not known."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.rules.weighing import holds_until, names_in, unknown_in, weigh

FACTS = {
    "environment": "production",
    "inputs": {"size": 40, "memory": "8Gi", "public": False, "zones": ["a", "b"]},
    "price": {"monthly": 120.5, "delta": -3.0},
    "quota": {"money": 81.0},
    "changed": {"size": True},
    "requester": {"role": "developer", "teams": ["group:default/orders-team", "orders-team"]},
    "now": datetime(2026, 12, 5, 12, tzinfo=UTC),
}
SATURDAY = {"days": ["saturday"]}


@pytest.mark.parametrize(
    ("condition", "answer"),
    [
        ({}, True),
        ({"environment": "production"}, True),
        ({"environment": "staging"}, False),
        ({"environment": {"in": ["staging", "production"]}}, True),
        ({"environment": {"not_in": ["staging", "production"]}}, False),
        ({"environment": {"not": "staging"}}, True),
        ({"price.monthly": {"over": 100}}, True),
        ({"price.monthly": {"over": 100, "under": 120}}, False),
        ({"price.delta": {"under": 0}}, True),
        ({"inputs.memory": {"over": "4Gi"}}, True),
        ({"inputs.memory": {"over": "8Gi"}}, False),
        ({"inputs.public": False}, True),
        ({"inputs.public": 0}, False),
        ({"inputs.size": {"over": True}}, None),
        ({"inputs.zones": "b"}, True),
        ({"inputs.zones": {"not": "c"}}, True),
        ({"requester.teams": {"in": ["orders-team", "x"]}}, True),
        ({"requester.teams": "payments-team"}, False),
        ({"quota.money": {"over": 80}}, True),
        ({"quota.count": {"over": 80}}, False),
        ({"changed.size": True}, True),
        ({"changed.engine": True}, False),
        ({"data_class": "confidential"}, None),
        ({"data_class": {"not": "public"}}, None),
        ({"data_class": "confidential", "environment": "staging"}, False),
        ({"any": [{"environment": "staging"}, {"price.monthly": {"over": 100}}]}, True),
        ({"any": [{"environment": "staging"}, {"data_class": "x"}]}, None),
        ({"any": [{"environment": "production"}, {"data_class": "x"}]}, True),
        ({"none": [{"environment": "staging"}]}, True),
        ({"none": [{"environment": "production"}]}, False),
        ({"none": [{"data_class": "x"}]}, None),
        ({"plan.delete": {"over": 0}}, None),
        ({"time": SATURDAY}, True),
        ({"time": [{"days": ["sunday"]}, SATURDAY]}, True),
        ({"none": [{"time": SATURDAY}]}, False),
    ],
)
def test_a_condition_holds_does_not_hold_or_is_not_known(condition: dict, answer: bool | None) -> None:  # type: ignore[type-arg]
    assert weigh(condition, FACTS) is answer


def test_without_a_clock_nobody_knows_the_time() -> None:
    assert weigh({"time": SATURDAY}, {"environment": "production"}) is None


def test_what_a_condition_asks_about_is_listed_and_what_of_it_is_not_known() -> None:
    condition = {"environment": "production", "any": [{"data_class": "x"}, {"none": [{"time": SATURDAY}]}]}
    assert list(names_in(condition)) == ["environment", "data_class", "time"]
    assert unknown_in(condition, FACTS) == ["data_class"]


def test_a_condition_ends_where_the_last_of_its_windows_does() -> None:
    windows = [SATURDAY, {"from": "2026-12-06", "until": "2026-12-06 18:00"}]
    end = holds_until({"environment": "production", "time": windows}, FACTS)
    assert end == datetime(2026, 12, 6, 18, tzinfo=UTC)


def test_a_condition_that_holds_for_good_has_no_end() -> None:
    assert holds_until({"time": {"from": "2026-12-01"}}, FACTS) is None
    daily = [{"from": "00:00", "until": "12:00"}, {"from": "12:00", "until": "24:00"}]
    assert holds_until({"time": daily}, FACTS) is None
    outside = {"none": [{"time": {"from": "09:00", "until": "17:00", "days": ["monday"]}}]}
    assert holds_until(outside, FACTS) == datetime(2026, 12, 7, 9, tzinfo=UTC)


names = st.sampled_from(["environment", "data_class", "price.monthly", "inputs.size", "nothing"])
lines = st.dictionaries(
    names,
    st.one_of(
        st.sampled_from(["production", "x", 40]),
        st.sampled_from([{"over": 30}, {"under": 200}, {"in": ["production"]}, {"not": "x"}, {"not_in": ["x", 40]}]),
    ),
    max_size=3,
)
conditions = st.recursive(
    lines,
    lambda inner: st.dictionaries(st.sampled_from(["any", "none"]), st.lists(inner, min_size=1, max_size=3)),
    max_leaves=8,
)


@given(conditions)
def test_every_condition_has_an_answer_and_its_opposite_has_the_opposite(condition: dict) -> None:  # type: ignore[type-arg]
    answer, opposite = weigh(condition, FACTS), weigh({"none": [condition]}, FACTS)
    assert answer in {True, False, None}
    assert opposite is (None if answer is None else not answer)


@given(conditions)
def test_what_is_known_without_a_fact_stays_so_whatever_the_fact_is(condition: dict) -> None:  # type: ignore[type-arg]
    answer = weigh(condition, FACTS)
    if answer is not None:
        assert all(weigh(condition, {**FACTS, "data_class": value}) is answer for value in ("x", "y", "production"))


@given(st.integers(0, 20_000))
def test_a_freeze_is_over_when_it_says_so_and_not_before(minutes: int) -> None:
    condition = {"time": {"from": "friday 16:00", "until": "monday 08:00", "zone": "Europe/Berlin"}}
    facts = {"now": datetime(2026, 10, 20, tzinfo=UTC) + timedelta(minutes=minutes)}
    if weigh(condition, facts):
        end = holds_until(condition, facts)
        assert end is not None
        assert weigh(condition, {"now": end}) is False
        assert weigh(condition, {"now": end - timedelta(seconds=1)}) is True

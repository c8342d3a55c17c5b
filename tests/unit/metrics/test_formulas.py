from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.errors import UserError
from metrics.formulas import DeploymentFact, Status, deployment_frequency, is_production, judge_for_frequency
from metrics.statistics import poisson_interval
from metrics.window import Window, parse_window

START = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = parse_window(start="2026-03-02", end="2026-03-09", zone="UTC", now=START)


def fact(
    number: int, *, sha: str = "", status: Status = "success", environment: str = "production", hours: int = 0
) -> DeploymentFact:
    """A deployment ``hours`` after the window begins."""
    return DeploymentFact(
        external_id=str(number),
        service="component:default/orders",
        environment=environment,
        sha=sha or f"{number:040x}",
        status=status,
        finished_at=START + timedelta(hours=hours or number),
        reached_production=status == "success",
    )


@pytest.mark.parametrize(
    ("count", "low", "high"),
    [
        (0, 0, 3.6889),
        (1, 0.0253, 5.5716),
        (6, 2.2019, 13.0595),
        (300, 8.900 * 30, 11.198 * 30),
        (340, 10.161 * 30, 12.604 * 30),
    ],
)
def test_the_interval_of_a_count_is_garwoods(count: int, low: float, high: float) -> None:
    found = poisson_interval(count)
    assert found == pytest.approx((low, high), abs=5e-4 * max(1, 30 if count > 100 else 1))


def test_successful_production_deployments_count_and_the_rest_says_why_not() -> None:
    facts = [
        fact(1),
        fact(2, environment="staging"),
        fact(3, status="failure"),
        fact(4, status="cancelled"),
        fact(5, sha=f"{1:040x}"),
        fact(6),
    ]
    result = deployment_frequency(facts, WEEK, has_source=True)
    assert (result.n, result.denominator) == (2, 7)
    assert result.value == pytest.approx(2 / 7)
    assert result.excluded == {"not_production": 1, "failed": 1, "cancelled": 1, "redeploy": 1}


def test_what_ran_before_the_window_makes_a_redeploy_of_it_known() -> None:
    before, again = fact(1, sha="a" * 40, hours=-5), fact(2, sha="a" * 40, hours=5)
    assert deployment_frequency([before, again], WEEK, has_source=True).excluded == {"redeploy": 1}


def test_a_rollback_to_an_earlier_version_is_a_deployment() -> None:
    facts = [fact(1, sha="a" * 40), fact(2, sha="b" * 40), fact(3, sha="a" * 40)]
    assert deployment_frequency(facts, WEEK, has_source=True).n == 3


def test_no_source_is_unknown_and_a_silent_source_is_zero() -> None:
    unknown = deployment_frequency([], WEEK, has_source=False)
    assert unknown.value is None
    assert unknown.reason
    silent = deployment_frequency([], WEEK, has_source=True)
    assert (silent.value, silent.ci_low) == (0, 0)


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3)), max_size=30), st.integers())
def test_the_order_of_facts_does_not_matter(rows: list[tuple[int, int]], seed: int) -> None:
    facts = [fact(number, sha=str(sha) * 40, hours=hours) for number, (hours, sha) in enumerate(rows)]
    shuffled = facts.copy()
    Random(seed).shuffle(shuffled)
    assert list(judge_for_frequency(facts, WEEK)) == list(judge_for_frequency(shuffled, WEEK))


@pytest.mark.parametrize("name", ["prod", "production", "live", "prod-eu", "production/eu", "PROD_2"])
def test_these_environments_are_production(name: str) -> None:
    assert is_production(name)


@pytest.mark.parametrize("name", ["staging", "preprod", "product", "production2", ""])
def test_these_environments_are_not(name: str) -> None:
    assert not is_production(name)


def test_a_day_of_23_hours_is_one_day() -> None:
    window = parse_window(start="2026-03-29", end="2026-03-30", zone="Europe/Paris", now=START)
    assert (window.end - window.start).total_seconds() == 23 * 3600
    assert window.days == 1


@pytest.mark.parametrize(
    ("start", "end", "zone", "field"),
    [
        ("2026-03-09", "2026-03-02", "", "from"),
        ("yesterday", "", "", "from"),
        ("", "2026-02-30", "", "to"),
        ("2026-03-02T00:00:00", "", "", "from"),
        ("", "", "Mars/Olympus", "tz"),
    ],
)
def test_a_window_that_is_none_names_the_field(start: str, end: str, zone: str, field: str) -> None:
    with pytest.raises(UserError) as refused:
        parse_window(start=start, end=end, zone=zone, now=START)
    assert refused.value.fields[0].path == field


def test_without_a_beginning_a_window_is_thirty_days() -> None:
    window = parse_window(start="", end="", zone="UTC", now=datetime(2026, 3, 8, 12, tzinfo=UTC))
    assert (window.start, window.days) == (datetime(2026, 2, 7, tzinfo=UTC), 30)
    assert isinstance(window, Window)

"""Windows of time, on the clocks of places that change them twice a year."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.rules.windows import DAYS, WindowError, read_window

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
WEEKEND = {"from": "friday 16:00", "until": "monday 08:00", "zone": "Europe/Berlin"}


def at(text: str, zone: ZoneInfo = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2026-12-04T15:59:59", False),
        ("2026-12-04T16:00", True),
        ("2026-12-06T12:00", True),
        ("2026-12-07T07:59:59", True),
        ("2026-12-07T08:00", False),
        ("2026-12-09T20:00", False),
    ],
)
def test_a_weekend_begins_on_friday_and_ends_on_monday(moment: str, inside: bool) -> None:
    assert read_window(WEEKEND).holds(at(moment)) is inside


@pytest.mark.parametrize(
    ("monday", "utc"),
    [("2026-03-30", "2026-03-30T06:00"), ("2026-10-26", "2026-10-26T07:00"), ("2026-12-07", "2026-12-07T07:00")],
)
def test_a_weekend_in_which_the_clock_changes_ends_at_eight_by_the_clock(monday: str, utc: str) -> None:
    window = read_window(WEEKEND)
    end = window.next_edge(at(f"{monday}T00:00"))
    assert end == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_an_hour_that_comes_twice_belongs_to_the_night_both_times() -> None:
    night = read_window({"from": "22:00", "until": "02:30", "zone": "Europe/Berlin"})
    first, second = (datetime(2026, 10, 25, 2, 15, fold=fold, tzinfo=BERLIN) for fold in (0, 1))
    assert night.holds(first)
    assert night.holds(second)
    assert not night.holds(datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=BERLIN))


def test_an_hour_that_never_comes_makes_no_window_shorter() -> None:
    night = read_window({"from": "22:00", "until": "02:30", "zone": "Europe/Berlin"})
    assert night.holds(at("2026-03-29T01:59"))
    early = read_window({"from": "02:30", "until": "05:00", "zone": "Europe/Berlin"})
    assert early.holds(at("2026-03-29T03:00"))
    assert early.next_edge(at("2026-03-29T04:00")) == datetime(2026, 3, 29, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "moment", "inside"),
    [
        ({"from": "22:00", "until": "06:00"}, "2026-12-01T23:00", True),
        ({"from": "22:00", "until": "06:00"}, "2026-12-01T05:59", True),
        ({"from": "22:00", "until": "06:00"}, "2026-12-01T06:00", False),
        ({"from": "22:00", "until": "06:00", "days": ["friday"]}, "2026-12-05T05:00", True),
        ({"from": "22:00", "until": "06:00", "days": ["friday"]}, "2026-12-06T05:00", False),
        ({"days": ["saturday", "sunday"]}, "2026-12-06T23:59", True),
        ({"days": "sunday"}, "2026-12-05T23:59", False),
        ({"from": "2026-12-23 12:00", "until": "2027-01-04 06:00"}, "2026-12-31T00:00", True),
        ({"from": "2026-12-23 12:00", "until": "2027-01-04 06:00"}, "2027-12-31T00:00", False),
        ({"from": "2026-12-24", "until": "2026-12-26"}, "2026-12-26T23:59", True),
        ({"from": "2026-12-24", "until": "2026-12-26"}, "2026-12-27T00:00", False),
        ({"from": "2026-12-24"}, "2050-01-01T00:00", True),
        ({"until": "2026-12-24"}, "2026-01-01T00:00", True),
        ({"from": "monday 09:00", "until": "monday 08:00"}, "2026-12-06T12:00", True),
        ({"from": "monday 09:00", "until": "monday 08:00"}, "2026-12-07T08:30", False),
        ({"from": "sunday 20:00", "until": "24:00", "zone": "UTC"}, "2026-12-06T23:00", None),
    ],
)
def test_windows_are_of_hours_days_weeks_or_dates(raw: dict, moment: str, inside: bool | None) -> None:  # type: ignore[type-arg]
    if inside is None:
        with pytest.raises(WindowError):
            read_window(raw)
    else:
        assert read_window(raw).holds(at(moment, ZoneInfo("UTC"))) is inside


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        ("friday", ""),
        ({}, ""),
        ({"from": "fryday 16:00", "until": "monday 08:00"}, "from"),
        ({"from": "friday 16:00"}, "until"),
        ({"from": "friday 16:00", "until": "friday 16:00"}, "until"),
        ({"from": "friday 16:00", "until": "08:00"}, "until"),
        ({"from": "25:00", "until": "08:00"}, "from"),
        ({"from": "10:61", "until": "12:00"}, "from"),
        ({"from": "2026-02-30", "until": "2026-03-01"}, "from"),
        ({"from": "2026-12-23", "until": "monday 08:00"}, "until"),
        ({"from": "2026-12-23", "until": "2026-12-22"}, "until"),
        ({"from": "0001-01-01", "until": "2026-12-22"}, "from"),
        ({"from": "10:00", "until": "12:00", "zone": "Mars/Olympus"}, "zone"),
        ({"from": "10:00", "until": "12:00", "zone": ["UTC"]}, "zone"),
        ({"from": "10:00", "until": "12:00", "days": []}, "days"),
        ({"from": "10:00", "until": "12:00", "days": ["noday"]}, "days"),
        ({"from": "2026-12-23", "days": ["monday"]}, "days"),
        ({"from": "10:00", "to": "12:00"}, "to"),
    ],
)
def test_what_is_no_window_is_named(raw: object, key: str) -> None:
    with pytest.raises(WindowError) as refused:
        read_window(raw)
    assert refused.value.key == key


clock = st.tuples(st.integers(0, 23), st.integers(0, 59)).map(lambda pair: f"{pair[0]:02}:{pair[1]:02}")
weekly = st.builds(
    lambda a, b, c, d, zone: {"from": f"{a} {b}", "until": f"{c} {d}", "zone": zone},
    st.sampled_from(DAYS),
    clock,
    st.sampled_from(DAYS),
    clock,
    st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
).filter(lambda raw: raw["from"] != raw["until"])
moments = st.integers(0, 15 * 365 * 24 * 60).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(weekly, moments)
def test_a_window_of_every_week_changes_at_its_edges_and_nowhere_else(raw: dict, now: datetime) -> None:  # type: ignore[type-arg]
    window = read_window(raw)
    edge = window.next_edge(now)
    assert edge is not None
    assert now < edge <= now + timedelta(days=8)
    inside = window.holds(now)
    assert window.holds(edge - timedelta(microseconds=1)) is inside
    middle = now + (edge - now) / 2
    assert window.holds(middle) is inside


@given(weekly, moments)
def test_what_is_not_in_a_window_is_in_the_rest_of_the_week(raw: dict, now: datetime) -> None:  # type: ignore[type-arg]
    rest = read_window({"from": raw["until"], "until": raw["from"], "zone": raw["zone"]})
    window = read_window(raw)
    # Both hold in an hour that the clock shows twice, and where it skips the edge: neither is ever shorter.
    assert window.holds(now) or rest.holds(now)

"""The design's template tags."""

from datetime import timedelta
from time import perf_counter

import pytest
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone

from common.templatetags import ui


def test_an_icon_is_decoration_and_a_state_says_its_word():
    drawn = Template('{% state "ok" "Ready" %}').render(Context())
    assert 'data-tone="ok"' in drawn
    assert 'aria-hidden="true"' in drawn
    assert drawn.endswith("Ready</span>")


def test_what_a_person_wrote_is_escaped():
    assert "<b>" not in Template('{% state "ok" word %}{% mark word %}').render(Context({"word": "<b>x"}))


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=5), "just now"),
        (timedelta(minutes=1, seconds=5), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=-3, seconds=-9), "in 3 days"),
    ],
)
def test_a_moment_is_told_relative_to_now_with_its_exact_time(age, words):
    drawn = ui.ago(timezone.now() - age)
    assert f">{words}</time>" in drawn
    assert 'title="' in drawn


def test_no_moment_is_a_dash():
    assert ui.ago(None) == "–"


def test_a_team_is_a_square_and_a_person_a_circle_with_their_initials():
    assert "data-person" not in ui.mark("group:default/orders-team")
    assert ">OT</span>" in ui.mark("group:default/orders-team")
    assert "data-person" in ui.mark("alice", person=True)


def test_a_filter_link_keeps_the_others_and_begins_at_the_first_page():
    request = RequestFactory().get("/", {"kind": "api", "owner": "x", "page": "4"})
    assert ui.query({"request": request}, owner="", tag="a b") == "?kind=api&tag=a+b"


def test_a_thousand_icons_cost_a_few_milliseconds():
    ui.icon("box")
    begun = perf_counter()
    for _ in range(1000):
        ui.icon("box")
    assert perf_counter() - begun < 0.05

"""What was approved is looked at once more right before it is applied, through the run engine and a real apply."""

import itertools
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions import create_user
from accounts.models import User
from audit.models import Event
from provisioning import actions
from provisioning.approval_actions import break_glass
from provisioning.approvals import counted
from provisioning.asking import Asked
from provisioning.blueprints import blueprint_named
from provisioning.budget_actions import put_budget
from provisioning.models import Request
from provisioning.policy_actions import put_policy, remove_policy
from provisioning.submitting import submit
from runs.models import Run
from runs.sweep import sweep
from tests.integration.test_requests_namespace import INPUTS, TEAM, cluster, follow  # noqa: F401
from tests.kubernetes import emulated_cluster  # noqa: F401

pytestmark = pytest.mark.django_db

Ask = Callable[[], Request]
NUMBERS = itertools.count(1)


@pytest.fixture
def ask(alice: User) -> Ask:
    def asked_for() -> Request:
        # The cluster outlives a test.
        name = f"orders-{next(NUMBERS)}"
        asked = Asked(blueprint_named("namespace"), "create", name, TEAM, "development", INPUTS)
        planned = follow(submit(asked=asked, by=alice))
        assert planned.state == "awaiting_approval", planned.error
        return planned

    return asked_for


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Let time pass."""
    now = timezone.now

    def move(by: timedelta) -> None:
        monkeypatch.setattr(timezone, "now", lambda: now() + by)

    return move


def approve(request: Request, by: User) -> Request:
    return actions.decide(request=request, by=by, decision="approve", digest=request.digest)


def freeze(pat: User, **more: Any) -> None:
    now = timezone.now()
    window = {"from": f"{now - timedelta(days=1):%Y-%m-%d}", "until": f"{now + timedelta(days=1):%Y-%m-%d %H:%M}"}
    rule = {"when": {"environment": "development", "time": window}, "effect": "deny", "reason": "Closed"}
    put_policy(name="freeze", given=rule | more, by=pat)


def waits(request: Request) -> tuple[str, str, list[str]]:
    run = Run.objects.get(pk=request.run_id)
    return request.state, run.state, [one["text"] for one in run.waiting_for]


def test_a_rule_that_changes_after_the_approval_makes_it_void(pat, ask) -> None:  # type: ignore[no-untyped-def]
    request = ask()
    approve(request, pat)
    rule = {"effect": "approve", "reason": "Two people", "count": 2}
    put_policy(name="two", given=rule, by=pat)
    after = follow(request)
    assert (after.state, after.stages[0]["count"]) == ("awaiting_approval", 2)
    assert after.digest != request.digest
    assert counted(after) == []
    approve(after, pat)
    done = follow(approve(Request.objects.get(pk=after.pk), create_user(name="vic", role="approver")))
    assert done.state == "fulfilled", done.error


def test_a_rule_about_something_else_leaves_approvals_as_they_are(pat, ask) -> None:  # type: ignore[no-untyped-def]
    request = ask()
    approve(request, pat)
    rule = {"when": {"environment": "production"}, "effect": "approve", "reason": "Two people", "count": 2}
    put_policy(name="two", given=rule, by=pat)
    assert follow(request).state == "fulfilled"


def test_a_rule_that_denies_by_now_refuses_what_was_approved(pat, ask) -> None:  # type: ignore[no-untyped-def]
    request = ask()
    approve(request, pat)
    put_policy(name="no", given={"effect": "deny", "reason": "Nothing new"}, by=pat)
    after = follow(request)
    assert (after.state, after.error["id"]) == ("denied", "request-denied")
    assert after.resource.state == "deleted"


def test_a_freeze_that_begins_after_the_approval_makes_it_wait_and_go_on_by_itself(pat, ask, later) -> None:  # type: ignore[no-untyped-def]
    request = approve(ask(), pat)
    freeze(pat)
    after = follow(request)
    if after.state == "awaiting_approval":
        after = follow(approve(after, pat))
    state, run, [text] = waits(after)
    assert (state, run) == ("approved", "waiting")
    assert text.startswith("Frozen until ")
    assert Run.objects.get(pk=after.run_id).due_at is not None
    sweep()
    assert waits(follow(after))[1] == "waiting"
    later(timedelta(days=1, minutes=1))
    sweep()
    done = follow(after)
    assert done.state == "fulfilled", done.error


def test_a_freeze_that_is_there_already_lets_plan_and_approval_go_on(pat, ask) -> None:  # type: ignore[no-untyped-def]
    freeze(pat)
    request = ask()
    assert request.state == "awaiting_approval"
    after = follow(approve(request, pat))
    assert waits(after)[:2] == ("approved", "waiting")
    remove_policy(name="freeze", by=pat)
    again = follow(after)
    # Without the rule it is another decision, so that people are asked again.
    assert again.state == "awaiting_approval"
    assert follow(approve(again, pat)).state == "fulfilled"


@pytest.mark.parametrize("change", [{"role": "developer"}, {"is_active": False}])
def test_an_approval_counts_while_who_gave_it_still_decides(change: dict[str, Any], pat, ask) -> None:  # type: ignore[no-untyped-def]
    vic = create_user(name="vic", role="approver")
    request = approve(ask(), vic)
    User.objects.filter(pk=vic.pk).update(**change)
    after = follow(request)
    assert waits(after)[:2] == ("awaiting_approval", "waiting")
    assert follow(approve(after, pat)).state == "fulfilled"


def test_a_budget_that_is_lower_by_now_makes_it_wait_until_there_is_room(pat, ask, later) -> None:  # type: ignore[no-untyped-def]
    request = approve(ask(), pat)
    budget = put_budget(given={"owner": TEAM, "measure": "count", "limit": "0"}, by=pat)
    after = follow(request)
    state, run, [text] = waits(after)
    assert (state, run) == ("approved", "waiting")
    assert "orders-team would have 1 of at most 0 resources" in text
    put_budget(given={"owner": TEAM, "measure": "count", "limit": "5"}, by=pat, budget=budget)
    later(timedelta(minutes=6))
    sweep()
    assert follow(after).state == "fulfilled"


def test_an_emergency_goes_past_approvals_and_freezes(alice, pat, ask) -> None:  # type: ignore[no-untyped-def]
    freeze(pat)
    request = ask()
    break_glass(request=request, by=pat, reason="The shop is down")
    assert follow(request).state == "fulfilled"


def test_an_emergency_goes_past_the_freeze_of_what_is_approved(pat, ask) -> None:  # type: ignore[no-untyped-def]
    freeze(pat)
    frozen = follow(approve(ask(), pat))
    assert waits(frozen)[:2] == ("approved", "waiting")
    break_glass(request=frozen, by=pat, reason="The shop is down")
    assert follow(frozen).state == "fulfilled"


def test_an_emergency_goes_past_no_rule_that_denies(pat, ask) -> None:  # type: ignore[no-untyped-def]
    request = ask()
    break_glass(request=request, by=pat, reason="The shop is down")
    put_policy(name="no", given={"effect": "deny", "reason": "Nothing new"}, by=pat)
    assert follow(request).state == "denied"


def test_when_nobody_decides_more_people_are_asked_and_the_trail_says_so_once(pat, ask, later) -> None:  # type: ignore[no-untyped-def]
    rule = {"effect": "approve", "reason": "Looked at", "escalation": {"after_hours": 2, "to": "owner"}}
    put_policy(name="looked-at", given=rule, by=pat)
    request = ask()
    run = Run.objects.get(pk=request.run_id)
    assert request.asked_at is not None
    assert run.due_at == request.asked_at + timedelta(hours=2)
    later(timedelta(hours=2, seconds=5))
    for _ in range(2):
        sweep()
        after = follow(request)
    assert waits(after)[2] == ["Approval by an approver or a member of orders-team"]
    assert Event.objects.get(verb="request.escalated").data == {"to": ["owner"]}


def test_what_nobody_decides_on_in_time_expires(pat, ask, later) -> None:  # type: ignore[no-untyped-def]
    request = ask()
    later(timedelta(days=7, seconds=5))
    sweep()
    assert follow(request).state == "expired"

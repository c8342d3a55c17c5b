"""Deciding on one and on several, in somebody's stead, and in an emergency: through every door the same gate."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.actions import create_user
from accounts.models import Team, User
from audit.models import Event
from provisioning.delegation_actions import delegate
from provisioning.models import Approval, BreakGlass, Delegation, Request
from provisioning.policy_actions import put_policy
from runs.models import WebhookDelivery, WebhookEndpoint
from tests.api.test_requests import TEAM, ask, paths, planned, post

pytestmark = pytest.mark.django_db

YES, NO = {"decision": "approve"}, {"decision": "reject", "reason": "Too large"}


@pytest.fixture
def vic(db: None) -> User:
    """Approves for the platform."""
    return create_user(name="vic", role="approver")


@pytest.fixture
def waiting(alice: User, api_for: Callable[..., Any]) -> Request:
    return planned(ask(api_for(alice)))


def lend(by: User, to: User, hours: int = 24) -> Delegation:
    return delegate(to=to.username, begin=None, end=timezone.now() + timedelta(hours=hours), reason="Away", by=by)


def decide(api: Any, request: Request, body: dict[str, Any] = YES) -> Any:
    return post(api, f"requests/{request.pk}/approvals", body)


def glass(api: Any, request: Request, **body: Any) -> Any:
    return post(api, f"requests/{request.pk}/break-glass", {"reason": "The shop is down", **body})


@pytest.mark.parametrize("role", ["approver", "platform-admin"])
def test_whoever_asks_is_refused_at_every_door(role: str, bob, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    asker = create_user(name="ash", role=role, member_of=[TEAM])
    api, browser = api_for(asker), client_for(asker)
    request = planned(ask(api))
    key = f"{request.pk}:{request.digest}"
    # In their own right, by page and script, alone and among several.
    assert decide(api, request).json()["detail"] == "Nobody decides on their own request."
    assert browser.post(f"/requests/{request.pk}/decision", YES).status_code == 403
    several = post(api, "approvals", YES | {"requests": [{"id": request.pk}]})
    assert several.json()["results"][0]["status"] == 403
    assert browser.post("/requests/decisions", YES | {"request": key}).status_code == 409
    # By somebody who stands in for them, and as somebody for whom they stand in.
    lend(asker, bob)
    assert decide(api_for(bob), request).status_code == 403
    lend(create_user(name="vic", role="approver"), asker)
    assert decide(api, request).status_code == 403
    # And in an emergency.
    assert glass(api, request).status_code == 403
    assert browser.post(f"/requests/{request.pk}/break-glass", {"reason": "Now"}).status_code == 403
    assert not Approval.objects.exists()
    assert not BreakGlass.objects.exists()
    assert Request.objects.get(pk=request.pk).state == "awaiting_approval"


def test_several_are_decided_each_by_its_own_right(alice, pat, vic, api_for) -> None:  # type: ignore[no-untyped-def]
    Team.objects.get_or_create(ref=TEAM)
    good, own = planned(ask(api_for(alice))), planned(ask(api_for(pat), name="own"))
    stale = planned(ask(api_for(alice), name="stale"))
    wanted = [
        {"id": good.pk, "digest": good.digest},
        {"id": own.pk},
        {"id": stale.pk, "digest": "another"},
        {"id": 99_999},
    ]
    results = post(api_for(pat), "approvals", YES | {"requests": wanted}).json()["results"]
    assert [one["status"] for one in results] == [201, 403, 409, 404]
    assert (results[0]["state"], results[2]["error"]["id"]) == ("approved", "plan-changed")
    assert Event.objects.filter(verb="request.decision-approve").count() == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"decision": "maybe", "requests": []}, "decision"),
        ({"decision": "approve", "requests": []}, "requests"),
        ({"decision": "approve", "requests": "all"}, "requests"),
        ({"decision": "approve", "requests": [{"id": True}]}, "requests[0]"),
        ({"decision": "approve", "requests": [{"id": 2**70}]}, "requests[0]"),
        ({"decision": "reject", "requests": [{"id": 1}], "reason": " "}, "reason"),
        ({"decision": "approve", "requests": [{"id": n} for n in range(1, 102)]}, "requests"),
    ],
)
def test_a_decision_on_several_that_makes_no_sense_is_refused(pat, api_for, body, path) -> None:  # type: ignore[no-untyped-def]
    answer = post(api_for(pat), "approvals", body)
    assert (answer.status_code, paths(answer)) == (422, {path})


def test_the_queue_decides_on_what_was_chosen_and_says_what_was_refused(
    alice, pat, waiting, api_for, client_for
) -> None:  # type: ignore[no-untyped-def]
    other = planned(ask(api_for(alice), name="other"))
    browser = client_for(pat)
    chosen = [f"{waiting.pk}:{waiting.digest}", f"{other.pk}:another"]
    silent = browser.post("/requests/decisions", {"decision": "reject", "request": chosen})
    assert silent.status_code == 422
    assert "checked" in silent.content.decode()
    answer = browser.post("/requests/decisions", NO | {"request": chosen})
    assert answer.status_code == 207
    assert "The plan has changed since you read it." in answer.content.decode()
    assert [row.state for row in Request.objects.order_by("pk")] == ["rejected", "awaiting_approval"]
    done = browser.post("/requests/decisions", YES | {"request": f"{other.pk}:{other.digest}"})
    assert (done.status_code, done["Location"]) == (302, "/requests?for=me")


def test_somebody_who_stands_in_decides_and_the_trail_names_both(charlie, vic, waiting, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    assert decide(api_for(charlie), waiting).status_code == 404
    lend(vic, charlie)
    assert f"in the stead of {vic.display_name}" in client_for(charlie).get("/requests?for=me").content.decode()
    answer = decide(api_for(charlie), waiting)
    assert (answer.status_code, answer.json()["state"]) == (201, "approved")
    given = answer.json()["approvals"][0]
    assert (given["by"], given["as"]) == ("user:default/charlie", "user:default/vic")
    event = Event.objects.get(verb="request.decision-approve")
    assert (event.actor, event.data["as"]) == ("user:default/charlie", "user:default/vic")
    assert f"as {vic.display_name}" in client_for(charlie).get(f"/requests/{waiting.pk}").content.decode()


def test_what_was_lent_is_not_lent_on(bob, charlie, vic, waiting, api_for) -> None:  # type: ignore[no-untyped-def]
    lend(vic, bob)
    lend(bob, charlie)
    assert decide(api_for(charlie), waiting).status_code in {403, 404}


def test_a_delegation_counts_in_its_time_alone_and_while_both_are_here(bob, vic, waiting, api_for) -> None:  # type: ignore[no-untyped-def]
    row = lend(vic, bob)
    now = timezone.now()
    for change in (
        {"starts_at": now + timedelta(hours=1)},
        {"ends_at": now - timedelta(seconds=1)},
        {"ended_at": now},
    ):
        Delegation.objects.filter(pk=row.pk).update(**change)
        assert decide(api_for(bob), waiting).status_code == 403
        row.save()
    User.objects.filter(pk=vic.pk).update(is_active=False)
    assert decide(api_for(bob), waiting).status_code == 403
    User.objects.filter(pk=vic.pk).update(is_active=True, role="viewer")
    assert decide(api_for(bob), waiting).status_code == 403
    User.objects.filter(pk=vic.pk).update(role="approver")
    assert decide(api_for(bob), waiting).status_code == 201


def test_whoever_stands_in_counts_for_both_and_once(alice, bob, charlie, pat, vic, api_for) -> None:  # type: ignore[no-untyped-def]
    rule = {"when": {"environment": "production"}, "effect": "approve", "reason": "Two", "count": 2}
    put_policy(name="two", given=rule, by=pat)
    request = planned(ask(api_for(alice)))
    lend(vic, bob)
    lend(vic, charlie)
    assert decide(api_for(bob), request).json()["state"] == "awaiting_approval"
    for person in (bob, charlie, vic):
        assert decide(api_for(person), request).status_code in {403, 404}
    assert decide(api_for(pat), request).json()["state"] == "approved"


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"to": ""}, "to"),
        ({"to": "nobody"}, "to"),
        ({"to": "alice"}, "to"),
        ({"to": "vera"}, "to"),
        ({"ends_at": "2020-01-01T00:00:00Z"}, "until"),
        ({"ends_at": "2090-01-01T00:00:00Z"}, "until"),
        ({"ends_at": "soon"}, "ends_at"),
        ({"reason": " "}, "reason"),
    ],
)
def test_what_is_wrong_with_a_delegation_is_named(alice, bob, api_for, change, path) -> None:  # type: ignore[no-untyped-def]
    create_user(name="vera", role="viewer")
    good = {"to": "bob", "ends_at": (timezone.now() + timedelta(days=2)).isoformat(), "reason": "Away"}
    answer = post(api_for(alice), "delegations", good | change)
    assert (answer.status_code, paths(answer)) == (422, {path})
    assert post(api_for(alice), "delegations", good).status_code == 201


def test_a_delegation_is_between_two_and_ended_by_whose_it_is(alice, bob, charlie, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    row = lend(alice, bob)
    path = f"/api/v1/delegations/{row.pk}"
    assert api_for(charlie).get(path).status_code == 404
    assert api_for(charlie).get("/api/v1/delegations").json()["items"] == []
    assert api_for(bob).get(path).json()["state"] == "in force"
    assert api_for(bob).delete(path).status_code == 403
    assert api_for(alice).delete(path).json()["state"] == "taken back"
    assert api_for(alice).delete(path).json()["id"] == "delegation-over"
    other = lend(alice, bob)
    assert api_for(pat).delete(f"/api/v1/delegations/{other.pk}").status_code == 200
    assert set(Event.objects.filter(subject_kind="delegation").values_list("verb", flat=True)) == {
        "delegation.added",
        "delegation.ended",
    }


def test_after_a_while_more_people_may_decide(alice, pat, charlie, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    rule = {
        "when": {"environment": "staging"},
        "effect": "approve",
        "reason": "The owner looks",
        "approvers": "owner",
        "escalation": {"after_hours": 4, "to": "group:default/payments-team"},
    }
    put_policy(name="escalates", given=rule, by=pat)
    request = planned(ask(api_for(alice), environment="staging"))
    assert decide(api_for(charlie), request).status_code == 403
    Request.objects.filter(pk=request.pk).update(asked_at=timezone.now() - timedelta(hours=4, seconds=1))
    assert "a member of payments-team" in client_for(alice).get(f"/requests/{request.pk}").content.decode()
    assert decide(api_for(charlie), request).json()["state"] == "approved"


def test_an_emergency_lets_a_request_through_loudly_and_leaves_a_review(
    alice, pat, vic, waiting, api_for, client_for
) -> None:  # type: ignore[no-untyped-def]
    assert glass(api_for(vic), waiting).status_code == 403
    assert paths(glass(api_for(pat), waiting, reason=" ")) == {"reason"}
    assert paths(glass(api_for(pat), waiting, incident="javascript:alert(1)")) == {"incident"}
    assert glass(api_for(pat), waiting, digest="another").json()["id"] == "plan-changed"
    WebhookEndpoint.objects.create(url="https://example.com/hook", ciphertext=b"", topics=["approval.let-through"])
    link = "https://incidents.example.com/42"
    answer = glass(api_for(pat), waiting, incident=link, digest=waiting.digest)
    assert (answer.status_code, answer.json()["state"]) == (201, "approved")
    assert answer.json()["break_glass"][0]["by"] == "user:default/pat"
    told = WebhookDelivery.objects.get()
    assert (told.topic, json.loads(told.body)["data"]["by"]) == ("approval.let-through", "user:default/pat")
    event = Event.objects.get(verb="break-glass.used")
    assert (event.data["approvals_missing"], event.data["incident"], event.owner_ref) == (["role:approver"], link, TEAM)
    assert "Let through without approval by" in client_for(alice).get(f"/requests/{waiting.pk}").content.decode()
    assert "Let through without approval" in client_for(alice).get("/activity").content.decode()
    assert "Not reviewed" in client_for(vic).get("/broken-glass").content.decode()
    path = f"requests/{waiting.pk}/break-glass/review"
    for person in (pat, alice):
        assert post(api_for(person), path, {"note": "Fine"}).status_code == 403
    assert paths(post(api_for(vic), path, {"note": ""})) == {"note"}
    assert post(api_for(vic), path, {"note": "It was right"}).json()["reviewed_by"] == "user:default/vic"
    assert post(api_for(vic), path, {"note": "Again"}).json()["id"] == "reviewed"
    assert Event.objects.filter(verb="break-glass.reviewed", actor="user:default/vic").exists()


def test_only_what_waits_for_people_or_a_freeze_can_be_let_through(alice, pat, waiting, api_for) -> None:  # type: ignore[no-untyped-def]
    for state in ("evaluating", "provisioning", "fulfilled", "rejected"):
        Request.objects.filter(pk=waiting.pk).update(state=state)
        assert glass(api_for(pat), waiting).json()["id"] == "nothing-to-let-through"


def test_a_token_lets_through_with_a_scope_of_its_own(alice, pat, waiting, api_for) -> None:  # type: ignore[no-untyped-def]
    approver = api_for(pat, scopes=("provisioning:approve",))
    assert glass(approver, waiting).json()["id"] == "scope-missing"
    assert glass(api_for(pat, scopes=("provisioning:break-glass",)), waiting).status_code == 201


def test_a_group_that_a_rule_names_finds_what_it_decides(alice, pat, charlie, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    rule = {"effect": "approve", "reason": "Payments look", "approvers": "group:default/payments-team"}
    put_policy(name="payments", given=rule, by=pat)
    request = planned(ask(api_for(alice), environment="staging"))
    assert "orders-db" in client_for(charlie).get("/requests?for=me").content.decode()
    assert decide(api_for(charlie), request).json()["state"] == "approved"
    assert client_for(charlie).get(f"/requests/{request.pk}").status_code == 200


def test_outsiders_decide_on_nothing_however_many_they_name(charlie, waiting, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    key = f"{waiting.pk}:{waiting.digest}"
    [result] = post(api_for(charlie), "approvals", YES | {"requests": [{"id": waiting.pk}]}).json()["results"]
    assert (result["status"], result["error"]["id"]) == (404, "not-found")
    answer = client_for(charlie).post("/requests/decisions", YES | {"request": key})
    assert answer.status_code == 409
    assert "orders-db" not in answer.content.decode()
    assert not Approval.objects.exists()


def test_a_delegation_is_given_and_taken_back_on_a_page_that_loses_nothing_typed(alice, bob, client_for) -> None:  # type: ignore[no-untyped-def]
    browser = client_for(alice)
    form = {"to": "bob", "from": "soon", "until": "2090-12-24T08:00", "reason": "On holiday"}
    answer = browser.post("/delegations", form)
    assert (answer.status_code, "It is no date and time." in answer.content.decode()) == (422, True)
    assert "On holiday" in answer.content.decode()
    until = f"{timezone.now() + timedelta(days=3):%Y-%m-%dT%H:%M}"
    assert browser.post("/delegations", form | {"from": "", "until": until}).status_code == 302
    row = Delegation.objects.get()
    assert (row.delegator, row.delegate, row.state) == (alice, bob, "in force")
    assert browser.post(f"/delegations/{row.pk}/end").status_code == 302
    assert Delegation.objects.get().state == "taken back"

"""Several requests for one resource: one is under way, the others wait for their turn."""

import pytest

from audit.models import Event
from provisioning import submitting
from provisioning.actions import TAKE_TURNS, move, withdraw
from provisioning.models import Budget, Request, Resource
from provisioning.states import EVALUATING, FULFILLED, NEEDS_ATTENTION, PROVISIONING
from runs.models import OutboxMessage
from tests.api.test_requests import TEAM, ask, planned, post, ready

pytestmark = pytest.mark.django_db

GROW = {"action": "update", "inputs": {"allocated_storage": 50}}
FASTER = {"action": "update", "inputs": {"instance_class": "db.t3.small"}}


@pytest.fixture
def resource(alice, api_for) -> Resource:  # type: ignore[no-untyped-def]
    return ready(ask(api_for(alice)))


def want(api, resource: Resource, wish: dict) -> Request:  # type: ignore[no-untyped-def]
    answer = post(api, "requests", wish | {"resource": resource.pk})
    assert answer.status_code == 201, answer.json()
    return Request.objects.get(pk=answer.json()["id"])


def fulfil(request: Request) -> None:
    """End it as its run does."""
    row = Request.objects.get(pk=request.pk)
    row.state = "approved"
    row.save()
    row = move(row, PROVISIONING)
    Resource.objects.filter(pk=row.resource_id).update(inputs=row.inputs)
    move(row, FULFILLED)


def state(request: Request) -> str:
    return Request.objects.get(pk=request.pk).state


def test_a_second_change_waits_and_says_for_what(resource, alice, bob, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    first = planned(want(api_for(alice), resource, GROW))
    second = want(api_for(bob), resource, FASTER)
    answer = api_for(bob).get(f"/api/v1/requests/{second.pk}").json()
    (wait,) = answer["waiting_for"]
    assert (answer["state"], answer["run"], answer["inputs"]) == ("queued", None, FASTER["inputs"])
    assert wait["kind"] == "turn"
    assert f"request {first.pk} (Change database orders-db" in wait["text"]
    assert Event.objects.filter(verb="request.queued", actor="user:default/bob").exists()
    page = client_for(bob).get(second.get_absolute_url()).content.decode()
    assert "Waits for its turn" in page
    assert wait["text"] in page
    shown = client_for(bob).get(resource.get_absolute_url()).content.decode()
    assert first.get_absolute_url() in shown


def test_when_the_first_has_ended_the_second_begins_on_what_it_left(resource, alice, bob, api_for) -> None:  # type: ignore[no-untyped-def]
    first, second = want(api_for(alice), resource, GROW), want(api_for(bob), resource, FASTER)
    fulfil(first)
    assert OutboxMessage.objects.filter(task=TAKE_TURNS, args=[resource.pk]).exists()
    submitting.take_turns(resource.pk)
    second.refresh_from_db()
    assert (second.state, second.run.state) == (EVALUATING, "queued")
    assert second.inputs == first.inputs | FASTER["inputs"]


def test_they_have_their_turn_one_by_one_in_their_order(resource, alice, bob, api_for) -> None:  # type: ignore[no-untyped-def]
    first, second = want(api_for(alice), resource, GROW), want(api_for(bob), resource, FASTER)
    third = want(api_for(alice), resource, GROW | {"inputs": {"allocated_storage": 100}})
    submitting.take_turns(resource.pk)
    assert (state(second), state(third)) == ("queued", "queued")
    withdraw(request=Request.objects.get(pk=first.pk), by=alice)
    submitting.take_turns(resource.pk)
    submitting.take_turns(resource.pk)
    assert (state(second), state(third)) == (EVALUATING, "queued")


def test_a_message_that_is_lost_costs_a_minute(resource, alice, bob, api_for) -> None:  # type: ignore[no-untyped-def]
    first, second = want(api_for(alice), resource, GROW), want(api_for(bob), resource, FASTER)
    submitting.let_in()
    assert state(second) == "queued"
    fulfil(first)
    OutboxMessage.objects.all().delete()
    submitting.let_in()
    assert state(second) == EVALUATING


def test_one_that_needs_attention_holds_the_line(resource, alice, bob, api_for) -> None:  # type: ignore[no-untyped-def]
    first, second = want(api_for(alice), resource, GROW), want(api_for(bob), resource, FASTER)
    Request.objects.filter(pk=first.pk).update(state=NEEDS_ATTENTION)
    submitting.let_in()
    (wait,) = api_for(bob).get(f"/api/v1/requests/{second.pk}").json()["waiting_for"]
    assert "it needs attention" in wait["text"]


def test_one_that_waits_is_taken_back_at_once(resource, alice, bob, api_for) -> None:  # type: ignore[no-untyped-def]
    first, second = want(api_for(alice), resource, GROW), want(api_for(bob), resource, FASTER)
    answer = post(api_for(bob), f"requests/{second.pk}/cancellation", {})
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    assert state(first) == EVALUATING


def test_what_has_become_impossible_meanwhile_ends_with_the_reason_and_the_next_begins(
    resource, alice, bob, api_for, django_user_model
) -> None:  # type: ignore[no-untyped-def]
    first, second = want(api_for(alice), resource, GROW), want(api_for(bob), resource, FASTER)
    third = want(api_for(alice), resource, FASTER)
    django_user_model.objects.filter(pk=bob.pk).update(is_active=False)
    fulfil(first)
    submitting.take_turns(resource.pk)
    second.refresh_from_db()
    assert (second.state, second.error["id"]) == ("failed", "requester-gone")
    assert state(third) == EVALUATING


def test_a_budget_is_asked_when_its_turn_comes(resource, alice, bob, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    first, second = (
        want(api_for(alice), resource, GROW),
        want(api_for(bob), resource, GROW | {"inputs": {"allocated_storage": 90}}),
    )
    Budget.objects.create(owner_ref=TEAM, measure="money", limit=40)
    fulfil(first)
    submitting.take_turns(resource.pk)
    second.refresh_from_db()
    assert (second.state, second.error["id"]) == ("failed", "over-budget")


def test_nothing_stands_in_line_for_what_is_being_deleted_and_no_line_is_endless(resource, alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    first = want(api, resource, GROW)
    for _ in range(submitting.LONGEST_LINE):
        want(api, resource, FASTER)
    full = post(api, "requests", FASTER | {"resource": resource.pk})
    assert (full.status_code, full.json()["id"]) == (409, "resource-busy")
    Request.objects.filter(pk=first.pk).update(action="delete")
    gone = post(api, "requests", FASTER | {"resource": resource.pk})
    assert (gone.status_code, gone.json()["detail"]) == (409, "orders-db is being deleted.")


def test_an_outsider_sees_nothing_of_the_line(resource, alice, charlie, api_for) -> None:  # type: ignore[no-untyped-def]
    want(api_for(alice), resource, GROW)
    second = want(api_for(alice), resource, FASTER)
    assert api_for(charlie).get(f"/api/v1/requests/{second.pk}").status_code == 404

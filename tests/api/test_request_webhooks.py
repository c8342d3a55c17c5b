"""Those who listen hear how a request goes on, and nothing that was asked for in confidence."""

import json
from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from runs.models import WebhookDelivery
from runs.webhooks.actions import add_endpoint
from tests.api.test_requests import TEAM, ask, planned

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_told(alice: User, pat: User, api_for: Callable[..., APIClient]) -> list[dict[str, object]]:
    topics = ["request.evaluating", "request.awaiting_approval", "request.approved"]
    add_endpoint(given={"url": "https://example.com/hook", "topics": topics, "owner": TEAM}, by=pat)
    add_endpoint(given={"url": "https://example.com/other", "owner": "group:default/others"}, by=pat)
    request = planned(ask(api_for(alice), name="orders-db"))
    answer = api_for(pat).post(f"/api/v1/requests/{request.pk}/approvals", {"decision": "approve"}, format="json")
    assert answer.status_code == 201
    return [json.loads(body) for body in WebhookDelivery.objects.order_by("pk").values_list("body", flat=True)]


def test_each_state_is_told_to_those_who_listen_for_the_owner(request_told: list[dict[str, object]]) -> None:
    assert [told["type"] for told in request_told] == [
        "request.evaluating",
        "request.awaiting_approval",
        "request.approved",
    ]


def test_a_message_says_what_it_is_about_and_nothing_of_what_was_filled_in(
    request_told: list[dict[str, object]],
) -> None:
    data = request_told[1]["data"]
    assert isinstance(data, dict)
    assert (data["owner"], data["state"], data["before"]) == (TEAM, "awaiting_approval", "evaluating")
    assert data["resource"]["name"] == "orders-db"
    assert data["url"].endswith(f"/requests/{data['request']}")
    assert "inputs" not in json.dumps(request_told)

"""Deliveries of GitHub from the door to the number."""

import hashlib
import hmac
import itertools
import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from catalog.actions import put_portal_entities
from metrics import actions
from metrics.models import Delivery, Deployment

pytestmark = pytest.mark.django_db
SECRET = "It's a Secret to Everybody"
ApiFor = Callable[..., APIClient]


@pytest.fixture
def orders() -> str:
    """A component that lives in org/orders."""
    metadata = {"name": "orders", "annotations": {"github.com/project-slug": "Org/orders"}}
    spec = {"type": "service", "lifecycle": "production", "owner": "orders-team"}
    document = {"apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": metadata, "spec": spec}
    put_portal_entities(source="test", documents=[document], by=None)
    return "component:default/orders"


def status(
    state: str, *, at: str, number: int = 1, environment: str = "production", repository: str = "org/orders"
) -> dict[str, Any]:
    """A ``deployment_status`` delivery, cut to what is read."""
    return {
        "action": "created",
        "deployment_status": {"id": 9, "state": state, "environment": environment, "created_at": at},
        "deployment": {"id": number, "sha": f"{number:040x}", "environment": environment, "created_at": at},
        "repository": {"full_name": repository},
    }


def deliver(body: Any, *, key: str = "guid-1", event: str = "deployment_status", signature: str = "") -> Any:
    """Post ``body`` as GitHub does."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signature or signed, "X-GitHub-Delivery": key, "X-GitHub-Event": event}
    return Client().post("/webhooks/github", raw, content_type="application/json", headers=headers)


def read_all() -> None:
    """What the worker does."""
    for delivery in Delivery.objects.filter(state="new").order_by("pk"):
        actions.read_delivery(delivery)


def test_a_signed_deployment_status_counts_for_its_service(orders: str, api_for: ApiFor, alice: User) -> None:
    assert deliver(status("success", at="2026-03-02T10:00:00Z")).status_code == 202
    read_all()
    api, asked = api_for(alice), f"scope={orders}&from=2026-03-02&to=2026-03-09"
    answer = api.get(f"/api/v1/metrics/deployment_frequency?{asked}").json()
    assert (answer["n"], answer["denominator"], answer["unit"]) == (1, 7, "per day")
    assert answer["sources"] == ["github"]
    rows = api.get(f"/api/v1/metrics/deployment_frequency/rows?{asked}").json()
    assert [row["external_id"] for row in rows["included"]] == ["1"]
    assert rows["next"] is None


def test_the_same_delivery_twice_is_one(orders: str) -> None:
    body = status("success", at="2026-03-02T10:00:00Z")
    first, second = deliver(body).json(), deliver(body).json()
    assert (first["new"], second["new"]) == (True, False)
    assert first["delivery"] == second["delivery"]
    read_all()
    assert Deployment.objects.count() == 1


def test_any_order_and_any_doubling_gives_the_same_deployment(orders: str) -> None:
    bodies = [
        status("in_progress", at="2026-03-02T09:58:00Z"),
        status("success", at="2026-03-02T10:00:00Z"),
        status("inactive", at="2026-03-03T10:00:00Z"),
        status("failure", at="2026-03-02T09:59:00Z"),
    ]
    outcomes = set()
    for number, order in enumerate(itertools.permutations(range(len(bodies)))):
        Deployment.objects.all().delete()
        for index in (*order, *order[:2]):
            deliver(bodies[index], key=f"{number}-{index}")
            read_all()
        found = Deployment.objects.get()
        outcomes.add((found.status, found.started_at, found.finished_at))
    assert len(outcomes) == 1
    assert outcomes.pop()[0] == "success"


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (lambda: deliver({}, signature="sha256=00"), (401, "bad-signature")),
        (lambda: deliver({}, key=""), (422, "invalid")),
        (lambda: Client().post("/webhooks/nobody", "{}", content_type="application/json"), (404, "not-found")),
    ],
)
def test_what_cannot_be_taken_is_refused_and_not_stored(answer: Callable[[], Any], problem: tuple[int, str]) -> None:
    refused = answer()
    assert (refused.status_code, refused.json()["id"]) == problem
    assert not Delivery.objects.exists()


def test_a_source_without_a_secret_refuses_and_says_what_to_set(settings: Any) -> None:
    settings.WEBHOOK_SECRETS = {}
    refused = deliver({})
    assert refused.status_code == 403
    assert "CAIRN_WEBHOOK_SECRET_GITHUB" in refused.json()["hint"]


def test_a_body_over_25_mb_is_refused() -> None:
    assert deliver(b"x" * (25 * 1024 * 1024 + 1)).status_code == 413


def test_a_delivery_that_cannot_be_read_is_kept_with_the_reason_and_can_be_read_again(
    api_for: ApiFor, alice: User
) -> None:
    deliver({"deployment_status": {"state": "success", "created_at": "2026-03-02T10:00:00Z"}, "deployment": {"id": 1}})
    read_all()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.outcome) == ("failed", "repository.full_name is missing")
    again = api_for(alice).post(f"/api/v1/deliveries/{delivery.pk}/replay")
    assert again.json()["state"] == "failed"


def test_a_repository_that_is_no_service_yet_counts_once_it_is(api_for: ApiFor, alice: User) -> None:
    deliver(status("success", at="2026-03-02T10:00:00Z"))
    read_all()
    assert Deployment.objects.unmapped().count() == 1
    metadata = {"name": "late", "annotations": {"github.com/project-slug": "org/orders"}}
    spec = {"type": "service", "lifecycle": "production", "owner": "orders-team"}
    document = {"apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": metadata, "spec": spec}
    put_portal_entities(source="test", documents=[document], by=None)
    assert actions.map_unmapped_deployments() == 1
    assert Deployment.objects.get().service_ref == "component:default/late"


def test_a_service_that_nobody_ever_deployed_is_unknown_and_not_zero(orders: str, api_for: ApiFor, alice: User) -> None:
    answer = api_for(alice).get(f"/api/v1/metrics/deployment_frequency?scope={orders}").json()
    assert answer["value"] is None
    assert answer["reason"]


def test_a_token_without_the_scope_is_refused(api_for: ApiFor, alice: User) -> None:
    refused = api_for(alice, ["catalog:read"]).get("/api/v1/metrics/deployment_frequency")
    assert (refused.status_code, refused.json()["id"]) == (403, "scope-missing")

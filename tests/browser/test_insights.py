"""A number and the rows behind it, in a real browser."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from catalog.actions import put_portal_entities
from metrics.actions import read_delivery
from metrics.models import Delivery


@pytest.fixture
def deployed(transactional_db: None) -> None:
    """A service that was deployed to production twice, and once to staging."""
    annotations = {"github.com/project-slug": "org/orders"}
    document = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": "orders", "annotations": annotations},
        "spec": {"type": "service", "lifecycle": "production", "owner": "group:default/orders-team"},
    }
    put_portal_entities(source="test", documents=[document], by=None)
    at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for number, environment in enumerate(("production", "production", "staging"), 1):
        _deliver(number, environment, at)
    for delivery in Delivery.objects.filter(state="new").order_by("pk"):
        read_delivery(delivery)


def _deliver(number: int, environment: str, at: str) -> None:
    body = json.dumps(
        {
            "action": "created",
            "deployment_status": {"id": number, "state": "success", "environment": environment, "created_at": at},
            "deployment": {"id": number, "sha": f"{number:040x}", "environment": environment, "created_at": at},
            "repository": {"full_name": "org/orders"},
        }
    ).encode()
    secret = settings.WEBHOOK_SECRETS["github"].encode()
    headers = {
        "X-Hub-Signature-256": f"sha256={hmac.new(secret, body, hashlib.sha256).hexdigest()}",
        "X-GitHub-Delivery": f"guid-{number}",
        "X-GitHub-Event": "deployment_status",
    }
    answer = Client().post("/webhooks/github", body, content_type="application/json", headers=headers)
    assert answer.status_code == 202


def test_a_number_leads_to_its_rows_and_to_what_is_left_out(alice_page: Page, deployed: None) -> None:
    page = alice_page
    page.goto("/insights")
    page.get_by_role("link", name="orders", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("orders")
    expect(page.locator("main")).to_contain_text("2 deployments")
    page.get_by_role("link", name="Not production 1").click()
    expect(page.locator("main tbody tr").filter(has_text="staging")).to_have_count(1)
    page.get_by_role("link", name="In the catalog").click()
    expect(page.locator("main")).to_contain_text("2 deployments")


def test_a_delivery_shows_what_came_and_what_became_of_it(alice_page: Page, deployed: None) -> None:
    alice_page.goto("/insights/deliveries")
    alice_page.get_by_role("link", name="github deployment_status").first.click()
    expect(alice_page.locator("main")).to_contain_text("component:default/orders")
    expect(alice_page.locator("main")).to_contain_text('"full_name": "org/orders"')

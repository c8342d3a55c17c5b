"""Forms of self-service in a real browser: nothing typed is lost, and what failed can be asked for again."""

import re

import pytest
from playwright.sync_api import Page, expect

from provisioning.actions import move
from provisioning.asking import Asked
from provisioning.blueprints import blueprint_named
from provisioning.states import FAILED
from provisioning.submitting import submit
from tests.browser.conftest import Complaints

TEAM = "group:default/orders-team"
INPUTS = {"engine": "mysql", "engine_version": "8.0", "instance_class": "db.t3.small", "allocated_storage": 40}


@pytest.fixture
def form(alice_page: Page) -> Page:
    alice_page.goto("/self-service/namespace/new")
    return alice_page


def test_a_draft_outlives_a_reload(form: Page) -> None:
    form.get_by_label("Name", exact=True).fill("orders-web")
    form.get_by_label("Staging").check()
    form.get_by_role("switch", name=re.compile("Deny by default")).uncheck()
    form.get_by_label("Namespaces that may connect").fill("ingress-nginx\nshop")
    form.reload()
    expect(form.get_by_label("Name", exact=True)).to_have_value("orders-web")
    expect(form.get_by_label("Staging")).to_be_checked()
    expect(form.get_by_role("switch", name=re.compile("Deny by default"))).not_to_be_checked()
    expect(form.get_by_label("Namespaces that may connect")).to_have_value("ingress-nginx\nshop")


def test_mistakes_are_named_by_their_labels_and_lead_to_the_field(form: Page, complaints: Complaints) -> None:
    complaints.expected.append("422")
    form.get_by_label("Name", exact=True).fill("orders-web")
    form.get_by_label("CPU requests").fill("NaN")
    form.get_by_role("button", name="See the plan").click()
    form.get_by_role("link", name="CPU requests: NaN is not a quantity").click()
    expect(form.get_by_label("CPU requests")).to_have_value("NaN")
    expect(form.get_by_label("CPU requests")).to_be_focused()


def test_the_policy_answers_while_the_form_is_filled_in(alice_page: Page) -> None:
    alice_page.goto("/self-service/database/new")
    expect(alice_page.locator("#verdict")).to_contain_text("No approval needed")
    alice_page.get_by_label("Production", exact=True).check()
    expect(alice_page.locator("#verdict")).to_contain_text("Needs approval")
    alice_page.get_by_label("Development").check()
    alice_page.get_by_label("Size").select_option("db.m6g.large")
    expect(alice_page.locator("#verdict")).to_contain_text("Not allowed")


def test_what_failed_is_asked_for_again_with_the_same_answers(alice_page: Page, alice) -> None:  # type: ignore[no-untyped-def]
    asked = Asked(blueprint_named("database"), "create", "orders-db", TEAM, "staging", INPUTS)
    request = move(submit(asked=asked, by=alice), FAILED)
    alice_page.goto(request.get_absolute_url())
    alice_page.get_by_role("link", name="Ask again").click()
    expect(alice_page.get_by_label("Name", exact=True)).to_have_value("orders-db")
    expect(alice_page.get_by_label("Staging")).to_be_checked()
    expect(alice_page.get_by_label("MySQL")).to_be_checked()
    expect(alice_page.get_by_label("Version")).to_have_value("8.0")
    expect(alice_page.get_by_label("Size")).to_have_value("db.t3.small")
    expect(alice_page.get_by_label("Storage")).to_have_value("40")

"""The queue of approvals, by keyboard and without JavaScript."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from provisioning.models import Request
from tests.api.test_requests import ask, planned
from tests.browser.conftest import NARROW


@pytest.fixture
def waiting(transactional_db: None, alice: Any, api_for: Callable[..., Any]) -> list[Request]:
    """Three requests of alice, the oldest first."""
    return [planned(ask(api_for(alice), name=name)) for name in ("orders-db", "search-db", "ledger-db")]


def here(page: Page) -> Any:
    return page.locator("tr[data-here] .name")


def states() -> list[str]:
    return [row.state for row in Request.objects.order_by("pk")]


def test_the_queue_is_decided_by_keys_alone(pat_page: Page, waiting: list[Request]) -> None:
    page = pat_page
    page.goto("/requests?for=me")
    expect(page.locator("[data-queue-keys]")).to_be_visible()
    page.keyboard.press("j")
    expect(here(page)).to_have_text("Create database orders-db")
    page.keyboard.press("ArrowDown")
    expect(here(page)).to_have_text("Create database search-db")
    page.keyboard.press("k")
    page.keyboard.press("a")
    dialog = page.locator("#decide")
    expect(dialog).to_contain_text("Approve: Create database orders-db in production?")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert states() == ["awaiting_approval"] * 3
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator(".toasts")).to_contain_text("Approved: Create database orders-db.")
    assert states() == ["approved", "awaiting_approval", "awaiting_approval"]

    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(dialog).to_contain_text("Reject: Create database search-db in production?")
    page.keyboard.type("Take the one that is there, jar")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".toasts")).to_contain_text("Rejected: Create database search-db.")
    assert states() == ["approved", "rejected", "awaiting_approval"]

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/requests/{waiting[2].pk}$"))


def test_several_are_chosen_by_key_and_approved_at_once(pat_page: Page, waiting: list[Request]) -> None:
    page = pat_page
    page.goto("/requests?for=me")
    for key in "jxjjx":
        page.keyboard.press(key)
    page.get_by_role("button", name="Approve what is chosen").click()
    expect(page.locator(".toasts")).to_contain_text("orders-db, Create database ledger-db")
    assert states() == ["approved", "awaiting_approval", "approved"]


def test_the_queue_works_without_scripts_and_keeps_what_was_typed(
    open_as: Callable[..., Page], pat: Any, waiting: list[Request], complaints: Any
) -> None:
    complaints.expected.append("422")
    page = open_as(pat, java_script_enabled=False)
    page.goto("/requests?for=me")
    page.get_by_label("Choose Create database search-db").check()
    page.get_by_role("button", name="Reject what is chosen").click()
    expect(page.get_by_role("alert")).to_contain_text("A rejection needs a reason.")
    expect(page.get_by_label("Choose Create database search-db")).to_be_checked()
    page.get_by_label("Reason").first.fill("Take the one that is there")
    page.get_by_role("button", name="Reject what is chosen").click()
    expect(page.locator(".toasts")).to_contain_text("Rejected: Create database search-db.")
    assert states() == ["awaiting_approval", "rejected", "awaiting_approval"]


def test_the_queue_is_accessible_and_fits_a_phone(
    open_as: Callable[..., Page],
    pat: Any,
    waiting: list[Request],
    axe: Callable[[Page], list[str]],
    overflow: Callable[[Page], int],
) -> None:
    page = open_as(pat, bypass_csp=True)
    for path in ("/requests?for=me", "/policies", "/policies/new", "/delegations", f"/requests/{waiting[0].pk}"):
        page.goto(path)
        assert axe(page) == [], path
        page.set_viewport_size(NARROW)
        assert overflow(page) == 0, path
        page.set_viewport_size({"width": 1440, "height": 900})


def test_a_rule_is_checked_as_it_is_typed_and_kept(pat_page: Page, waiting: list[Request], complaints: Any) -> None:
    complaints.expected.append("422")
    page = pat_page
    page.goto("/policies/new")
    page.get_by_label("Name").fill("two-people")
    page.get_by_label("Rule").fill("effect: approve\nreason: Two people look\nwhen: {enviroment: production}\n")
    expect(page.locator("#verdict")).to_contain_text("Line 3: when.enviroment is nothing that a rule can ask about.")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("alert")).to_contain_text("when.enviroment")
    expect(page.get_by_label("Rule")).to_have_value(re.compile("Two people look"))
    page.get_by_label("Rule").fill(
        "effect: approve\nreason: Two people look\ncount: 2\nwhen: {environment: production}\n"
    )
    expect(page.locator("#verdict")).to_contain_text("3 of 3")
    expect(page.locator("#verdict")).to_contain_text("approval by 1 × an approver → approval by 2 × an approver")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("heading", name="two-people")).to_be_visible()


def test_the_form_says_live_what_a_change_costs_and_who_decides(
    alice_page: Page, pat: Any, waiting: list[Request]
) -> None:
    from provisioning.policy_actions import put_policy
    from tests.api.test_requests import ready

    rule = {"when": {"price.delta": {"over": 50}}, "effect": "approve", "reason": "Dearer by 50", "count": 2}
    put_policy(name="dearer", given=rule, by=pat)
    resource = ready(waiting[0])
    page = alice_page
    page.goto(f"/resources/{resource.pk}/change")
    page.get_by_label("Storage").fill("400")
    page.get_by_label("Storage").blur()
    expect(page.locator("#verdict")).to_contain_text("+87.40")
    expect(page.locator("#verdict")).to_contain_text("Dearer by 50")
    page.get_by_role("link", name="rule dearer").click()
    expect(page.get_by_role("heading", name="dearer")).to_be_visible()

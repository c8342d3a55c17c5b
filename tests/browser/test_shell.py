"""The shell in a real browser: its looks, its palette, and that the page never moves sideways."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import NARROW, WIDE

PAGES = ["/", "/ui/", "/palette", "/settings", "/activity"]
LOOKS = {
    "light": {"color_scheme": "light"},
    "dark": {"color_scheme": "dark"},
    "high contrast": {"color_scheme": "light", "contrast": "more"},
    "dark high contrast": {"color_scheme": "dark", "contrast": "more"},
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(open_as, alice, axe, overflow, look, size):
    page = open_as(alice, bypass_csp=True, viewport=size, **LOOKS[look])
    for path in PAGES:
        page.goto(path)
        assert axe(page) == [], path
        assert overflow(page) <= 0, path


def test_no_page_of_the_shell_breaks_the_content_security_policy(alice_page):
    for path in [*PAGES, "/api/docs"]:
        assert alice_page.goto(path).ok, path
        alice_page.wait_for_load_state("networkidle")


def test_an_unknown_address_says_so_with_a_request_id_and_a_way_on(alice_page, complaints):
    complaints.expected.append("404")
    answer = alice_page.goto("/nowhere")
    assert answer.status == 404
    expect(alice_page.get_by_role("heading", level=1)).to_contain_text("nothing at this address")
    expect(alice_page.locator("main")).to_contain_text(answer.headers["x-request-id"])
    expect(alice_page.get_by_role("link", name="Go home")).to_be_visible()


def test_the_palette_goes_to_a_page_by_keyboard_alone(alice_page):
    alice_page.goto("/")
    alice_page.keyboard.press("Control+k")
    box = alice_page.get_by_role("combobox", name="Search or jump to")
    expect(box).to_be_focused()
    alice_page.keyboard.type("insig")
    expect(alice_page.get_by_role("option", name=re.compile("Insights"))).to_have_attribute("aria-selected", "true")
    alice_page.keyboard.press("Enter")
    expect(alice_page).to_have_url(re.compile("/insights"))


def test_the_palette_keeps_its_place_and_height_while_results_change(alice_page):
    alice_page.goto("/")
    alice_page.keyboard.press("Control+k")
    dialog = alice_page.locator("#palette")
    expect(dialog.get_by_role("option").first).to_be_visible()
    before = dialog.bounding_box()
    alice_page.keyboard.type("nothing is called like this")
    expect(dialog).to_contain_text("Nothing is called")
    assert dialog.bounding_box() == before


def test_escape_closes_the_palette_and_gives_the_focus_back(alice_page):
    alice_page.goto("/")
    opener = alice_page.get_by_role("link", name="Search or jump to").first
    opener.focus()
    alice_page.keyboard.press("Control+k")
    alice_page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_without_scripts_the_search_is_a_page(open_as, alice):
    page = open_as(alice, java_script_enabled=False)
    page.goto("/")
    page.get_by_role("link", name="Search or jump to").first.click()
    page.get_by_role("searchbox").fill("settings")
    page.keyboard.press("Enter")
    page.get_by_role("main").get_by_role("link", name="Settings").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Settings")


def test_a_chosen_theme_stays(alice_page):
    alice_page.goto("/settings")
    alice_page.get_by_role("radio", name="Dark").check()
    alice_page.get_by_role("button", name="Keep this look").click()
    expect(alice_page.locator("html")).to_have_attribute("data-theme", "dark")
    alice_page.goto("/activity")
    expect(alice_page.locator("html")).to_have_attribute("data-theme", "dark")


def test_the_rail_folds_and_stays_folded(alice_page):
    alice_page.goto("/")
    with alice_page.expect_response("**/preferences"):
        alice_page.get_by_role("button", name="Fold the navigation").click()
    expect(alice_page.locator("html")).to_have_attribute("data-rail", "narrow")
    alice_page.reload()
    with alice_page.expect_response("**/preferences"):
        alice_page.get_by_role("button", name="Unfold the navigation").click()
    expect(alice_page.locator("html")).not_to_have_attribute("data-rail", "narrow")


def test_the_skip_link_is_first_and_leads_to_the_content(alice_page):
    alice_page.goto("/")
    alice_page.keyboard.press("Tab")
    expect(alice_page.get_by_role("link", name="Skip to content")).to_be_focused()
    alice_page.keyboard.press("Enter")
    expect(alice_page.locator("#content")).to_be_focused()


def test_signing_out_is_one_form_in_the_account_menu(alice_page):
    alice_page.goto("/")
    alice_page.locator("summary", has_text="Your account").click()
    alice_page.get_by_role("button", name="Sign out").click()
    expect(alice_page).to_have_url(re.compile("/accounts/login"))

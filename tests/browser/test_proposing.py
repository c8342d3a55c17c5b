"""A person edits what stands in a repository, sees what would change, and hands it in; with and without JavaScript."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from catalog.actions import register_source, sync_source
from integrations.github.fake import FakeGitHub
from tests.browser.conftest import NARROW, WIDE, Complaints
from tests.integration.conftest import github  # noqa: F401
from tests.integration.test_catalog_git import Remote
from tests.integration.test_catalog_proposals import BOTH, EDIT, FILE, ORDERS, TITLED

HERE = "/catalog/default/component/orders"


@pytest.fixture
def shop(github: FakeGitHub, transactional_db: None) -> FakeGitHub:  # noqa: F811
    github.add("acme/shop", {FILE: BOTH})
    source = register_source(kind="github", target="https://github.test/acme", by=None)
    assert sync_source(source=source, by=None).error == ""
    return github


def test_a_change_is_judged_as_it_is_typed_and_leads_to_its_pull_request(shop: FakeGitHub, alice_page: Page) -> None:
    page = alice_page
    page.goto(HERE)
    page.get_by_role("link", name="Edit", exact=True).click()
    text, verdict = page.locator("#text"), page.locator("#verdict")
    expect(text).to_have_value(ORDERS)
    text.fill(ORDERS.replace("owner:", "ownr:"))
    expect(verdict).to_contain_text("Did you mean owner by ownr?")
    text.fill(TITLED)
    expect(verdict).to_contain_text("It would be proposed")
    expect(verdict).to_contain_text("+  title: The orders")
    page.get_by_role("button", name="Propose the change").click()
    expect(page.get_by_role("link", name="its pull request")).to_have_attribute(
        "href", "https://github.com/acme/shop/pull/1"
    )
    [branch] = [name for name in shop.repositories[0].branches if name != "main"]
    assert shop.repositories[0].branches[branch][FILE] == BOTH.replace(ORDERS, TITLED)


def test_it_works_without_javascript(
    shop: FakeGitHub, open_as: Callable[..., Page], alice: Any, complaints: Complaints
) -> None:
    complaints.expected = ["422"]
    page = open_as(alice, java_script_enabled=False)
    page.goto(EDIT)
    page.locator("#text").fill(TITLED.replace("owner:", "ownr:"))
    page.get_by_role("button", name="Propose the change").click()
    assert "ownr: orders-team" in page.locator("#text").input_value()
    page.locator("#text").fill(TITLED)
    page.get_by_role("button", name="Propose the change").click()
    assert page.get_by_role("link", name="its pull request").count() == 1


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    shop: FakeGitHub,
    open_as: Callable[..., Page],
    alice: Any,
    axe: Callable[[Page], list[str]],
    overflow: Callable[[Page], int],
    size: Any,
) -> None:
    page = open_as(alice, viewport=size, bypass_csp=True)
    page.goto(EDIT)
    page.locator("#text").fill(TITLED + "# " + "long " * 60)
    expect(page.locator("#verdict")).to_contain_text("It would be proposed")
    assert axe(page) == []
    assert overflow(page) <= 0


def test_a_long_address_of_a_repository_does_not_widen_the_page(
    tmp_path: Path, open_as: Callable[..., Page], alice: Any, overflow: Callable[[Page], int], settings: Any
) -> None:
    settings.DATA_DIR = tmp_path / "data"
    remote = Remote(tmp_path / ("a-very-long-name-of-a-repository" * 3))
    remote.commit(**{"catalog-info_yaml": BOTH})
    sync_source(source=remote.source(), by=None)
    page = open_as(alice, viewport=NARROW)
    page.goto(EDIT)
    expect(page.locator("#text")).to_have_value(ORDERS)
    assert overflow(page) <= 0

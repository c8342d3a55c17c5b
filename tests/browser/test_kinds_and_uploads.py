"""Adding a kind and bringing a table of it, in a real browser."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from catalog.kinds import forget

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture
def signed_in(page: Page, live_server: object, pat: User, client_for: Callable[[User], Client]) -> Iterator[Page]:
    cookies = client_for(pat).cookies
    page.context.add_cookies(
        [{"name": name, "value": morsel.value, "url": str(live_server)} for name, morsel in cookies.items()]
    )
    forget()
    yield page
    forget()


def test_an_admin_adds_a_kind_mends_a_mistake_brings_a_table_and_takes_it_all_away_again(
    signed_in: Page, live_server: object, tmp_path: Path
) -> None:
    page = signed_in
    page.goto(f"{live_server}/catalog/sources")
    page.get_by_role("link", name="Kinds").click()
    page.get_by_role("link", name="Add a kind").click()
    page.get_by_label("Name").fill("environment")
    page.get_by_label("apiVersions").fill("example.com/v1")
    page.get_by_role("button", name="Add the kind").click()
    expect(page.get_by_role("alert")).to_contain_text("capital letter")
    expect(page.get_by_label("apiVersions")).to_have_value("example.com/v1")
    page.get_by_label("Name").fill("Environment")
    page.get_by_role("button", name="Add the kind").click()
    expect(page.get_by_role("heading", name="Environment", level=1)).to_be_visible()

    table = tmp_path / "environments.csv"
    table.write_text("kind,name,owner\nEnvironment,prod,ops\nEnvironment,no name,ops\n")
    page.goto(f"{live_server}/catalog/upload")
    page.get_by_label("File", exact=True).set_input_files(table)
    page.get_by_role("button", name="See what it brings").click()
    expect(page.get_by_role("row", name="environment:default/prod")).to_contain_text("Added")
    expect(page.get_by_role("row", name="no name")).to_contain_text("Wrong")
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("status")).to_contain_text("1 added")

    page.goto(f"{live_server}/catalog/kinds/Environment")
    page.get_by_role("button", name="Remove…").click()
    expect(page.get_by_role("alert")).to_contain_text("1 entity is of it and would stay")
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("Only the built-in kinds so far")).to_be_visible()

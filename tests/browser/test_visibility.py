"""A rule of visibility in a real browser: what it takes is told while it is typed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from catalog.visibility import forget
from tests.integration.test_catalog_sync import Folder, component

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


def test_an_admin_sees_what_a_rule_takes_as_it_is_typed_keeps_it_and_takes_it_away_again(
    signed_in: Page, live_server: object, tmp_path: Path
) -> None:
    folder = Folder(tmp_path / "one")
    folder.write("a.yaml", component("orders"), component("stock"))
    folder.sync()
    page = signed_in
    page.goto(f"{live_server}/catalog/kinds")
    page.get_by_role("link", name="Visibility").click()
    page.get_by_role("link", name="Add a rule").click()
    page.get_by_label("Filter").fill("kind=component")
    expect(page.get_by_label("What this means")).to_contain_text("2 entities now.")
    page.get_by_label("Filter").fill("metadata.name=orders")
    expect(page.get_by_label("What this means")).to_contain_text("1 entity now.")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("alert")).to_contain_text("must be lower-case letters")
    expect(page.get_by_label("Filter")).to_have_value("metadata.name=orders")
    page.get_by_label("Name").fill("secret")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.get_by_role("heading", name="secret", level=1)).to_be_visible()
    page.get_by_role("button", name="Remove…").click()
    expect(page.get_by_role("alert")).to_contain_text("1 entity would be seen by everybody")
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("Everybody sees everything")).to_be_visible()

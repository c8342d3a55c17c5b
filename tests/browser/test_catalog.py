"""The catalog in a real browser."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from catalog.actions import register_source, sync_source

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

FILE = """
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: orders, description: Takes orders}
spec: {type: service, lifecycle: production, owner: orders-team, dependsOn: ['component:stock']}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: stock}
spec: {type: library, lifecycle: production, owner: orders-team}
"""


@pytest.fixture
def signed_in(page: Page, live_server: object, alice: User, client_for: Callable[[User], Client]) -> Page:
    cookies = client_for(alice).cookies
    page.context.add_cookies(
        [{"name": name, "value": morsel.value, "url": str(live_server)} for name, morsel in cookies.items()]
    )
    return page


def test_somebody_finds_a_service_and_follows_what_it_depends_on(
    signed_in: Page, live_server: object, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text(FILE)
    sync_source(source=register_source(kind="folder", target=str(tmp_path), by=None), by=None)
    signed_in.goto(f"{live_server}/catalog")
    signed_in.get_by_role("searchbox", name="Filter by name").fill("ord")
    signed_in.keyboard.press("Enter")
    signed_in.get_by_role("link", name="orders", exact=True).click()
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("orders")
    signed_in.get_by_role("link", name="stock").click()
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("stock")


def test_rows_are_walked_with_j_and_k_and_opened_with_enter(
    signed_in: Page, live_server: object, tmp_path: Path
) -> None:
    (tmp_path / "a.yaml").write_text(FILE)
    sync_source(source=register_source(kind="folder", target=str(tmp_path), by=None), by=None)
    signed_in.goto(f"{live_server}/catalog?kind=Component")
    for key in ("j", "j", "k", "j"):
        signed_in.keyboard.press(key)
    signed_in.keyboard.press("Enter")
    expect(signed_in.get_by_role("heading", level=1)).to_have_text("stock")


def test_an_address_that_cannot_be_read_is_said_and_not_lost(signed_in: Page, live_server: object) -> None:
    signed_in.goto(f"{live_server}/catalog/register")
    field = signed_in.get_by_label("Address of the file")
    field.fill("http://127.0.0.1:1/catalog-info.yaml")
    signed_in.get_by_role("button", name="See what it brings").click()
    expect(signed_in.get_by_text("leads to a private address")).to_be_visible()
    expect(field).to_have_value("http://127.0.0.1:1/catalog-info.yaml")

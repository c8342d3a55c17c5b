"""A sync by a worker, followed in a real browser."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import User
from catalog.claims import claim_source
from catalog.config import current
from catalog.refresh_actions import read_claimed
from runs.models import Heartbeat
from tests.integration.test_catalog_git import Remote, component

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


def test_the_page_of_a_source_follows_its_sync_to_the_end_without_being_loaded_again(
    page: Page, live_server: object, tmp_path: Path, settings: Any, alice: User, client_for: Callable[[User], Client]
) -> None:
    settings.DATA_DIR = tmp_path / "data"
    current.cache_clear()
    Heartbeat.objects.update_or_create(name="sweep")
    remote = Remote(tmp_path / "shop")
    remote.commit(**{"catalog-info_yaml": component("orders")})
    source = remote.source()
    page.context.add_cookies(
        [{"name": name, "value": one.value, "url": str(live_server)} for name, one in client_for(alice).cookies.items()]
    )
    page.goto(f"{live_server}/catalog/sources/{source.pk}")
    page.get_by_role("button", name="Sync now").click()
    expect(page.locator("#progress")).to_contain_text("Waits for a worker")
    loads: list[Page] = []
    page.on("load", lambda loaded: loads.append(loaded))
    taken = claim_source(source.pk)
    assert taken is not None
    expect(page.locator("#progress")).to_contain_text("Reading now, for")
    read_claimed(taken)
    expect(page.get_by_role("status").filter(has_text="1 added")).to_be_visible()
    expect(page.get_by_role("link", name="orders", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Sync now")).to_be_visible()
    expect(page.locator("#source")).to_have_count(1)
    assert not loads

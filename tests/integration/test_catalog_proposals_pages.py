"""The page and the API by which changes are handed in: what people and scripts see of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import Entity
from catalog.proposals import propose_change, text_of
from common.errors import PermissionRefused
from integrations.fake_rest import Fault, Reply
from integrations.github.fake import FakeGitHub
from tests.integration.test_catalog_git import Remote, _own_folder, git  # noqa: F401
from tests.integration.test_catalog_proposals import (
    API,
    BOTH,
    EDIT,
    FILE,
    ORDERS,
    TITLED,
    on_github,
    orders,
    proposed_file,
    synced,
)
from tests.integration.test_catalog_sync import Folder

pytestmark = pytest.mark.django_db


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    made = Remote(tmp_path / "shop")
    made.commit(**{"catalog-info_yaml": BOTH, "README.md": "x"})
    return made


@pytest.fixture
def browser(alice: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(alice)


def test_the_page_shows_the_file_s_own_words_and_leads_to_the_pull_request(github: FakeGitHub, browser: Client) -> None:
    on_github(github)
    assert f'href="{EDIT}"' in browser.get("/catalog/default/component/orders").content.decode()
    page = browser.get(EDIT).content.decode()
    assert "A pull request to <b>acme/shop</b>, <code>catalog-info.yaml</code>" in page
    assert "# What orders is" in page
    assert "Propose the change" in page
    assert "stands in the portal itself" not in page
    assert "/removal" not in page
    told = browser.post("/catalog/new/verdict", {"ref": "component:default/orders", "text": TITLED, "before": ORDERS})
    assert "+  title: The orders" in told.content.decode()
    assert len(github.repositories[0].branches) == 1
    typed = {"text": TITLED.replace("\n", "\r\n"), "before": ORDERS.replace("\n", "\r\n")}
    done = browser.post(EDIT, typed, follow=True)
    assert '<a href="https://github.com/acme/shop/pull/1">its pull request</a>' in done.content.decode()
    assert proposed_file(github.repositories[0].branches) == BOTH.replace(ORDERS, TITLED)


def test_the_page_names_the_branch_where_there_is_no_pull_request(remote: Remote, browser: Client) -> None:
    synced(remote.source())
    assert f"A branch in <b>{remote.url}</b>" in browser.get(EDIT).content.decode()
    done = browser.post(EDIT, {"text": TITLED, "before": ORDERS}, follow=True).content.decode()
    assert "The change is on the branch cairn/component-default-orders-" in done


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        (TITLED.replace("owner", "<b>ownr"), 422, "&lt;b&gt;ownr"),
        (TITLED.replace("metadata:", "metadata: ["), 422, "Line"),
        (f"{TITLED}---\n", 422, "parts documents"),
        (TITLED.replace("The orders", "{$text: ./none.txt}"), 422, "Line 5"),
    ],
)
def test_nothing_typed_is_lost(github: FakeGitHub, browser: Client, text: str, status: int, words: str) -> None:
    on_github(github)
    answer = browser.post(EDIT, {"text": text, "before": ORDERS})
    page = answer.content.decode()
    assert answer.status_code == status
    assert words in page
    assert "for ever" in page
    assert len(github.repositories[0].branches) == 1


def test_who_was_slower_sees_what_stands_there_now_and_keeps_what_was_typed(
    github: FakeGitHub, browser: Client
) -> None:
    on_github(github)
    newer = BOTH.replace("lifecycle: production", "lifecycle: experimental")
    github.repositories[0].push({FILE: newer})
    answer = browser.post(EDIT, {"text": TITLED, "before": ORDERS})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "was changed meanwhile" in page
    assert "-  lifecycle: experimental" in page
    assert "title: The orders" in page
    now = text_of(orders())
    assert browser.post(EDIT, {"text": TITLED, "before": now}).status_code == 302


def test_a_host_that_fails_while_a_change_is_proposed_keeps_the_text(github: FakeGitHub, browser: Client) -> None:
    on_github(github)
    github.faults = [Fault("pulls$", Reply(403, {"message": "Resource not accessible by integration"}))]
    answer = browser.post(EDIT, {"text": TITLED, "before": ORDERS})
    page = answer.content.decode()
    assert answer.status_code == 502
    assert "Resource not accessible by integration" in page
    assert "title: The orders" in page


def test_an_outsider_proposes_nothing(
    github: FakeGitHub, charlie: User, client_for: Callable[[User], Client], api_for: Callable[..., APIClient]
) -> None:
    entity = on_github(github)
    asked = len(github.requests)
    outsider = client_for(charlie)
    assert EDIT not in outsider.get("/catalog/default/component/orders").content.decode()
    assert outsider.get(EDIT).status_code == 403
    assert outsider.post(EDIT, {"text": TITLED, "before": ORDERS}).status_code == 403
    told = outsider.post("/catalog/new/verdict", {"ref": entity.ref, "text": TITLED, "before": ORDERS})
    assert "not a member" in told.content.decode()
    assert api_for(charlie).post(API, {"text": TITLED}, format="json").status_code == 403
    with pytest.raises(PermissionRefused):
        propose_change(entity=entity, text=TITLED, by=charlie)
    assert len(github.requests) == asked


def test_scripts_propose_with_a_token_that_may_write(
    github: FakeGitHub, alice: User, api_for: Callable[..., APIClient]
) -> None:
    on_github(github)
    api = api_for(alice)
    made = api.post(API, {"text": TITLED, "before": ORDERS}, format="json")
    assert made.status_code == 201, made.content
    assert made.json()["url"] == "https://github.com/acme/shop/pull/1"
    again = api.post(API, {"text": TITLED}, format="json")
    assert (again.status_code, again.json()["id"]) == (409, "already-proposed")
    wrong = api.post(API, {"text": TITLED.replace("owner", "ownr")}, format="json")
    assert wrong.status_code == 422
    assert api.post(API, {}, format="json").status_code == 422
    stale = api.post(API, {"text": TITLED, "before": "x"}, format="json")
    assert (stale.status_code, stale.json()["id"]) == (409, "changed-meanwhile")
    assert api_for(alice, scopes=["catalog:read"]).post(API, {"text": TITLED}, format="json").status_code == 403


def test_what_no_proposal_reaches_is_changed_by_hand_and_is_not_removed_here(
    github: FakeGitHub, browser: Client, alice: User, tmp_path: Path
) -> None:
    folder = Folder(tmp_path / "one")
    folder.write("a.yaml", ORDERS)
    folder.sync()
    assert EDIT not in browser.get("/catalog/default/component/orders").content.decode()
    with pytest.raises(PermissionRefused, match="It stands in .*a.yaml"):
        propose_change(entity=orders(), text=TITLED, by=alice)


def test_what_stands_in_a_repository_is_not_removed_on_a_page(github: FakeGitHub, browser: Client) -> None:
    on_github(github)
    assert browser.post("/catalog/default/component/orders/removal").status_code == 403
    assert Entity.objects.present().filter(name="orders").exists()


def test_without_a_token_for_its_host_the_way_out_is_named(
    github: FakeGitHub, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from catalog.config import AppConfig
    from tests.integration.conftest import use

    on_github(github)
    use(monkeypatch, AppConfig())
    page = browser.get(EDIT)
    assert page.status_code == 403
    assert "It stands in https://github.test/acme/shop/tree/main/catalog-info.yaml" in page.content.decode()

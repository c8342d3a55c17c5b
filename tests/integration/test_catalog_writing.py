"""Entities written on a page: judged as they are typed, kept when right, and nothing typed lost."""

from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import User
from audit.models import Event
from catalog.kinds import known_kinds
from catalog.models import Entity
from catalog.views.writing import beginning
from tests.integration.test_catalog_sync import Folder, component

pytestmark = pytest.mark.django_db
SHOP = "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata:\n  name: shop\nspec:\n  owner: orders-team\n"


@pytest.fixture
def browser(alice: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(alice)


def written(browser: Client, text: str = SHOP) -> Entity:
    assert browser.post("/catalog/new", {"text": text}).status_code == 302
    return Entity.objects.get(ref="system:default/shop")


def test_a_right_text_is_kept_and_leads_to_its_entity(browser: Client) -> None:
    answer = browser.post("/catalog/new", {"text": SHOP.replace("\n", "\r\n")})
    assert answer["location"] == "/catalog/default/system/shop"
    assert "Edit" in browser.get(answer["location"]).content.decode()
    assert Event.objects.filter(verb="entity.added", subject_id="system:default/shop").exists()


def test_a_wrong_text_stays_with_its_lines(browser: Client) -> None:
    text = SHOP.replace("  owner: orders-team\n", "  ownr: <b>me</b>\n")
    answer = browser.post("/catalog/new", {"text": text})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "ownr: &lt;b&gt;me&lt;/b&gt;" in page
    assert "Line 5" in page
    assert "Did you mean owner by ownr?" in page
    assert not Entity.objects.exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There is no entity yet"),
        ("a: [", "Line"),
        ("- 1", "Expected object"),
        (SHOP + "---\n" + SHOP, "is here again"),
        (SHOP.replace("orders-team", "group:default/others"), "you are not a member"),
        ("x: " + "y" * 600_000, "more than 500 KB"),
    ],
)
def test_whatever_is_typed_is_answered_beside_it(browser: Client, text: str, words: str) -> None:
    answer = browser.post("/catalog/new/verdict", {"text": text})
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not Entity.objects.exists()


def test_what_would_be_kept_is_said_before(browser: Client) -> None:
    assert "Added" in browser.post("/catalog/new/verdict", {"text": SHOP}).content.decode()
    written(browser)
    changed = {"text": SHOP.replace("shop\n", "shop\n  title: Shop\n"), "ref": "system:default/shop"}
    assert "Changed" in browser.post("/catalog/new/verdict", changed).content.decode()
    assert Entity.objects.get().title == ""


def test_an_entity_is_edited_as_it_was_written(browser: Client) -> None:
    written(browser)
    page = browser.get("/catalog/default/system/shop/edit").content.decode()
    assert "name: shop" in page
    assert "managed-by" not in page
    browser.post("/catalog/default/system/shop/edit", {"text": SHOP.replace("shop\n", "shop\n  title: Shop\n")})
    assert Entity.objects.get().title == "Shop"
    renamed = browser.post("/catalog/default/system/shop/edit", {"text": SHOP.replace("shop", "till")})
    assert renamed.status_code == 422
    assert "This must be about system:default/shop" in renamed.content.decode()


def test_an_entity_is_removed_and_can_be_brought_back(browser: Client) -> None:
    written(browser)
    assert browser.post("/catalog/default/system/shop/removal").status_code == 302
    assert not Entity.objects.present().exists()
    browser.post("/catalog/default/system/shop/restoration")
    assert Entity.objects.present().get().name == "shop"


def test_what_was_brought_back_is_edited_and_removed_like_what_was_written(browser: Client) -> None:
    written(browser)
    browser.post("/catalog/default/system/shop/removal")
    browser.post("/catalog/default/system/shop/restoration")
    page = browser.get("/catalog/default/system/shop").content.decode()
    assert "/catalog/default/system/shop/edit" in page
    browser.post("/catalog/default/system/shop/edit", {"text": SHOP.replace("shop\n", "shop\n  title: Shop\n")})
    edited = Entity.objects.present().select_related("source").get()
    assert (edited.title, edited.source.target) == ("Shop", "portal:pages")
    browser.post("/catalog/default/system/shop/removal")
    browser.post("/catalog/default/system/shop/restoration")
    browser.post("/catalog/default/system/shop/removal")
    assert not Entity.objects.present().exists()


def test_what_stands_in_a_file_is_edited_there_and_others_write_nothing_of_ours(
    browser: Client, tmp_path: object, charlie: User, client_for: Callable[[User], Client]
) -> None:
    folder = Folder(tmp_path / "one")  # type: ignore[operator]
    folder.write("a.yaml", component("orders"))
    folder.sync()
    refused = browser.get("/catalog/default/component/orders/edit")
    assert refused.status_code == 403
    assert "Change it there" in refused.content.decode()
    written(browser)
    outsider = client_for(charlie)
    assert outsider.get("/catalog/default/system/shop/edit").status_code == 403
    assert outsider.post("/catalog/default/system/shop/removal").status_code == 403
    assert "/edit" not in outsider.get("/catalog/default/system/shop").content.decode()


def test_there_is_a_beginning_for_each_kind(browser: Client) -> None:
    for kind in known_kinds():
        assert f"kind: {kind}\n" in beginning(kind)
    assert browser.get("/catalog/new?kind=Nonsense").status_code == 200

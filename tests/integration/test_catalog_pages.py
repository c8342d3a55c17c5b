"""Pages of the catalog as people see them, and what they cost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from catalog.actions import register_source, sync_source
from catalog.models import Source

pytestmark = pytest.mark.django_db
BUDGET = 8
#: The session and the person, which every page asks for.
SIGNED_IN = 2


def document(kind: str, name: str, spec: str, metadata: str = "") -> str:
    return f"apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata: {{name: {name}{metadata}}}\nspec: {{{spec}}}\n"


@pytest.fixture
def source(tmp_path: Path) -> Source:
    service = "type: service, lifecycle: production, owner: orders-team"
    texts = [document("Component", f"service-{n}", service) for n in range(60)]
    texts += [
        document(
            "Component", "orders", f"{service}, system: shop, dependsOn: ['component:nowhere']", ", title: Orders"
        ),
        document(
            "Component", "odd", "type: website, lifecycle: x, owner: stock-team", ", description: '*Odd* <b>one</b>'"
        ),
        document("System", "shop", "owner: orders-team"),
        document("Group", "orders-team", "type: team, children: [], members: [alice]"),
        document("Component", "broken", "type: service"),
    ]
    (tmp_path / "all.yaml").write_text("---\n".join(texts))
    made = register_source(kind="folder", target=str(tmp_path), by=None)
    sync_source(source=made, by=None)
    return made


@pytest.fixture
def browser(source: Source, alice: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(alice)


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, path
    return answer.content.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/catalog",
        "/catalog?kind=Component&type=service&owner=group:default/orders-team&q=service&page=2",
        "/catalog/default/component/orders",
        "/catalog/default/group/orders-team",
        "/catalog/sources",
        "/catalog/problems",
    ],
)
def test_a_page_stays_within_its_queries(browser: Client, path: str) -> None:
    page(browser, path)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page(browser, path)
    assert len(asked) <= BUDGET + SIGNED_IN, [query["sql"][:120] for query in asked]


def test_filters_stand_in_the_address_and_their_counts_beside_them(browser: Client) -> None:
    html = page(browser, "/catalog?kind=Component&type=website")
    assert "odd" in html
    assert "service-1" not in html
    assert "Remove the filter type" in html


def test_nothing_that_matches_says_how_to_see_more(browser: Client) -> None:
    html = page(browser, "/catalog?type=website&owner=group:default/orders-team")
    assert "Nothing matches all 2 filters" in html


def test_an_empty_catalog_says_how_to_begin(alice: User, client_for: Callable[[User], Client]) -> None:
    assert "The catalog is empty" in page(client_for(alice), "/catalog")


def test_a_value_that_is_strange_does_no_harm(browser: Client) -> None:
    for query in ("page=x", "page=999", "sort=nothing", "q=%27%22%3C", "kind=", "q=%26%7C%21", "q=%00", "tag=%00"):
        assert browser.get(f"/catalog?{query}").status_code == 200, query


def test_the_list_comes_as_csv_without_formulas(browser: Client) -> None:
    answer = browser.get("/catalog?kind=Component&format=csv")
    lines = answer.content.decode().splitlines()
    assert answer["content-type"] == "text/csv"
    assert lines[0] == "ref,title,type,lifecycle,owner,system,description"
    assert len(lines) == 63


def test_an_entity_shows_owner_system_and_relations_that_lead_nowhere(browser: Client) -> None:
    html = page(browser, "/catalog/default/component/orders")
    assert 'href="/catalog/default/group/orders-team"' in html
    assert 'href="/catalog/default/system/shop"' in html
    assert "not in the catalog" in html
    assert "Why it is here" in html


def test_descriptions_are_markdown_and_never_html(browser: Client) -> None:
    html = page(browser, "/catalog/default/component/odd")
    assert "<em>Odd</em> &lt;b&gt;one" in html


def test_a_group_shows_members_and_what_it_owns(browser: Client) -> None:
    html = page(browser, "/catalog/default/group/orders-team")
    assert "Members" in html
    assert "Owns" in html


def test_what_is_not_there_is_said_with_its_problems_and_what_is_close(browser: Client) -> None:
    html = page(browser, "/catalog/default/component/broken", 404)
    assert "It could not be read" in html
    assert "service-1" in page(browser, "/catalog/default/component/service-x", 404)


def test_other_spellings_of_an_address_lead_to_the_one(browser: Client) -> None:
    answer = browser.get("/catalog/default/Component/ORDERS")
    assert answer.status_code == 302
    assert answer["location"] == "/catalog/default/component/orders"


def test_a_sync_on_the_page_says_what_changed(browser: Client, source: Source) -> None:
    (Path(source.target) / "new.yaml").write_text(document("System", "mail", "owner: orders-team"))
    answer: Any = browser.post(f"/catalog/sources/{source.pk}/sync", follow=True)
    assert "1 added" in answer.content.decode()


def test_only_an_admin_unregisters(
    browser: Client, source: Source, pat: User, client_for: Callable[[User], Client]
) -> None:
    assert browser.post(f"/catalog/sources/{source.pk}/removal").status_code == 403
    asked = client_for(pat).post(f"/catalog/sources/{source.pk}/removal")
    assert "Unregister this source?" in asked.content.decode()
    assert Source.objects.filter(pk=source.pk).exists()
    assert client_for(pat).post(f"/catalog/sources/{source.pk}/removal", {"sure": "1"}).status_code == 302
    assert not Source.objects.filter(pk=source.pk).exists()


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("http://127.0.0.1/catalog-info.yaml", "leads to a private address"),
        ("http://nowhere.invalid/catalog-info.yaml", "There is no host"),
        ("ftp://example.com", "no web address"),
        ("https://example.com:99999/catalog-info.yaml", "no port that there can be"),
    ],
)
def test_a_url_that_cannot_be_read_is_said_beside_its_field(browser: Client, target: str, said: str) -> None:
    answer = browser.get("/catalog/register", {"target": target})
    html = answer.content.decode()
    assert answer.status_code >= 400
    assert said in html
    assert f'value="{target}"' in html
    assert 'aria-invalid="true"' in html


def test_every_tab_of_an_entity_has_the_same_head(browser: Client) -> None:
    for tab in ("", "/source", "/history"):
        head = page(browser, f"/catalog/default/component/orders{tab}").partition('class="tabs"')[0]
        assert "/catalog/default/group/orders-team" in head
        assert "/catalog/default/system/shop" in head


def test_the_column_that_sorts_is_told_to_all(browser: Client) -> None:
    assert '<th scope="col" aria-sort="ascending"><a class="sort" href="?sort=-name"' in page(browser, "/catalog")
    assert 'aria-sort="descending"' in page(browser, "/catalog?sort=-name")
    assert 'aria-sort="ascending"' in page(browser, "/catalog?sort=nonsense")


def test_the_history_shows_what_was_changed(browser: Client, source: Source) -> None:
    file = Path(source.target) / "all.yaml"
    file.write_text(file.read_text().replace("title: Orders", "title: Orders and returns"))
    sync_source(source=source, by=None)
    text = page(browser, "/catalog/default/component/orders/history")
    assert "+  title: Orders and returns" in text
    assert "-  title: Orders" in text


def test_what_is_gone_is_listed_and_brought_back_by_its_team_alone(
    browser: Client, source: Source, charlie: User, client_for: Callable[[User], Client]
) -> None:
    file = Path(source.target) / "all.yaml"
    file.write_text(file.read_text().replace("name: orders,", "name: renamed,"))
    sync_source(source=source, by=None)
    assert "bring it back" in page(browser, "/catalog/default/component/orders", 404)
    assert "Bring it back" in page(browser, "/catalog/removed")
    outsider = client_for(charlie)
    assert "Bring it back" not in page(outsider, "/catalog/removed")
    assert outsider.post("/catalog/default/component/orders/restoration").status_code == 403
    assert browser.post("/catalog/default/component/orders/restoration").status_code == 302
    assert "Orders" in page(browser, "/catalog/default/component/orders")
    assert "Nothing was removed" in page(browser, "/catalog/removed")

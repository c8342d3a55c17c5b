"""Problems by stage, source and text; names that two claim; what comes from a source that fails."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import User
from catalog.actions import register_source, sync_source
from catalog.models import Source
from tests.integration.test_catalog_sync import Folder, component

pytestmark = pytest.mark.django_db
REF = "component:default/orders"


@pytest.fixture
def first(tmp_path: Any) -> Folder:
    made = Folder(tmp_path / "first")
    made.write("a.yaml", component("orders"), component("stock"))
    made.sync()
    return made


@pytest.fixture
def second(tmp_path: Any, first: Folder) -> Folder:
    made = Folder(tmp_path / "second")
    made.write("b.yaml", component("till"), component("orders"))
    made.write("c.yaml", "kind: [")
    made.sync()
    return made


@pytest.fixture
def browser(alice: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(alice)


@pytest.fixture
def api(alice: User, api_for: Callable[..., APIClient]) -> APIClient:
    return api_for(alice)


def page(browser: Client, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_a_conflict_names_both_claimants_and_the_way_out(first: Folder, second: Folder, browser: Client) -> None:
    for address in ("/catalog/problems", "/catalog/default/component/orders", f"/catalog/sources/{second.source.pk}"):
        html = page(browser, address)
        assert f"<b>{REF}</b> is claimed twice" in html
        assert 'href="/catalog/default/component/orders"' in html
        assert f'href="/catalog/sources/{first.source.pk}"' in html
        assert f'href="/catalog/sources/{second.source.pk}"' in html
        assert "b.yaml" in html
        assert "Way out: rename one" in html


def test_a_conflict_whose_holder_is_gone_says_so(first: Folder, second: Folder, browser: Client) -> None:
    first.write("a.yaml", component("stock"), component("other"))
    first.sync()
    assert "What held it is gone" in page(browser, "/catalog/problems?stage=conflict")
    second.sync()
    assert "Nothing matches" in page(browser, "/catalog/problems?stage=conflict")


def test_problems_are_narrowed_by_what_stands_in_the_address(second: Folder, browser: Client) -> None:
    everything = page(browser, "/catalog/problems")
    assert 'Conflicts <span class="count">1</span>' in everything
    assert 'Not YAML <span class="count">1</span>' in everything
    assert "c.yaml" in everything
    conflicts = page(browser, "/catalog/problems?stage=conflict")
    assert REF in conflicts
    assert "c.yaml" not in conflicts
    assert 'Not YAML <span class="count">1</span>' in conflicts
    assert "c.yaml" not in page(browser, "/catalog/problems?q=b.yaml")
    assert "c.yaml" in page(browser, f"/catalog/problems?source={second.source.pk}&kind=folder")
    assert "Nothing matches" in page(browser, "/catalog/problems?kind=git")


@pytest.mark.parametrize(
    "query",
    ["stage=nothing", "kind=%00x", "source=x", "source=99999999999999999999999", "source=٣", "q=%25%00", "page=x"],
)
def test_what_no_problem_fits_is_a_page_too(second: Folder, browser: Client, query: str) -> None:
    page(browser, f"/catalog/problems?{query}")


def test_problems_of_files_outlive_a_failure_of_the_whole_source(second: Folder, api: APIClient) -> None:
    def stages() -> list[str]:
        return sorted(item["stage"] for item in api.get("/api/v1/problems").json()["items"])

    away = second.path.rename(second.path.with_name("away"))
    assert second.sync().state == "failed"
    assert stages() == ["conflict", "parse", "read"]
    away.rename(second.path)
    assert second.sync().state == "ok"
    assert stages() == ["conflict", "parse"]


def test_a_file_that_could_not_be_read_for_a_while_keeps_no_trace_of_that(tmp_path: Any, api: APIClient) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(component("till") + "---\nkind: [\n")
    source = register_source(kind="file", target=str(file), by=None)
    sync_source(source=source, by=None)
    away = file.rename(tmp_path / "away")
    sync_source(source=source, by=None)
    away.rename(file)
    assert sync_source(source=source, by=None).state == "ok"
    assert [problem.stage for problem in source.problems.all()] == ["parse"]


def test_an_entity_that_keeps_its_last_good_words_shows_what_is_wrong_with_its_file(
    first: Folder, second: Folder, browser: Client
) -> None:
    first.write("a.yaml", component("orders", owner="others"), "kind: [")
    first.sync()
    assert "Not valid YAML" in page(browser, "/catalog/default/component/stock")
    assert "Not valid YAML" not in page(browser, "/catalog/default/component/till")


def test_without_problems_there_is_nothing_to_filter(first: Folder, browser: Client) -> None:
    html = page(browser, "/catalog/problems")
    assert "Nothing is wrong" in html
    assert "Filter the problems" not in html


def test_scripts_have_the_same_filters(first: Folder, second: Folder, api: APIClient) -> None:
    def found(query: str) -> list[str]:
        return [item["stage"] for item in api.get(f"/api/v1/problems?{query}").json()["items"]]

    assert sorted(found("")) == ["conflict", "parse"]
    assert found("stage=conflict") == found("q=orders") == ["conflict"]
    assert found(f"source={first.source.pk}") == found("kind=git") == []
    assert len(found(f"source={second.source.pk}&kind=folder")) == 2
    for query in ("source=x", "source=", "stage=x", "kind=x"):
        assert api.get(f"/api/v1/problems?{query}").status_code == 422


def fail(folder: Folder, state: str = "failed") -> None:
    """As if the source had been read well three hours ago, and not since."""
    long_ago = timezone.now() - timedelta(hours=3, minutes=1)
    Source.objects.filter(pk=folder.source.pk).update(state=state, good_at=long_ago, error="It does not answer.")


@pytest.mark.parametrize(
    ("state", "words"), [("failed", "has failed"), ("held", "waits for a decision"), ("ok", "has not been read")]
)
def test_an_entity_of_a_source_that_is_not_read_says_how_old_it_is(
    first: Folder, browser: Client, api: APIClient, state: str, words: str
) -> None:
    address = "/catalog/default/component/orders"
    assert "As of" not in page(browser, address)
    assert api.get(f"/api/v1/entities/{REF}").json()["is_stale"] is False
    fail(first, state)
    html = page(browser, address)
    assert "3 hours ago</time>.</b> Its source" in html
    assert words in html
    assert f'href="/catalog/sources/{first.source.pk}"' in html
    told = api.get(f"/api/v1/entities/{REF}").json()
    assert (told["is_stale"], told["source"]["id"]) == (True, first.source.pk)
    assert api.get(f"/api/v1/sources/{first.source.pk}").json()["is_stale"] is True
    assert "stale" not in api.get("/api/catalog/entities/by-name/component/default/orders").content.decode()


def test_what_is_stale_is_marked_in_the_list_and_found_by_it(first: Folder, second: Folder, browser: Client) -> None:
    fail(first)
    listed = page(browser, "/catalog")
    assert listed.count("</svg>stale</span>") == 2
    found = page(browser, "/catalog?stale=true")
    assert "orders</a>" in found
    assert "till</a>" not in found
    assert 'aria-label="Remove the filter stale"' in found


def test_a_sync_that_goes_well_makes_it_fresh_again(first: Folder, browser: Client) -> None:
    fail(first)
    first.source.refresh_from_db()
    first.sync()
    assert "stale</span>" not in page(browser, "/catalog")
    assert "Nothing matches" in page(browser, "/catalog?stale=true")


def test_what_nobody_reads_is_never_stale(db: None) -> None:
    long_ago = timezone.now() - timedelta(days=30)
    made = [
        Source(kind="upload", state="ok", good_at=long_ago),
        Source(kind="portal", state="new", created_at=long_ago),
        Source(kind="url", state="new", created_at=long_ago),
        Source(kind="url", state="ok", good_at=timezone.now() - timedelta(minutes=20)),
        Source(kind="url", state="ok", good_at=long_ago, interval=timedelta(days=11)),
    ]
    assert not [source for source in made if source.is_stale]
    assert Source(kind="url", state="ok", good_at=long_ago).is_stale

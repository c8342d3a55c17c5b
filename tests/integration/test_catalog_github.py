"""A GitHub organisation becomes part of the catalog, and nothing that GitHub does makes it vanish."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.actions import register_source, sync_source
from catalog.config import AppConfig, ReadingAllow, parse
from catalog.models import CachedAnswer, Entity, Problem, Source
from catalog.sources.registry import reader_for
from common.errors import UserError
from integrations.fake_rest import Fault, Reply
from integrations.github.fake import FakeGitHub
from tests.integration.conftest import use

pytestmark = pytest.mark.django_db


def component(name: str, extra: str = "") -> str:
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n{extra}"
        "spec:\n  type: service\n  lifecycle: production\n  owner: orders-team\n"
    )


def info(name: str, **others: str) -> dict[str, str]:
    return {"catalog-info.yaml": component(name), **others}


def acme(**options: object) -> Source:
    return register_source(kind="github", target="https://github.test/acme", options=options, by=None)


def sync(source: Source) -> str:
    result = sync_source(source=source, by=None)
    return f"{result.state}: {result.error}"


def names() -> list[str]:
    return sorted(Entity.objects.present().values_list("name", flat=True))


def test_every_repository_with_a_catalog_file_is_in_the_catalog(github: FakeGitHub) -> None:
    github.add("acme/orders", info("orders"))
    github.add("acme/nothing", {"README.md": "x"})
    github.add("acme/empty")
    github.add("other/theirs", info("theirs"))
    source = acme()
    assert sync(source) == "ok: "
    assert names() == ["orders"]
    orders = Entity.objects.get(name="orders")
    assert orders.location == "https://github.test/acme/orders/tree/main/catalog-info.yaml"
    notes = orders.data["metadata"]["annotations"]
    assert notes["backstage.io/managed-by-origin-location"] == "url:https://github.test/acme"
    assert notes["backstage.io/source-location"] == "url:https://github.test/acme/orders/tree/main/"
    source.refresh_from_db()
    assert source.counts["budget"]["limit"] == 5000


def test_what_is_not_pushed_to_costs_no_request(github: FakeGitHub) -> None:
    location = (
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec: {targets: [./more.yaml]}\n"
    )
    files = {"catalog-info.yaml": location, "more.yaml": component("orders", "  description: {$text: ./about.txt}\n")}
    made = github.add("acme/orders", {**files, "about.txt": "Takes orders"})
    github.add("acme/stock", info("stock"))
    source = acme()
    sync(source)
    assert names() == ["all", "orders", "stock"]
    assert Entity.objects.get(name="orders").description == "Takes orders"
    github.requests.clear()
    sync(source)
    assert [asked.path for asked in github.requests] == ["/orgs/acme/repos"]
    made.push({**files, "about.txt": "Takes more orders"})
    github.requests.clear()
    sync(source)
    assert Entity.objects.get(name="orders").description == "Takes more orders"
    assert github.asked_for("/repos/acme/stock") == []


def test_an_unchanged_organisation_writes_nothing_but_that_it_was_read(github: FakeGitHub) -> None:
    for name in ("orders", "stock"):
        github.add(f"acme/{name}", info(name))
    source = acme()
    sync(source)
    with CaptureQueriesContext(connection) as asked:
        sync(source)
    written = [query["sql"] for query in asked if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert len(written) == 1
    assert written[0].startswith('UPDATE "catalog_source"')


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, ["fork", "plain", "private"]),
        ({"filters": {"repository": "p.*"}}, ["plain", "private"]),
        ({"filters": {"allow_archived": True, "allow_forks": False}}, ["archived", "plain", "private"]),
        ({"filters": {"visibility": ["private"]}}, ["private"]),
        ({"filters": {"topic": {"include": ["go"]}}}, ["plain"]),
        ({"filters": {"topic": {"exclude": ["go"]}}}, ["fork", "private"]),
        ({"filters": {"branch": "next"}}, ["plain-next"]),
        ({"catalog_path": "/**/catalog-info.yaml"}, ["fork", "inner", "plain", "private"]),
    ],
)
def test_options_choose_repositories_branch_and_files(github: FakeGitHub, options: dict, found: list[str]) -> None:
    plain = github.add("acme/plain", info("plain", **{"d/catalog-info.yaml": component("inner")}), topics=("go",))
    plain.branches["next"] = info("plain-next")
    github.add("acme/fork", info("fork"), fork=True)
    github.add("acme/archived", info("archived"), archived=True)
    github.add("acme/private", info("private"), visibility="private")
    assert sync(acme(**options)) == "ok: "
    assert names() == found


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/repos/acme/stock", Reply(403, {"message": "Resource not accessible"})),
        Fault("/repos/acme/stock", Reply(500, b"oops")),
        Fault("/repos/acme/stock", truncated=True),
        Fault("/repos/acme/stock", Reply(404, {"message": "Not Found"})),
        Fault("/repos/acme/stock/contents", Reply(404, {"message": "Not Found"})),
    ],
)
def test_a_repository_that_fails_keeps_what_it_said_and_the_others_go_on(github: FakeGitHub, fault: Fault) -> None:
    orders, stock = github.add("acme/orders", info("orders")), github.add("acme/stock", info("stock"))
    source = acme()
    sync(source)
    orders.push(info("orders-2"))
    stock.push(info("stock-2"))
    github.faults = [fault]
    assert sync(source) == "ok: "
    assert names() == ["orders-2", "stock"]
    problem = Problem.objects.get()
    assert problem.file == "https://github.test/acme/stock/tree/main/catalog-info.yaml"
    github.faults = []
    sync(source)
    assert names() == ["orders-2", "stock-2"]
    assert not Problem.objects.exists()


def test_a_file_that_is_gone_takes_its_entities_along(github: FakeGitHub) -> None:
    stock = github.add("acme/stock", info("stock"))
    github.add("acme/orders", info("orders"))
    source = acme()
    sync(source)
    stock.push({"README.md": "x"})
    assert sync(source) == "ok: "
    assert names() == ["orders"]
    assert not Problem.objects.exists()


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/orgs/acme/repos", Reply(429, {"message": "slow down"}, {"Retry-After": "7200"})),
        Fault("/orgs/acme/repos", Reply(500, b"")),
        Fault("/orgs/acme/repos", truncated=True),
        Fault("/orgs/acme/repos.*page=2", Reply(500, b"")),
        Fault("/orgs/acme/repos", Reply(404, {"message": "Not Found"})),
        Fault("/repos/", Reply(429, {"message": "slow down"}, {"Retry-After": "7200"})),
        Fault("/repos/", Reply(401, {"message": "Bad credentials"})),
    ],
)
def test_a_host_that_refuses_makes_nothing_vanish(github: FakeGitHub, fault: Fault) -> None:
    made = [github.add(f"acme/{name}", info(name)) for name in ("orders", "stock")]
    source = acme()
    sync(source)
    for one in made:
        one.push({})
    github.faults, github.page_size = [fault], 1
    assert sync(source).startswith("failed: ")
    assert names() == ["orders", "stock"]


def test_a_limited_source_is_read_again_when_the_limit_ends_and_goes_on_where_it_stopped(github: FakeGitHub) -> None:
    for number in range(30):
        github.add(f"acme/service-{number}", info(f"service-{number}"))
    source = acme()
    github.remaining = 25
    assert "no more requests until" in sync(source)
    source.refresh_from_db()
    assert source.next_sync_at > datetime.now(UTC) + timedelta(minutes=50)
    assert source.counts["budget"]["remaining"] == 0
    assert names() == []
    github.remaining = 45
    assert sync(source) == "ok: "
    assert len(names()) == 30


def test_a_host_that_falls_silent_is_not_asked_for_every_repository(github: FakeGitHub) -> None:
    for number in range(40):
        github.add(f"acme/service-{number}", info(f"service-{number}"))
    github.faults = [Fault("/repos/", truncated=True)]
    assert sync(acme()).startswith("failed: ")
    assert len(github.asked_for("/repos/")) < 60


def test_a_renamed_repository_moves_its_entities_and_they_keep_their_uid(github: FakeGitHub) -> None:
    made = github.add("acme/orders", info("orders"))
    source = acme()
    sync(source)
    before = Entity.objects.get(name="orders")
    github.rename(made, "orders-service")
    assert sync(source) == "ok: "
    after = Entity.objects.get(name="orders")
    assert (after.uid, after.location) == (
        before.uid,
        "https://github.test/acme/orders-service/tree/main/catalog-info.yaml",
    )


def test_a_repository_that_is_renamed_and_fails_keeps_what_it_said(github: FakeGitHub) -> None:
    made = github.add("acme/orders", info("orders"))
    source = acme()
    sync(source)
    github.rename(made, "orders-service")
    github.faults = [Fault("/repos/acme/orders-service", Reply(403, {"message": "no"}))]
    sync(source)
    assert names() == ["orders"]


def test_one_name_in_two_repositories_is_a_problem_and_the_first_counts(github: FakeGitHub) -> None:
    github.add("acme/a", info("orders"))
    github.add("acme/b", info("orders"))
    sync(acme())
    assert names() == ["orders"]
    assert "is here again" in Problem.objects.get().message


def test_what_another_repository_points_at_does_not_spoil_what_is_kept_of_one_that_fails(github: FakeGitHub) -> None:
    location = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec: {target: '%s'}\n"
    stock = github.add("acme/stock", info("stock", **{"x.yaml": component("extra")}))
    github.add("acme/orders", {"catalog-info.yaml": location % "https://github.test/acme/stock/blob/main/x.yaml"})
    source = acme()
    sync(source)
    assert names() == ["all", "extra", "stock"]
    stock.push(info("stock-2", **{"x.yaml": component("extra")}))
    github.faults = [Fault("/repos/acme/stock/contents/catalog-info.yaml", Reply(500, b""))]
    sync(source)
    github.faults = []
    sync(source)
    assert names() == ["all", "extra", "stock-2"]


def test_a_dry_run_keeps_nothing(github: FakeGitHub) -> None:
    from catalog.ingest.pipeline import gather

    github.add("acme/orders", info("orders"))
    found = gather(Source(kind="github", target="https://github.test/acme"))
    assert list(found.wanted) == ["component:default/orders"]
    assert not CachedAnswer.objects.exists()


def test_a_source_that_goes_takes_its_answers_along_and_they_hold_no_token(github: FakeGitHub) -> None:
    github.add("acme/orders", info("orders"))
    sync(acme())
    kept = b" ".join(bytes(row.body) for row in CachedAnswer.objects.all())
    assert kept
    assert b"ghp-secret" not in kept
    assert all(asked.headers["authorization"] == "Bearer ghp-secret" for asked in github.requests)


def test_a_private_file_is_read_by_its_page_with_the_token_of_the_host(github: FakeGitHub) -> None:
    github.add("acme/orders", info("orders"), visibility="private")
    github.tokens = {"ghp-secret"}
    target = "https://github.test/acme/orders/blob/main/catalog-info.yaml"
    assert sync(register_source(kind="url", target=target, by=None)) == "ok: "
    assert Entity.objects.present().filter(name="orders").exists()


def test_files_are_listed_by_a_pattern_once_until_something_is_pushed(github: FakeGitHub) -> None:
    github.add("acme/orders", info("orders", **{"a/x.yaml": "x", "b/x.yaml": "x", "b/y.yaml": "y"}))
    source, root = acme(), "https://github.test/acme/orders/tree/main/"
    for _ in range(2):
        reader = reader_for(source)
        reader.files()
        assert reader.matching(f"{root}*/x.yaml") == [f"{root}a/x.yaml", f"{root}b/x.yaml"]
        reader.finish()
    assert len(github.asked_for("/git/trees/")) == 1
    with pytest.raises(UserError, match="cannot be listed"):
        reader.matching("https://example.com/*.yaml")


def test_a_github_app_speaks_for_the_organisation_it_is_installed_in(
    github: FakeGitHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    app = {"appId": 12, "privateKey": text}
    named = [{"host": "github.test", "apiBaseUrl": github.url, "apps": [app]}]
    hosts = parse({"integrations": {"github": named}}).hosts
    use(monkeypatch, AppConfig(reading_allow=(ReadingAllow(github.netloc),), hosts=hosts))
    github.tokens, github.installations = {"none"}, {"acme": 7}
    github.add("acme/orders", info("orders"), visibility="private")
    source = acme()
    assert sync(source) == "ok: "
    assert names() == ["orders"]
    assert {asked.headers["authorization"] for asked in github.asked_for("/repo|/orgs/acme/repos")} == {"Bearer ghs_1"}
    assert text.splitlines()[1] not in str(list(CachedAnswer.objects.values())) + repr(hosts)
    github.installations = {}
    assert "ok" in sync(source), "the token lives for an hour"


def test_an_app_that_is_not_installed_says_so(github: FakeGitHub, monkeypatch: pytest.MonkeyPatch) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    named = [{"host": "github.test", "apiBaseUrl": github.url, "apps": [{"appId": 13, "privateKey": text}]}]
    hosts = parse({"integrations": {"github": named}}).hosts
    use(monkeypatch, AppConfig(reading_allow=(ReadingAllow(github.netloc),), hosts=hosts))
    assert "is not installed for acme. Install it" in sync(acme())

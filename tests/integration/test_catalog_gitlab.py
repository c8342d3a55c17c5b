"""A GitLab group becomes part of the catalog: projects, people, and nothing vanishes."""

import pytest

from catalog.actions import register_source, sync_source
from catalog.models import Entity, Problem, Source
from integrations.fake_rest import Fault, Reply
from integrations.gitlab.fake import FakeGitLab

pytestmark = pytest.mark.django_db


def component(name: str, extra: str = "") -> str:
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n{extra}"
        "spec:\n  type: service\n  lifecycle: production\n  owner: orders-team\n"
    )


def info(name: str, **others: str) -> dict[str, str]:
    return {"catalog-info.yaml": component(name), **others}


@pytest.fixture
def acme(gitlab: FakeGitLab) -> FakeGitLab:
    gitlab.groups = {"acme": ["alice"], "acme/shop": ["bob", "charlie"], "acme/shop/cooks": ["bob"]}
    return gitlab


def projects(**options: object) -> Source:
    return register_source(kind="gitlab", target="https://gitlab.test/acme", options=options, by=None)


def sync(source: Source) -> str:
    result = sync_source(source=source, by=None)
    return f"{result.state}: {result.error}"


def names() -> list[str]:
    return sorted(Entity.objects.present().values_list("name", flat=True))


def test_every_project_with_a_catalog_file_is_in_the_catalog(acme: FakeGitLab) -> None:
    text = component("orders", "  description: {$text: ./docs/about.txt}\n")
    acme.add("acme/shop/orders", {"catalog-info.yaml": text, "docs/about.txt": "Takes orders"})
    acme.add("acme/empty")
    acme.add("acme/nothing", {"README.md": "x"})
    assert sync(projects()) == "ok: "
    orders = Entity.objects.get()
    assert orders.description == "Takes orders"
    assert orders.location == "https://gitlab.test/acme/shop/orders/-/blob/main/catalog-info.yaml"
    notes = orders.data["metadata"]["annotations"]
    root = "https://gitlab.test/acme/shop/orders/-"
    assert notes["backstage.io/view-url"] == f"{root}/blob/main/catalog-info.yaml"
    assert notes["backstage.io/edit-url"] == f"{root}/edit/main/catalog-info.yaml"
    assert notes["backstage.io/source-location"] == f"url:{root}/tree/main/"
    assert all(asked.headers["authorization"] == "Bearer glpat-secret" for asked in acme.requests)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, ["fork", "inner", "plain"]),
        ({"project_pattern": "^acme/p"}, ["plain"]),
        ({"skip_forks": True, "include_archived": True}, ["archived", "inner", "plain"]),
        ({"topics": ["go"]}, ["plain"]),
        ({"exclude": ["acme/fork", "acme/shop/inner"]}, ["plain"]),
        ({"branch": "next"}, ["plain-next"]),
        ({"catalog_path": "**/catalog-info.yaml"}, ["deep", "fork", "inner", "plain"]),
    ],
)
def test_options_choose_projects_branch_and_files(acme: FakeGitLab, options: dict, found: list[str]) -> None:
    plain = acme.add("acme/plain", info("plain", **{"d/catalog-info.yaml": component("deep")}), topics=("go",))
    plain.branches["next"] = info("plain-next")
    acme.add("acme/shop/inner", info("inner"))
    acme.add("acme/fork", info("fork"), fork=True)
    acme.add("acme/archived", info("archived"), archived=True)
    assert sync(projects(**options)) == "ok: "
    assert names() == found


def test_a_project_without_a_default_branch_is_read_at_the_fallback(acme: FakeGitLab) -> None:
    acme.add("acme/odd", None).branches["trunk"] = info("odd")
    assert sync(projects(fallback_branch="trunk")) == "ok: "
    assert names() == ["odd"]


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Fault("acme%2Fstock", Reply(403, {"message": "403"})), "ok"),
        (Fault("acme%2Fstock", Reply(500, b"")), "ok"),
        (Fault("acme%2Fstock", truncated=True), "ok"),
        (Fault("acme%2Fstock", Reply(404, {"message": "404 Not Found"})), "ok"),
        (Fault("/projects/", Reply(429, b"Retry later", {"Retry-After": "60"})), "failed"),
        (Fault("/groups/", Reply(404, {"message": "404 Group Not Found"})), "failed"),
        (Fault("/groups/", Reply(200, b'[{"id": 1')), "failed"),
    ],
)
def test_what_fails_keeps_what_it_said(acme: FakeGitLab, fault: Fault, state: str) -> None:
    acme.add("acme/orders", info("orders"))
    stock = acme.add("acme/stock", info("stock"))
    source = projects()
    sync(source)
    stock.push({})
    acme.faults = [fault]
    assert sync(source).startswith(state)
    assert names() == ["orders", "stock"]
    acme.faults = []
    assert sync(source) == "ok: "
    assert names() == ["orders"]


def test_a_project_that_moved_to_another_group_keeps_the_uid_of_its_entities(acme: FakeGitLab) -> None:
    made = acme.add("acme/orders", info("orders"))
    source = projects()
    sync(source)
    uid = Entity.objects.get().uid
    made.path = "acme/shop/orders"
    sync(source)
    after = Entity.objects.get()
    assert (after.uid, "acme/shop/orders" in after.location) == (uid, True)


def test_what_is_pointed_at_is_read_again_under_its_etag_until_nothing_points_at_it(acme: FakeGitLab) -> None:
    text = component("orders", "  description: {$text: ./about.txt}\n")
    made = acme.add("acme/orders", {"catalog-info.yaml": text, "about.txt": "one"})
    source = projects()
    sync(source)
    for _ in range(2):
        acme.requests.clear()
        assert sync(source) == "ok: "
        assert len(acme.asked_for("about.txt")) == 1
        assert all("if-none-match" in asked.headers for asked in acme.requests)
    made.push({"catalog-info.yaml": text, "about.txt": "two"})
    sync(source)
    assert Entity.objects.get(name="orders").description == "two"
    for description in ("Takes", "Took", "Will take"):
        text = component("orders", f"  description: {description} orders\n")
        made.push({"catalog-info.yaml": text, "about.txt": "two"})
        sync(source)
    acme.requests.clear()
    sync(source)
    assert acme.asked_for("about.txt") == []


def test_groups_and_members_are_teams_and_people(acme: FakeGitLab) -> None:
    source = register_source(kind="gitlab-org", target="https://gitlab.test/acme", by=None)
    assert sync(source) == "ok: "
    assert not Problem.objects.exists()
    assert names() == ["acme", "alice", "bob", "charlie", "shop", "shop-cooks"]
    bob = Entity.objects.get(ref="user:default/bob").data
    assert bob["spec"]["memberOf"] == ["shop", "shop-cooks"]
    assert bob["metadata"]["annotations"]["gitlab.test/user-login"] == "bob"
    shop = Entity.objects.get(ref="group:default/shop").data
    assert (shop["spec"]["parent"], shop["spec"]["children"]) == ("acme", ["shop-cooks"])


@pytest.mark.parametrize("path", ["/groups/acme%2Fshop/members", "/groups/acme/members/all", "descendant_groups"])
def test_half_of_the_people_is_never_taken_for_all(acme: FakeGitLab, path: str) -> None:
    source = register_source(kind="gitlab-org", target="https://gitlab.test/acme", by=None)
    sync(source)
    before = names()
    acme.groups["acme"] = []
    acme.faults = [Fault(path, Reply(500, b""))]
    assert sync(source).startswith("failed: ")
    assert names() == before


def test_a_private_file_is_read_by_its_page_with_the_token_of_the_host(acme: FakeGitLab) -> None:
    acme.add("acme/shop/orders", info("orders"))
    acme.tokens = {"glpat-secret"}
    target = "https://gitlab.test/acme/shop/orders/-/blob/main/catalog-info.yaml"
    assert sync(register_source(kind="url", target=target, by=None)) == "ok: "
    assert Entity.objects.present().filter(name="orders").exists()

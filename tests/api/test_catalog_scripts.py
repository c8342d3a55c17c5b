"""What scripts have beyond Backstage's API: bulk apply, history, the change feed, the graph, owners."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from catalog.actions import register_source, sync_source, unregister_source
from catalog.entity_actions import forget_removed
from catalog.models import Entity, Source
from tests.integration.test_catalog_sync import Folder, component

pytestmark = pytest.mark.django_db
TEAM = "group:default/orders-team"


def system(name: str, owner: str = TEAM, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "System",
        "metadata": {"name": name, **metadata},
        "spec": {"owner": owner},
    }


@pytest.fixture
def api(alice: User, api_for: Callable[..., APIClient]) -> APIClient:
    return api_for(alice)


def apply(api: APIClient, *entities: Any, status: int = 200, **options: Any) -> Any:
    answer = api.post("/api/v1/entities", {"entities": list(entities), **options}, format="json")
    assert answer.status_code == status, answer.content
    return answer.json()


def changes(answer: Any) -> dict[str, str]:
    return {item["ref"]: item["change"] for item in answer["items"]}


def test_entities_are_added_changed_and_left_alone(api: APIClient) -> None:
    assert changes(apply(api, system("shop"), system("till"))) == {
        "system:default/shop": "added",
        "system:default/till": "added",
    }
    again = apply(api, system("shop", title="The shop"), system("till"))
    assert changes(again) == {"system:default/shop": "changed", "system:default/till": "unchanged"}
    assert "+  title: The shop" in again["items"][0]["diff"]
    served = api.get("/api/catalog/entities/by-name/system/default/shop").json()
    assert served["metadata"]["title"] == "The shop"
    assert served["metadata"]["annotations"]["backstage.io/managed-by-location"] == "portal:api"


def test_a_dry_run_answers_the_same_and_keeps_nothing(api: APIClient) -> None:
    answer = apply(api, system("shop"), dry_run=True)
    assert changes(answer) == {"system:default/shop": "added"}
    assert not Entity.objects.exists()
    assert not Source.objects.exists()


def test_one_wrong_entity_holds_all_back_and_is_named_by_its_number_and_field(api: APIClient) -> None:
    wrong = {**system("till"), "spec": {}}
    answer = apply(api, system("shop"), wrong, {"kind": 7}, status=422)
    paths = [error["path"] for error in answer["errors"]]
    assert "entities[1].spec" in paths
    assert any(path.startswith("entities[2]") for path in paths)
    assert not Entity.objects.exists()


@pytest.mark.parametrize(
    ("entities", "field"),
    [([], "entities"), ([7], "entities[0]"), ([{**system("x"), "spec": {"$text": "./a"}}], "entities[0]")],
)
def test_what_is_no_entity_is_refused(api: APIClient, entities: list[Any], field: str) -> None:
    answer = apply(api, *entities, status=422)
    assert answer["errors"][0]["path"].startswith(field)


def test_the_same_reference_twice_is_refused(api: APIClient) -> None:
    answer = apply(api, system("shop"), system("SHOP"), status=422)
    assert answer["errors"][0]["path"] == "entities[1].metadata.name"


def test_pruning_takes_what_the_set_no_longer_has_and_nothing_of_other_sets(api: APIClient) -> None:
    apply(api, system("shop"), system("till"), set="mine")
    apply(api, system("other"))
    answer = apply(api, system("shop"), set="mine", prune=True)
    assert changes(answer) == {"system:default/shop": "unchanged", "system:default/till": "removed"}
    assert set(Entity.objects.present().values_list("name", flat=True)) == {"shop", "other"}


def test_what_a_file_says_is_not_taken_from_it(api: APIClient, tmp_path: Any) -> None:
    folder = Folder(tmp_path / "one")
    folder.write("a.yaml", component("orders"))
    folder.sync()
    mine = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": "orders"},
        "spec": {"type": "service", "lifecycle": "production", "owner": "orders-team"},
    }
    answer = apply(api, mine, status=409)
    assert str(tmp_path) in answer["detail"]


def test_others_teams_entities_and_teams_themselves_are_not_for_everybody(
    api: APIClient, charlie: User, pat: User, api_for: Callable[..., APIClient]
) -> None:
    apply(api, system("shop"))
    outsider, admin = api_for(charlie), api_for(pat)
    apply(outsider, system("shop", title="Mine now"), status=403)
    apply(outsider, system("shop", owner="group:default/payments-team"), status=403)
    group = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Group",
        "metadata": {"name": "orders-team"},
        "spec": {"type": "team", "children": [], "members": ["charlie"]},
    }
    apply(outsider, group, status=403)
    apply(admin, group)


def test_the_portals_own_set_is_closed(api: APIClient, alice: User) -> None:
    Source.objects.create(kind="portal", target="portal:provisioning", origin="portal")
    answer = apply(api, system("shop"), set="provisioning", status=422)
    assert answer["errors"][0]["path"] == "set"


def test_each_change_can_be_read_with_its_diff(api: APIClient) -> None:
    apply(api, system("shop"))
    apply(api, system("shop", title="The shop"))
    found = api.get("/api/v1/entities/system:default/shop/revisions").json()["items"]
    assert [one["change"] for one in found] == ["changed", "added"]
    assert "+  title: The shop" in found[0]["diff"]
    assert "+kind: System" in found[1]["diff"]


def test_the_feed_goes_on_where_it_was_left(api: APIClient) -> None:
    apply(api, system("shop"))
    first = api.get("/api/v1/catalog/changes").json()
    assert [(one["ref"], one["change"]) for one in first["items"]] == [("system:default/shop", "added")]
    nothing = api.get("/api/v1/catalog/changes", {"cursor": first["next_cursor"]}).json()
    assert (nothing["items"], nothing["more"]) == ([], False)
    apply(api, system("till"))
    then = api.get("/api/v1/catalog/changes", {"cursor": nothing["next_cursor"]}).json()
    assert [one["ref"] for one in then["items"]] == ["system:default/till"]


def test_a_removed_entity_comes_back_as_itself(
    api: APIClient, charlie: User, api_for: Callable[..., APIClient]
) -> None:
    apply(api, system("shop"), system("till"), set="mine")
    uid = Entity.objects.get(name="shop").uid
    apply(api, system("till"), set="mine", prune=True)
    address = "/api/v1/entities/system:default/shop/restoration"
    assert api_for(charlie).post(address).status_code == 403
    assert api.post(address).status_code == 200
    assert api.post(address).status_code == 409
    shop = Entity.objects.get(name="shop")
    assert (shop.uid, shop.deleted_at) == (uid, None)
    assert [one["change"] for one in api.get("/api/v1/entities/system:default/shop/revisions").json()["items"]] == [
        "restored",
        "removed",
        "added",
    ]
    apply(api, system("shop"), system("till"), set="mine")
    assert Entity.objects.get(name="shop").source.target == "portal:mine"


def test_what_an_unregistered_source_said_can_be_brought_back_until_it_is_forgotten(
    api: APIClient, alice: User, tmp_path: Any, settings: Any
) -> None:
    (tmp_path / "a.yaml").write_text(component("orders"))
    source = register_source(kind="folder", target=str(tmp_path), by=alice)
    sync_source(source=source, by=alice)
    unregister_source(source=source, by=alice)
    assert api.post("/api/v1/entities/component:default/orders/restoration").status_code == 200
    assert api.get("/api/catalog/entities/by-name/component/default/orders").status_code == 200
    Entity.objects.update(deleted_at="2026-01-01T00:00Z")
    assert forget_removed() > 0
    assert api.post("/api/v1/entities/component:default/orders/restoration").status_code == 404


GRAPH = """
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: orders, links: [{url: "https://orders.example.com/health"}],
  annotations: {github.com/project-slug: example/orders, backstage.io/kubernetes-namespace: shop}}
spec: {type: service, lifecycle: production, owner: orders-team, providesApis: [orders], dependsOn: [component:stock]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: stock}
spec: {type: service, lifecycle: production, owner: stock-team, dependsOn: [component:ledger]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: ledger}
spec: {type: service, lifecycle: production, owner: stock-team, dependsOn: [component:stock, resource:db]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: web}
spec: {type: website, lifecycle: production, owner: web-team, consumesApis: [orders]}
---
apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: orders}
spec: {type: openapi, lifecycle: production, owner: orders-team, definition: "{}"}
"""


@pytest.fixture
def related(tmp_path: Any) -> None:
    (tmp_path / "a.yaml").write_text(GRAPH)
    sync_source(source=register_source(kind="folder", target=str(tmp_path), by=None), by=None)


def graph(api: APIClient, ref: str, **asked: Any) -> Any:
    answer = api.get(f"/api/v1/entities/{ref}/graph", asked)
    assert answer.status_code == 200, answer.content
    return answer.json()


def edges(answer: Any) -> set[tuple[str, str, str]]:
    return {(_name(one["source"]), one["type"], _name(one["target"])) for one in answer["edges"]}


def _name(ref: str) -> str:
    return ref.rpartition("/")[2]


def test_the_graph_says_each_relation_once_and_in_the_direction_of_people(api: APIClient, related: None) -> None:
    answer = graph(api, "component:default/stock", depth=1, relations="dependsOn")
    assert edges(answer) == {
        ("orders", "dependsOn", "stock"),
        ("stock", "dependsOn", "ledger"),
        ("ledger", "dependsOn", "stock"),
    }
    outgoing = graph(api, "component:default/stock", depth=1, relations="dependsOn", direction="outgoing")
    assert edges(outgoing) == {("stock", "dependsOn", "ledger")}
    incoming = graph(api, "component:default/stock", depth=1, relations="dependencyOf", direction="incoming")
    assert edges(incoming) == {("orders", "dependsOn", "stock"), ("ledger", "dependsOn", "stock")}


def test_cycles_are_marked_and_what_nobody_described_is_a_leaf(api: APIClient, related: None) -> None:
    answer = graph(api, "component:orders", depth=5, relations="dependsOn", direction="outgoing")
    assert {(one["source"], one["target"]) for one in answer["edges"] if one["cycle"]} == {
        ("component:default/stock", "component:default/ledger"),
        ("component:default/ledger", "component:default/stock"),
    }
    nodes = {one["ref"]: one for one in answer["nodes"]}
    assert nodes["resource:default/db"]["exists"] is False
    assert nodes["component:default/ledger"]["depth"] == 2


def test_impact_is_what_is_down_with_it(api: APIClient, related: None) -> None:
    answer = graph(api, "component:default/ledger", depth=1)
    assert [one["ref"] for one in answer["impact"]] == [
        "component:default/stock",
        "component:default/orders",
        "api:default/orders",
        "component:default/web",
    ]


@pytest.mark.parametrize(
    ("asked", "field"), [({"depth": "0"}, "depth"), ({"depth": "x"}, "depth"), ({"direction": "up"}, "direction")]
)
def test_a_graph_that_cannot_be_drawn_is_refused(api: APIClient, related: None, asked: Any, field: str) -> None:
    answer = api.get("/api/v1/entities/component:default/orders/graph", asked)
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, field)
    assert api.get("/api/v1/entities/component:default/none/graph").status_code == 404
    assert api.get("/api/v1/entities/nonsense/graph").status_code == 422


@pytest.mark.parametrize(
    "asked",
    [
        {"url": "https://orders.example.com/health"},
        {"url": "https://github.com/example/orders/blob/main/x.py"},
        {"host": "orders.example.com"},
        {"repository": "example/orders"},
        {"repository": "https://github.com/Example/Orders.git"},
        {"namespace": "shop"},
    ],
)
def test_an_address_leads_to_its_owner(api: APIClient, related: None, asked: Any) -> None:
    (found,) = api.get("/api/v1/owners", asked).json()["items"]
    assert (found["ref"], found["owner"]) == ("component:default/orders", TEAM)
    assert found["because"]


def test_nobody_owns_what_nobody_names(api: APIClient, related: None) -> None:
    assert api.get("/api/v1/owners", {"host": "example.com"}).json()["items"] == []
    assert api.get("/api/v1/owners").status_code == 422

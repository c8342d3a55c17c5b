"""/api/catalog/* as Backstage's CatalogClient asks and needs it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from catalog.actions import register_source, sync_source
from catalog.models import Entity, Source

pytestmark = pytest.mark.django_db
BASE = "/api/catalog"

FILE = """
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: orders
  title: Orders
  tags: [java, grpc]
  annotations: {github.com/project-slug: example/orders}
spec: {type: service, lifecycle: production, owner: orders-team, system: shop}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: stock, tags: [java], namespace: store}
spec: {type: library, lifecycle: experimental, owner: stock-team}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: Billing}
spec: {type: service, lifecycle: production, owner: orders-team}
---
apiVersion: backstage.io/v1alpha1
kind: System
metadata: {name: shop}
spec: {owner: orders-team}
"""


@pytest.fixture
def catalog(tmp_path: Path) -> Source:
    (tmp_path / "catalog-info.yaml").write_text(FILE)
    source = register_source(kind="file", target=str(tmp_path / "catalog-info.yaml"), by=None)
    sync_source(source=source, by=None)
    return source


@pytest.fixture
def api(catalog: Source, alice: User, api_for: Callable[..., APIClient]) -> APIClient:
    return api_for(alice, ("catalog:read", "catalog:write"))


def names(answer: Any) -> list[str]:
    found = answer.json()
    return [entity["metadata"]["name"] for entity in (found["items"] if isinstance(found, dict) else found)]


def test_an_entity_by_name_is_whole_whatever_the_case(api: APIClient) -> None:
    answer = api.get(f"{BASE}/entities/by-name/COMPONENT/Default/ORDERS")
    entity = answer.json()
    assert answer.status_code == 200
    assert answer["content-type"].startswith("application/json")
    assert entity["metadata"]["name"] == "orders"
    assert {"uid", "etag", "namespace"} <= entity["metadata"].keys()
    assert entity["relations"] == [
        {"type": "ownedBy", "targetRef": "group:default/orders-team"},
        {"type": "partOf", "targetRef": "system:default/shop"},
    ]


def test_a_missing_entity_is_a_404_in_backstages_words(api: APIClient) -> None:
    answer = api.get(f"{BASE}/entities/by-name/component/default/nope")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {
            "name": "NotFoundError",
            "message": "No entity named 'nope' found, with kind 'component' in namespace 'default'",
        },
        "request": {"method": "GET", "url": "/entities/by-name/component/default/nope"},
        "response": {"statusCode": 404},
    }


def test_by_uid_and_by_refs_answer_in_order_with_null_for_what_is_missing(api: APIClient) -> None:
    uid = Entity.objects.get(name="orders").uid
    assert api.get(f"{BASE}/entities/by-uid/{uid}").json()["metadata"]["name"] == "orders"
    body = {
        "entityRefs": ["component:store/stock", "component:default/nope", "Component:default/orders"],
        "fields": ["metadata.name"],
    }
    answer = api.post(f"{BASE}/entities/by-refs", body, format="json")
    assert answer.json() == {"items": [{"metadata": {"name": "stock"}}, None, {"metadata": {"name": "orders"}}]}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("filter=kind=component", {"orders", "stock", "Billing"}),
        ("filter=kind=Component,spec.type=service", {"orders", "Billing"}),
        ("filter=spec.type=service,spec.type=library", {"orders", "stock", "Billing"}),
        ("filter=spec.type=library&filter=kind=system", {"stock", "shop"}),
        ("filter=metadata.tags=java", {"orders", "stock"}),
        ("filter=metadata.tags.grpc=true", {"orders"}),
        ("filter=spec.system", {"orders"}),
        ("filter=relations.ownedBy=group:default/orders-team", {"orders", "Billing", "shop"}),
        ("filter=metadata.annotations.github.com/project-slug=EXAMPLE/orders", {"orders"}),
        ("filter=metadata.namespace=store", {"stock"}),
        ("filter=kind=nothing", set()),
    ],
)
def test_filters_mean_what_they_mean_in_backstage(api: APIClient, query: str, expected: set[str]) -> None:
    assert set(names(api.get(f"{BASE}/entities?{query}"))) == expected
    assert set(names(api.get(f"{BASE}/entities/by-query?{query}"))) == expected


def test_a_statement_without_a_key_is_refused_with_its_text(api: APIClient) -> None:
    answer = api.get(f"{BASE}/entities?filter==x")
    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith("Invalid filter, '=x' is not a valid statement")


def test_fields_keep_the_nesting_and_keys_may_hold_dots(api: APIClient) -> None:
    query = "filter=metadata.name=orders&fields=kind,metadata.annotations.github.com/project-slug"
    answer = api.get(f"{BASE}/entities?{query}")
    assert answer.json() == [
        {"kind": "Component", "metadata": {"annotations": {"github.com/project-slug": "example/orders"}}}
    ]


def test_pages_of_entities_are_linked(api: APIClient) -> None:
    answer = api.get(f"{BASE}/entities?limit=3&order=asc:metadata.name")
    assert names(answer) == ["Billing", "orders", "shop"]
    after = answer["link"].removeprefix("<").split(">")[0]
    assert names(api.get(f"{BASE}{after}")) == ["stock"]


@pytest.mark.parametrize("order", ["", "&orderField=metadata.name,asc", "&orderField=metadata.name,desc"])
def test_cursors_lead_forth_and_back_without_loss(api: APIClient, order: str) -> None:
    everything = names(api.get(f"{BASE}/entities/by-query?limit=10{order}"))
    first = api.get(f"{BASE}/entities/by-query?limit=2{order}").json()
    assert first["totalItems"] == 4
    assert "prevCursor" not in first["pageInfo"]
    second = api.get(f"{BASE}/entities/by-query", {"limit": 2, "cursor": first["pageInfo"]["nextCursor"]}).json()
    assert "nextCursor" not in second["pageInfo"]
    found = [entity["metadata"]["name"] for entity in (*first["items"], *second["items"])]
    assert found == everything
    back = api.get(f"{BASE}/entities/by-query", {"limit": 2, "cursor": second["pageInfo"]["prevCursor"]}).json()
    assert back["items"] == first["items"]
    assert "prevCursor" not in back["pageInfo"]


def test_full_text_looks_in_the_fields_asked_for(api: APIClient) -> None:
    query = "fullTextFilterTerm=ORD&fullTextFilterFields=metadata.name,metadata.title"
    assert names(api.get(f"{BASE}/entities/by-query?{query}")) == ["orders"]


def test_a_limit_of_zero_only_counts_and_excluding_the_total_does_not(api: APIClient) -> None:
    counted = api.get(f"{BASE}/entities/by-query?limit=0&filter=kind=component").json()
    assert counted == {"items": [], "totalItems": 3, "pageInfo": {}}
    assert api.get(f"{BASE}/entities/by-query?totalItems=exclude").json()["totalItems"] == 0


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ({"kind": "component", "spec.type": {"$in": ["service"]}}, {"orders", "Billing"}),
        ({"$all": [{"kind": "component"}, {"$not": {"metadata.tags": {"$contains": "java"}}}]}, {"Billing"}),
        ({"$any": []}, set()),
        ({"metadata.name": {"$hasPrefix": "s"}}, {"shop", "stock"}),
        ({"spec.system": {"$exists": True}}, {"orders"}),
        (
            {"relations": {"$contains": {"type": "ownedBy", "targetRef": "group:default/orders-team"}}},
            {"orders", "Billing", "shop"},
        ),
    ],
)
def test_predicates_are_understood(api: APIClient, predicate: dict[str, Any], expected: set[str]) -> None:
    answer = api.post(f"{BASE}/entities/by-query", {"query": predicate}, format="json")
    assert set(names(answer)) == expected


def test_facets_count_each_value_once_an_entity(api: APIClient) -> None:
    url = f"{BASE}/entity-facets?facet=spec.type&facet=metadata.tags&facet=nothing&filter=kind=component"
    facets = api.get(url).json()["facets"]
    assert facets["spec.type"] == [{"value": "library", "count": 1}, {"value": "service", "count": 2}]
    assert facets["metadata.tags"] == [{"value": "grpc", "count": 1}, {"value": "java", "count": 2}]
    assert facets["nothing"] == []
    body = {"facets": ["kind"], "query": {"spec.type": "service"}}
    answer = api.post(f"{BASE}/entity-facets", body, format="json")
    assert answer.json() == {"facets": {"kind": [{"value": "Component", "count": 2}]}}


def test_a_refresh_reads_the_source_at_once_and_answers_exactly_200(api: APIClient, catalog: Source) -> None:
    Path(catalog.target).write_text(FILE.replace("title: Orders", "title: All orders"))
    answer = api.post(f"{BASE}/refresh", {"entityRef": "component:default/orders"}, format="json")
    assert (answer.status_code, answer.content) == (200, b"")
    assert Entity.objects.get(name="orders").title == "All orders"


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"type": "file", "target": "/etc"}, 400, 'Registered locations must be of an allowed type ["url"]'),
        ({"type": "url", "target": ""}, 400, "target: '' should be non-empty"),
        ({"type": "url", "target": "http://127.0.0.1/x.yaml"}, 400, "leads to a private address"),
        ({"type": "url", "target": "http://nowhere.invalid/x.yaml"}, 400, "There is no host"),
    ],
)
def test_a_location_that_cannot_be_is_refused(api: APIClient, body: dict[str, str], status: int, message: str) -> None:
    answer = api.post(f"{BASE}/locations?dryRun=true", body, format="json")
    assert answer.status_code == status
    assert message in answer.json()["error"]["message"]


def test_a_registered_location_is_listed_found_and_removed_by_an_admin(
    api: APIClient, pat: User, api_for: Callable[..., APIClient]
) -> None:
    target = "http://nowhere.invalid/catalog-info.yaml"
    made = api.post(f"{BASE}/locations", {"type": "url", "target": target}, format="json")
    assert made.status_code == 201
    location = made.json()["location"]
    assert location["entityRef"].startswith("location:default/generated-")
    assert made.json()["entities"] == []
    again = api.post(f"{BASE}/locations", {"type": "url", "target": target}, format="json")
    assert (again.status_code, again.json()["error"]["message"]) == (409, f"Location url:{target} already exists")
    assert api.get(f"{BASE}/locations").json() == [{"data": location}]
    assert api.get(f"{BASE}/locations/{location['id']}").json() == location
    assert api.delete(f"{BASE}/locations/{location['id']}").status_code == 403
    assert api_for(pat).delete(f"{BASE}/locations/{location['id']}").status_code == 204
    assert api.get(f"{BASE}/locations/{location['id']}").status_code == 404


def test_without_a_token_nothing_is_told(catalog: Source) -> None:
    answer = APIClient().get(f"{BASE}/entities")
    assert answer.status_code == 401
    assert answer.json()["error"]["name"] == "AuthenticationError"


def test_a_token_for_reading_does_not_write(catalog: Source, alice: User, api_for: Callable[..., APIClient]) -> None:
    reader = api_for(alice, ("catalog:read",))
    assert reader.get(f"{BASE}/entities").status_code == 200
    answer = reader.post(f"{BASE}/refresh", {"entityRef": "component:default/orders"}, format="json")
    assert answer.status_code == 403
    other = api_for(alice, ("runs:read",))
    assert other.get(f"{BASE}/entities").status_code == 403


def test_a_viewer_registers_nothing(api_for: Callable[..., APIClient], alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(role="viewer")
    alice.refresh_from_db()
    answer = api_for(alice).post(f"{BASE}/locations", {"type": "url", "target": "https://example.com"}, format="json")
    assert answer.status_code == 403
    assert not Source.objects.exists()


@pytest.mark.parametrize("cursor", ["nonsense", "e30", "eyJhIjoxfQ", "%00"])
def test_a_cursor_that_we_did_not_make_is_a_400(api: APIClient, cursor: str) -> None:
    assert api.get(f"{BASE}/entities/by-query?cursor={cursor}").status_code == 400


def test_the_portals_own_api_registers_and_lists_problems(api: APIClient) -> None:
    made = api.post("/api/v1/sources", {"target": "http://127.0.0.1/x.yaml"}, format="json")
    assert made.status_code == 201
    assert made.json()["state"] == "failed"
    assert "private address" in made.json()["problems"][0]["message"]
    assert api.get("/api/v1/problems").json()["items"][0]["source_id"] == made.json()["id"]
    assert api.post(f"/api/v1/sources/{made.json()['id']}/sync", {}, format="json").status_code == 200


@pytest.mark.parametrize(
    "path", ["entities?filter=kind=%00", "entities/by-name/a/b/%00", "entities/by-query?cursor=%00"]
)
def test_a_nul_is_a_400_and_no_crash(api: APIClient, path: str) -> None:
    assert api.get(f"{BASE}/{path}").status_code == 400

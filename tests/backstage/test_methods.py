"""Every method of Backstage's client, as a portal or a script uses it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from catalog.models import Entity, Source
from tests.backstage.conftest import Ask, Files

ROOT = """
apiVersion: backstage.io/v1alpha1
kind: Location
metadata: {name: all}
spec: {targets: [./orders.yaml]}
"""
ORDERS = """
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: orders, annotations: {example.com/x: "1"}}
spec: {type: service, lifecycle: production, owner: orders-team}
"""


def value(ask: Ask, *call: Any) -> Any:
    (answer,) = ask([call])
    assert "error" not in answer["client"], answer["client"]
    return answer["client"]["value"]


def error(ask: Ask, *call: Any) -> tuple[int, str]:
    (answer,) = ask([call])
    return answer["client"]["status"], answer["client"]["error"]


def registered(ask: Ask, files: Files) -> dict[str, Any]:
    files.put("orders.yaml", ORDERS)
    target = files.put("all.yaml", ROOT)
    added = value(ask, "addLocation", {"type": "url", "target": target})
    location: dict[str, Any] = added["location"]
    assert added["entities"] == []
    return location


def names(entities: Sequence[dict[str, Any]]) -> set[str]:
    return {entity["metadata"]["name"] for entity in entities}


def test_a_location_is_added_found_in_every_way_moved_and_removed(ask: Ask, files: Files) -> None:
    location = registered(ask, files)
    assert value(ask, "getLocations", {})["items"] == [location]
    assert value(ask, "getLocationById", location["id"]) == location
    assert value(ask, "getLocationByRef", f"url:{location['target']}") == location
    assert value(ask, "getLocationByEntity", "component:default/orders") == location
    assert value(ask, "queryLocations", {"query": {"type": "url"}})["items"] == [location]
    assert value(ask, "queryLocations", {"query": {"$not": {"type": "url"}}})["totalItems"] == 0
    assert value(ask, "streamLocations", {}) == [[location]]
    other = files.put("other.yaml", ORDERS.replace("orders,", "billing,"))
    moved = value(ask, "updateLocation", location["id"], {"type": "url", "target": other})
    assert moved["target"] == other
    assert names(value(ask, "getEntities", {"filter": {"kind": "component"}})["items"]) == {"billing"}
    value(ask, "removeLocationById", location["id"])
    assert value(ask, "getEntities", {})["items"] == []
    assert value(ask, "getLocationById", location["id"]) is None


def test_the_registration_is_an_entity_by_its_generated_name(ask: Ask, files: Files) -> None:
    location = registered(ask, files)
    entity = value(ask, "getEntityByRef", location["entityRef"])
    assert entity["spec"] == {"type": "url", "target": location["target"]}
    assert entity["metadata"]["annotations"]["backstage.io/managed-by-origin-location"] == f"url:{location['target']}"


def test_registering_again_is_a_conflict_or_a_refresh(ask: Ask, files: Files) -> None:
    location = registered(ask, files)
    again = {"type": "url", "target": location["target"]}
    assert error(ask, "addLocation", again) == (409, f"Location url:{location['target']} already exists")
    assert value(ask, "addLocation", {**again, "onConflict": "refresh"})["exists"] is True


def test_a_dry_run_shows_what_would_come_and_keeps_nothing(ask: Ask, files: Files) -> None:
    files.put("orders.yaml", ORDERS)
    target = files.put("all.yaml", ROOT)
    answer = value(ask, "addLocation", {"type": "url", "target": target, "dryRun": True})
    assert {"all", "orders"} < names(answer["entities"])
    assert answer["location"]["id"] == f"url:{target}"
    assert not Entity.objects.exists()
    assert not Source.objects.exists()


def test_the_ancestors_lead_from_the_entity_to_the_registration(ask: Ask, files: Files) -> None:
    location = registered(ask, files)
    answer = value(ask, "getEntityAncestors", {"entityRef": "component:default/orders"})
    assert answer["rootEntityRef"] == "component:default/orders"
    parents = {item["entity"]["metadata"]["name"]: item["parentEntityRefs"] for item in answer["items"]}
    generated = location["entityRef"].partition("/")[2]
    assert parents == {"orders": ["location:default/all"], "all": [location["entityRef"]], generated: []}
    assert error(ask, "getEntityAncestors", {"entityRef": "component:default/nope"}) == (
        404,
        "No such entity component:default/nope",
    )


def test_a_refresh_shows_the_new_words_at_once(ask: Ask, files: Files) -> None:
    registered(ask, files)
    files.put("orders.yaml", ORDERS.replace("production", "deprecated"))
    value(ask, "refreshEntity", "component:default/orders")
    assert value(ask, "getEntityByRef", "component:default/orders")["spec"]["lifecycle"] == "deprecated"


def test_an_entity_that_was_removed_comes_back_as_itself_while_its_file_says_it(ask: Ask, files: Files) -> None:
    registered(ask, files)
    uid = value(ask, "getEntityByRef", "component:default/orders")["metadata"]["uid"]
    value(ask, "removeEntityByUid", uid)
    assert value(ask, "getEntityByRef", "component:default/orders") is None
    value(ask, "removeEntityByUid", uid)
    value(ask, "removeEntityByUid", "no-uid-at-all")
    value(ask, "refreshEntity", "location:default/all")
    assert value(ask, "getEntityByRef", "component:default/orders")["metadata"]["uid"] == uid


def test_entities_are_streamed_whole(ask: Ask, catalog: Path) -> None:
    pages = value(ask, "streamEntities", {"pageSize": 25})
    assert [len(page) for page in pages] == [25, 25, 10]
    assert len({entity["metadata"]["uid"] for page in pages for entity in page}) == 60


def test_an_entity_is_judged_without_being_kept(ask: Ask, files: Files) -> None:
    entity = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "System",
        "metadata": {"name": "shop"},
        "spec": {"owner": "team-a"},
    }
    assert value(ask, "validateEntity", entity, "url:https://example.com/x.yaml") == {"valid": True}
    bad = value(ask, "validateEntity", {**entity, "spec": {}}, "url:https://example.com/x.yaml")
    assert bad["valid"] is False
    assert "must have required property 'owner'" in bad["errors"][0]["message"]
    wrong = value(ask, "validateEntity", entity, "file:/etc/x.yaml")
    assert "only 'url:<target>' is supported" in wrong["errors"][0]["message"]
    assert not Entity.objects.exists()


def test_a_url_is_analysed(ask: Ask, files: Files) -> None:
    target = files.put("orders.yaml", ORDERS)
    found = value(ask, "analyzeLocation", {"location": {"type": "url", "target": target}})
    assert found["generateEntities"] == []
    (file,) = found["existingEntityFiles"]
    assert (file["isRegistered"], file["entity"]["metadata"]["name"]) == (False, "orders")
    repository = {"location": {"type": "url", "target": "https://github.invalid/org/payments.git"}}
    (draft,) = value(ask, "analyzeLocation", repository)["generateEntities"]
    assert draft["entity"]["metadata"] == {
        "name": "payments",
        "annotations": {"github.com/project-slug": "org/payments"},
    }
    status, message = error(ask, "analyzeLocation", {"location": {"type": "url", "target": "not a url"}})
    assert (status, message) == (400, "The given location.target is not a URL")

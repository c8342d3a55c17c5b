"""A rule of visibility counts at once, for the people that it names and their groups; without rules nothing costs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.actions import create_user
from accounts.models import Membership, Team, User
from catalog import visibility
from catalog.actions import put_portal_entities, sync_source
from catalog.kind_actions import put_kind, remove_kind
from catalog.models import Entity, VisibilityRule
from catalog.visibility_actions import add_rule, put_rule, remove_rule
from tests.api.visibility_world import (
    CANARY,
    CONFIDENTIAL,
    HIDDEN,
    HIDDEN_REF,
    RULE,
    SECRET_SPEC,
    World,
    confidential,
    make_world,
)
from tests.integration.test_catalog_sync import Folder, component

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


@pytest.fixture
def rule(world: World) -> World:
    add_rule(declaration=RULE, by=None, origin="page")
    return world


def names(client: Client) -> set[str]:
    """The components that a script sees."""
    found = client.get("/api/catalog/entities?filter=kind=component&fields=metadata.name").json()
    return {one["metadata"]["name"] for one in found}


EVERYTHING = {"stock", HIDDEN, "ledger-zebra-own", "ledger-zebra-located"}


def test_counts_and_totals_are_of_what_is_seen(
    rule: World,
    alice: User,
    charlie: User,
    client_for: Callable[[User], Client],
    api_for: Callable[..., APIClient],
) -> None:
    query = "/api/catalog/entities/by-query?filter=kind=component"
    assert api_for(alice).get(query).json()["totalItems"] == 4
    assert api_for(charlie).get(query).json()["totalItems"] == 1
    facet = api_for(charlie).get("/api/catalog/entity-facets?facet=kind").json()["facets"]["kind"]
    assert facet == [{"value": "Component", "count": 1}]
    outsider = client_for(charlie)
    assert outsider.get("/").context["entities"] == 1
    assert '?kind=Component">1</a>' in outsider.get("/catalog/kinds").content.decode()
    [source] = outsider.get("/catalog/sources").context["page"].object_list
    assert (source.held, source.wrong) == (1, 0)


def test_rules_count_at_once_without_a_sync_in_answers_that_were_remembered_too(
    world: World, alice: User, charlie: User, api_for: Callable[..., APIClient]
) -> None:
    outsider, owner = api_for(charlie), api_for(alice)
    assert names(outsider) == names(owner) == EVERYTHING
    add_rule(declaration=RULE, by=None, origin="page")
    assert names(outsider) == {"stock"}
    assert names(owner) == EVERYTHING
    put_rule(name="confidential", declaration=RULE | {"filter": "metadata.name=stock"}, by=None, origin="page")
    assert names(outsider) == EVERYTHING, "its own team has it"
    assert names(owner) == EVERYTHING - {"stock"}
    remove_rule(name="confidential", by=None)
    assert names(outsider) == names(owner) == EVERYTHING


def test_a_rule_that_another_process_adds_counts_with_the_next_question_to_the_api(
    world: World, charlie: User, api_for: Callable[..., APIClient]
) -> None:
    outsider = api_for(charlie)
    assert names(outsider) == EVERYTHING
    VisibilityRule.objects.create(name="elsewhere", filters=[CONFIDENTIAL], visible_to=["owners"])
    assert names(outsider) == {"stock"}
    VisibilityRule.objects.all().delete()
    assert names(outsider) == EVERYTHING


def test_who_changes_teams_sees_other_things_at_once(
    rule: World, charlie: User, api_for: Callable[..., APIClient]
) -> None:
    outsider = api_for(charlie)
    assert names(outsider) == {"stock"}
    team = Team.objects.create(ref="group:default/orders-team")
    Membership.objects.create(user_ref=charlie.entity_ref, team=team)
    assert names(outsider) == EVERYTHING


def test_owners_own_through_the_groups_above_theirs(rule: World, api_for: Callable[..., APIClient]) -> None:
    above = Team.objects.create(ref="group:default/orders-team")
    Team.objects.create(ref="group:default/orders-night-shift", parent=above)
    nina = create_user(name="nina", role="viewer", member_of=["group:default/orders-night-shift"])
    assert names(api_for(nina)) == EVERYTHING


@pytest.mark.parametrize(
    ("visible_to", "seen_by"),
    [
        (["group:orders-team"], {"alice", "bob"}),
        (["user:default/charlie"], {"charlie"}),
        (["group:default/payments-team", "owners"], {"alice", "bob", "charlie"}),
        (["group:default/nobody"], set()),
    ],
)
def test_a_rule_names_groups_and_people(
    visible_to: list[str],
    seen_by: set[str],
    world: World,
    alice: User,
    bob: User,
    charlie: User,
    pat: User,
    api_for: Callable[..., APIClient],
) -> None:
    add_rule(declaration=RULE | {"visibleTo": visible_to}, by=None, origin="page")
    found = {person.username for person in (alice, bob, charlie, pat) if names(api_for(person)) == EVERYTHING}
    assert found == seen_by | {"pat"}


def test_what_several_rules_take_needs_every_one_of_them(
    rule: World, alice: User, bob: User, api_for: Callable[..., APIClient]
) -> None:
    strict = {"name": "strict", "filter": f"kind=component,metadata.name={HIDDEN}", "visibleTo": ["user:alice"]}
    add_rule(declaration=strict, by=None, origin="page")
    assert names(api_for(alice)) == EVERYTHING
    assert names(api_for(bob)) == EVERYTHING - {HIDDEN}


def test_several_filters_take_what_any_of_them_takes(
    world: World, charlie: User, api_for: Callable[..., APIClient]
) -> None:
    filters = ["metadata.name=ledger-zebra-own", "", "spec.type=service", "metadata.name=ledger-zebra-located"]
    add_rule(declaration=RULE | {"filter": "\n".join(filters)}, by=None, origin="page")
    assert names(api_for(charlie)) == {"stock", HIDDEN}, "stock belongs to the team"


def test_a_rule_on_a_kind_that_nobody_knows_any_more_holds_still(
    world: World, charlie: User, api_for: Callable[..., APIClient]
) -> None:
    kind = {"apiVersions": ["example.com/v1"]}
    put_kind(name="Vault", declaration=kind, by=None, origin="api")
    vault = {"apiVersion": "example.com/v1", "kind": "Vault", "metadata": {"name": "v"}, "spec": {}}
    put_portal_entities(source="test", documents=[vault], by=None)
    path = "/api/catalog/entities?filter=metadata.name=v"
    assert len(api_for(charlie).get(path).json()) == 1
    add_rule(declaration=RULE | {"filter": "kind=vault"}, by=None, origin="page")
    assert api_for(charlie).get(path).json() == []
    remove_kind(name="Vault", by=None, although_used=True)
    assert api_for(charlie).get(path).json() == []


# --- What else tells of it -------------------------------------------------------------------------------------------


@pytest.fixture
def neighbours(tmp_path: Path) -> Folder:
    """A visible entity that depends on a hidden one, and one that a hidden one depends on."""
    folder = Folder(tmp_path / "neighbours")
    part = SECRET_SPEC.replace("zebra-part", "base")
    folder.write("a.yaml", confidential(HIDDEN, part), component("base"))
    folder.write("b.yaml", component("shop", owner="payments-team", extra=f"  dependsOn: [component:{HIDDEN}]\n"))
    folder.sync()
    add_rule(declaration=RULE, by=None, origin="page")
    return folder


def test_a_relation_to_it_is_one_to_what_is_not_in_the_catalog_and_a_relation_that_it_says_is_none(
    neighbours: Folder, alice: User, charlie: User, client_for: Callable[[User], Client]
) -> None:
    page = "/catalog/default/component/"
    said = client_for(charlie).get(f"{page}shop").content.decode()
    assert f'title="Nobody has described {HIDDEN_REF}"' in said
    assert f'href="{page}{HIDDEN}"' not in said
    assert CANARY not in client_for(charlie).get(f"{page}base").content.decode()
    assert f'href="{page}{HIDDEN}"' in client_for(alice).get(f"{page}base").content.decode()


def test_the_graph_ends_before_it(
    neighbours: Folder, alice: User, charlie: User, api_for: Callable[..., APIClient]
) -> None:
    graph = "/api/v1/entities/component:default/{}/graph?depth=5"
    assert CANARY not in api_for(charlie).get(graph.format("base")).content.decode()
    nodes = {node["ref"]: node for node in api_for(charlie).get(graph.format("shop")).json()["nodes"]}
    assert nodes[HIDDEN_REF]["exists"] is False
    assert "component:default/base" not in nodes
    assert CANARY in api_for(alice).get(graph.format("base")).content.decode()


def test_the_json_of_a_visible_entity_lists_its_relations_to_hidden_ones_as_backstage_does(
    neighbours: Folder, charlie: User, api_for: Callable[..., APIClient]
) -> None:
    found = api_for(charlie).get("/api/catalog/entities/by-name/component/default/base").json()
    assert {"type": "dependencyOf", "targetRef": HIDDEN_REF} in found["relations"]


def test_a_page_of_results_is_full_although_much_is_hidden(
    tmp_path: Path, charlie: User, client_for: Callable[[User], Client]
) -> None:
    folder = Folder(tmp_path / "many")
    folder.write("a.yaml", *(confidential(f"aa-zebra-{n}") for n in range(30)), component("aa-seen"))
    folder.sync()
    add_rule(declaration=RULE, by=None, origin="page")
    assert "aa-seen" in client_for(charlie).get("/palette?q=aa").content.decode()


def test_nothing_is_applied_over_it_and_the_refusal_tells_nothing(
    rule: World, charlie: User, api_for: Callable[..., APIClient]
) -> None:
    before = list(Entity.objects.order_by("pk").values())
    spec = {"type": "service", "lifecycle": "production", "owner": "payments-team"}
    for name in (HIDDEN, "ledger-zebra-gone"):
        mine = {"apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": {"name": name}, "spec": spec}
        for dry_run in (True, False):
            body = {"entities": [mine], "dry_run": dry_run}
            answer = api_for(charlie).post("/api/v1/entities", body, format="json")
            assert answer.status_code == 409
            assert answer.json()["detail"] == f"The name component:default/{name} cannot be used here."
            assert str(rule.shared.target) not in answer.content.decode()
    assert list(Entity.objects.order_by("pk").values()) == before


def test_pruning_leaves_what_the_caller_may_not_see(
    alice: User, charlie: User, api_for: Callable[..., APIClient]
) -> None:
    def system(name: str, owner: str) -> dict[str, Any]:
        return {
            "apiVersion": "backstage.io/v1alpha1",
            "kind": "System",
            "metadata": {"name": name},
            "spec": {"owner": owner},
        }

    api_for(alice).post("/api/v1/entities", {"entities": [system("zebra", "orders-team")]}, format="json")
    add_rule(declaration=RULE | {"filter": "metadata.name=zebra"}, by=None, origin="page")
    mine = {"entities": [system("mine", "payments-team")], "prune": True}
    answer = api_for(charlie).post("/api/v1/entities", mine, format="json")
    assert [one["ref"] for one in answer.json()["items"]] == ["system:default/mine"]
    assert Entity.objects.present().filter(name="zebra").exists()


def test_an_upload_and_a_page_that_name_it_learn_no_more_than_that_the_name_cannot_be_used(
    rule: World, charlie: User, client_for: Callable[[User], Client], api_for: Callable[..., APIClient]
) -> None:
    table = f"kind,name,type,lifecycle,owner\nComponent,{HIDDEN},service,production,payments-team\n"
    answer = api_for(charlie).generic(
        "POST", "/api/v1/uploads?name=mine.csv&dry_run=true", table, content_type="text/csv"
    )
    assert str(rule.shared.target) not in answer.content.decode()
    assert "cannot be used here" in answer.content.decode()
    text = component(HIDDEN, owner="payments-team")
    page = client_for(charlie).post("/catalog/new/verdict", {"text": text}).content.decode()
    assert "cannot be used here" in page
    assert str(rule.shared.target) not in page


def test_a_sync_names_to_an_outsider_only_what_they_may_see(
    rule: World, charlie: User, alice: User, api_for: Callable[..., APIClient]
) -> None:
    folder = Path(rule.shared.target)
    (folder / "c.yaml").write_text(confidential("another-zebra"))
    (folder / "a.yaml").unlink()
    path = f"/api/v1/sources/{rule.shared.pk}/sync"
    assert CANARY not in api_for(charlie).post(path, {"allow_removal": True}, format="json").content.decode()
    (folder / "d.yaml").write_text(confidential("a-last-zebra"))
    assert "a-last-zebra" in api_for(alice).post(path, {}, format="json").content.decode()


def test_what_it_said_while_it_was_confidential_stays_so(
    rule: World, charlie: User, alice: User, client_for: Callable[[User], Client], api_for: Callable[..., APIClient]
) -> None:
    (Path(rule.shared.target) / "b.yaml").write_text(component(HIDDEN))
    sync_source(source=rule.shared, by=None)
    page = f"/catalog/default/component/{HIDDEN}/history"
    assert "zebra-type" not in client_for(charlie).get(page).content.decode()
    assert "kept from you" in client_for(charlie).get(page).content.decode()
    assert "zebra-type" in client_for(alice).get(page).content.decode()
    path = f"/api/v1/entities/{HIDDEN_REF}/revisions"
    assert {step["withheld"] for step in api_for(charlie).get(path).json()["items"]} == {True}


def test_what_is_gone_for_good_is_left_out_of_the_feed_of_those_whom_a_rule_keeps_out(
    rule: World, charlie: User, pat: User, api_for: Callable[..., APIClient]
) -> None:
    Entity.objects.filter(name="ledger-zebra-gone").delete()
    feed = "/api/v1/catalog/changes"
    assert "zebra-gone" not in api_for(charlie).get(feed).content.decode()
    assert "component:default/stock" in api_for(charlie).get(feed).content.decode()
    assert "ledger-zebra-gone" in api_for(pat).get(feed).content.decode()


# --- What it costs ---------------------------------------------------------------------------------------------------


def statements(client: Client, path: str) -> list[str]:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in captured]


@pytest.mark.parametrize("path", ["/catalog", "/", "/palette?q=ledger", "/catalog/problems", "/insights"])
def test_without_rules_no_page_asks_for_them(
    path: str, world: World, charlie: User, client_for: Callable[[User], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visibility, "TRUSTED_FOR", 60)
    found = " ".join(statements(client_for(charlie), path))
    assert "visibility" not in found
    assert "catalog_indexrow" not in found


def test_a_remembered_answer_asks_only_whether_something_has_changed_with_and_without_rules(
    world: World, charlie: User, api_for: Callable[..., APIClient]
) -> None:
    outsider, path = api_for(charlie), "/api/catalog/entities?filter=kind=component"
    assert statements(outsider, path) == []  # the driver is asked straight
    add_rule(declaration=RULE, by=None, origin="page")
    outsider.get(path)
    assert statements(outsider, path) == []  # the driver is asked straight

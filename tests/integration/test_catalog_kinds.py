"""A kind is added by a page, a script or a file, and counts at once, without a restart."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Event
from catalog import kinds as kinds_module
from catalog.actions import put_portal_entities, register_source, sync_source
from catalog.config import current
from catalog.kind_actions import follow_kinds, put_kind, remove_kind
from catalog.kinds import known_kinds
from catalog.model.declared import declared_kinds
from catalog.models import CustomKind, Entity, Source
from catalog.tasks import sync_due_sources
from common.errors import Conflict, UserError

pytestmark = pytest.mark.django_db

DECLARATION: dict[str, Any] = {
    "apiVersions": ["example.com/v1"],
    "description": "Where things run",
    "schema": {"type": "object", "required": ["region"], "properties": {"region": {"type": "string"}}},
    "relations": [
        {"field": "owner", "relation": "ownedBy", "inverse": "ownerOf", "defaultKind": "Group"},
        {"field": "hosts", "relation": "hosts", "inverse": "isHostedIn", "defaultKind": "Component"},
    ],
}
PRODUCTION = (
    "apiVersion: example.com/v1\nkind: Environment\nmetadata: {name: prod}\n"
    "spec: {region: eu, owner: ops, hosts: [orders]}\n"
)
FORM = {
    "name": "Environment",
    "apiVersions": "example.com/v1, example.com/v2",
    "description": "",
    "schema": "type: object\nproperties:\n  region: {type: string}\n",
    "relations": '[{"field": "owner", "relation": "ownedBy", "inverse": "ownerOf", "defaultKind": "Group"}]',
}


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "all.yaml").write_text(PRODUCTION)
    source = register_source(kind="folder", target=str(tmp_path), by=None)
    sync_source(source=source, by=None)
    return source


def put(**changes: Any) -> CustomKind:
    row, _ = put_kind(name="Environment", declaration=DECLARATION | changes, by=None, origin="api")
    return row


def present() -> set[str]:
    return set(Entity.objects.present().values_list("ref", flat=True))


def test_a_source_whose_bytes_are_the_same_is_read_anew_when_a_kind_is_added_changed_or_removed(source: Source) -> None:
    assert source.problems.get().stage == "unknown-kind"
    put()
    assert sync_source(source=source, by=None).changes.added == ("environment:default/prod",)
    prod = Entity.objects.get(ref="environment:default/prod")
    assert prod.owner_ref == "group:default/ops"
    assert {"type": "hosts", "targetRef": "component:default/orders"} in prod.data["relations"]
    assert sync_source(source=source, by=None).changes.unchanged == 1
    put(schema={"required": ["tier"]})
    sync_source(source=source, by=None)
    assert source.problems.get().message == "must have required property 'tier'"
    assert present() == {"environment:default/prod"}, "the last good version stays"
    put()
    sync_source(source=source, by=None)
    assert not source.problems.exists()
    remove_kind(name="Environment", by=None, although_used=True)
    sync_source(source=source, by=None)
    assert source.problems.get().stage == "unknown-kind"
    assert present() == {"environment:default/prod"}


def test_the_portal_itself_may_say_entities_of_it(pat: User) -> None:
    document = {
        "apiVersion": "example.com/v1",
        "kind": "Environment",
        "metadata": {"name": "x"},
        "spec": {"region": "a"},
    }
    with pytest.raises(UserError):
        put_portal_entities(source="test", documents=[document], by=pat)
    put()
    put_portal_entities(source="test", documents=[document], by=pat)
    assert present() == {"environment:default/x"}


def test_a_change_of_words_alone_reads_nothing_anew(source: Source) -> None:
    put()
    Source.objects.update(next_sync_at=None)
    before = Source.objects.create(kind="url", target="https://example.com/a.yaml").next_sync_at
    put(description="Other words")
    assert Source.objects.get(kind="url").next_sync_at == before
    put(schema={})
    assert Source.objects.get(kind="url").next_sync_at > before


def test_a_kind_is_known_at_once_here_and_within_a_second_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Environment" not in known_kinds()
    put()
    assert "Environment" in known_kinds()
    CustomKind.objects.all().delete()  # as another process would: nobody tells this one
    assert "Environment" in known_kinds()
    monkeypatch.setattr(kinds_module, "TRUSTED_FOR", 0.0)
    assert "Environment" not in known_kinds()


def test_asking_for_the_kinds_costs_at_most_one_query_a_second() -> None:
    put()
    known_kinds()
    with CaptureQueriesContext(connection) as asked:
        for _ in range(1000):
            known_kinds()
    assert len(asked) == 0


@pytest.mark.django_db(transaction=True)
def test_a_process_that_runs_already_learns_of_a_kind_without_a_restart() -> None:
    code = (
        "import os, sys, time, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings'\n"
        "from django.conf import settings\n"
        "settings.DATABASES['default']['NAME'] = sys.argv[1]; django.setup()\n"
        "from catalog.kinds import known_kinds\n"
        "known_kinds(); print('ready', flush=True)\n"
        "end = time.monotonic() + 10\n"
        "while 'Environment' not in known_kinds() and time.monotonic() < end: time.sleep(0.05)\n"
        "print('Environment' in known_kinds(), flush=True)\n"
    )
    name = str(connection.settings_dict["NAME"])
    process = subprocess.Popen([sys.executable, "-c", code, name], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    put()
    begun = time.monotonic()
    assert process.stdout.readline() == "True\n"
    assert time.monotonic() - begun < 3
    process.wait()


def test_a_kind_in_use_is_removed_only_by_those_who_say_that_they_know(source: Source) -> None:
    put()
    sync_source(source=source, by=None)
    with pytest.raises(Conflict, match="1 entity is of the kind Environment"):
        remove_kind(name="Environment", by=None)
    assert remove_kind(name="Environment", by=None, although_used=True) == 1


def test_every_change_is_in_the_trail(pat: User) -> None:
    put_kind(name="Environment", declaration=DECLARATION, by=pat, origin="page")
    put_kind(name="Environment", declaration=DECLARATION | {"schema": {}}, by=pat, origin="page")
    remove_kind(name="Environment", by=pat)
    found = Event.objects.filter(subject_kind="kind").order_by("pk").values_list("verb", "actor", "subject_id")
    verbs = ["kind.added", "kind.changed", "kind.removed"]
    assert list(found) == [(verb, pat.entity_ref, "Environment") for verb in verbs]


# --- In a file ------------------------------------------------------------------------------------------------------


def test_kinds_of_the_configuration_come_and_go_with_it() -> None:
    declared = declared_kinds([{"name": "Environment", **DECLARATION}])
    follow_kinds(declared)
    assert CustomKind.objects.get().origin == "file"
    events = Event.objects.count()
    follow_kinds(declared)
    assert Event.objects.count() == events, "nothing is written when nothing has changed"
    for change in (lambda: put(), lambda: remove_kind(name="Environment", by=None)):
        with pytest.raises(Conflict, match=r"stands in app-config\.yaml"):
            change()
    follow_kinds([])
    assert not CustomKind.objects.exists()


def test_a_kind_of_a_page_stays_when_the_configuration_has_none_and_gives_way_to_one_that_it_has() -> None:
    put()
    follow_kinds([])
    assert CustomKind.objects.get().origin == "api"
    follow_kinds(declared_kinds([{"name": "Environment", **DECLARATION}]))
    assert CustomKind.objects.get().origin == "file"


def test_a_file_that_changes_counts_without_a_restart_and_one_that_breaks_changes_nothing(
    settings: Any, tmp_path: Path, source: Source
) -> None:
    file = tmp_path / "app-config.yml.txt"
    settings.APP_CONFIG = (str(file),)
    file.write_text("catalog:\n  kinds:\n    - {name: Environment, apiVersions: [example.com/v1]}\n")
    sync_due_sources()
    assert present() == {"environment:default/prod"}
    file.write_text("catalog:\n  kinds:\n    - {name: environment, apiVersions: [example.com/v1]}\n")
    sync_due_sources()
    assert CustomKind.objects.get().name == "Environment"


def test_a_file_whose_relations_contradict_a_kind_of_a_page_is_told_on_the_page_and_changes_nothing(
    settings: Any, tmp_path: Path, pat: User, client_for: Callable[[User], Client]
) -> None:
    put()
    file = tmp_path / "app-config.yaml"
    settings.APP_CONFIG = (str(file),)
    relation = "{field: runs, relation: hosts, inverse: runsIn}"
    file.write_text(f"catalog: {{kinds: [{{name: Cluster, apiVersions: [v1], relations: [{relation}]}}]}}\n")
    current.cache_clear()
    sync_due_sources()
    current.cache_clear()
    assert [row.name for row in CustomKind.objects.all()] == ["Environment"]
    html = client_for(pat).get("/catalog/kinds").content.decode()
    assert "catalog.kinds Cluster relations.0.inverse: the inverse of hosts is isHostedIn" in html


# --- On pages -------------------------------------------------------------------------------------------------------


@pytest.fixture
def browser(pat: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(pat)


def test_an_admin_adds_a_kind_by_a_form_and_sees_it_counted(browser: Client, source: Source) -> None:
    answer: Any = browser.post("/catalog/kinds/new", FORM, follow=True)
    assert answer.redirect_chain == [("/catalog/kinds/Environment", 302)]
    assert CustomKind.objects.get().versions == ["example.com/v1", "example.com/v2"]
    sync_source(source=source, by=None)
    assert '?kind=Environment">1</a>' in browser.get("/catalog/kinds").content.decode()
    assert "Environment <span" in browser.get("/catalog").content.decode()
    assert "prod" in browser.get("/palette?q=prod").content.decode()


def test_what_is_wrong_stands_beside_its_field_with_the_line_and_nothing_typed_is_lost(browser: Client) -> None:
    schema = "# ours\ntype: object\nproperties:\n  region:\n    pattern: '('\n"
    relations = "- field: owner\n  relation: ownedBy\n  inverse: isOwner\n"
    answer = browser.post("/catalog/kinds/new", FORM | {"name": "env", "schema": schema, "relations": relations})
    html = answer.content.decode()
    assert answer.status_code == 422
    assert "Line 5: <code>schema.properties.region.pattern</code>" in html
    assert "Line 3: <code>relations.0.inverse</code>" in html
    assert "Write Env." in html
    assert "# ours" in html
    assert 'value="env"' in html
    assert not CustomKind.objects.exists()


@pytest.mark.parametrize("schema", ["a: [", "{}\n---\n{}", "{" * 5000, "a: *x", "\x00", "'"])
def test_a_text_that_is_no_schema_is_said_on_the_page(browser: Client, schema: str) -> None:
    answer = browser.post("/catalog/kinds/new", FORM | {"schema": schema})
    assert answer.status_code == 422
    assert "<code>schema" in answer.content.decode()


def test_a_form_of_a_kind_that_is_there_keeps_its_name_and_changes_the_rest(browser: Client) -> None:
    put()
    html = browser.get("/catalog/kinds/Environment").content.decode()
    assert "required:\n- region" in html
    assert browser.post("/catalog/kinds/Environment", FORM | {"name": "Other"}).status_code == 302
    row = CustomKind.objects.get()
    assert (row.name, row.schema) == ("Environment", {"type": "object", "properties": {"region": {"type": "string"}}})
    assert browser.post("/catalog/kinds/new", FORM).status_code == 422


def test_the_schema_of_a_built_in_kind_is_written_out(browser: Client) -> None:
    assert "id001" not in browser.get("/catalog/kinds/API").content.decode()


def test_removing_a_kind_asks_first(browser: Client) -> None:
    put()
    asked = browser.post("/catalog/kinds/Environment/removal")
    assert "No entity is of it now" in asked.content.decode()
    assert CustomKind.objects.exists()


def test_removing_a_kind_in_use_says_what_becomes_of_its_entities(browser: Client, source: Source) -> None:
    put()
    sync_source(source=source, by=None)
    asked = browser.post("/catalog/kinds/Environment/removal")
    assert asked.status_code == 200
    assert "1 entity is of it and would stay" in asked.content.decode()
    assert browser.post("/catalog/kinds/Environment/removal", {"sure": "1"}).status_code == 302
    assert not CustomKind.objects.exists()


def test_everybody_may_look_and_only_admins_change(alice: User, client_for: Callable[[User], Client]) -> None:
    put()
    client = client_for(alice)
    html = client.get("/catalog/kinds/Environment").content.decode()
    assert "isHostedIn" in html
    assert "<textarea" not in html
    assert "providesApi" in client.get("/catalog/kinds/Component").content.decode()
    for path in ("/catalog/kinds/new", "/catalog/kinds/Environment", "/catalog/kinds/Environment/removal"):
        assert client.post(path, FORM).status_code == 403
    assert client.get("/catalog/kinds/Nothing").status_code == 404
    assert client.get("/catalog/kinds/%00").status_code == 404


def test_relations_that_were_added_are_read_as_words(browser: Client, source: Source) -> None:
    put()
    sync_source(source=source, by=None)
    html = browser.get("/catalog/default/environment/prod").content.decode()
    assert "<dt>Hosts</dt>" in html
    assert "<dt>Owned by</dt>" in html


# --- By scripts -----------------------------------------------------------------------------------------------------


@pytest.fixture
def api(pat: User, api_for: Callable[..., APIClient]) -> APIClient:
    return api_for(pat, ("catalog:write",))


def test_a_script_puts_reads_and_deletes_a_kind(api: APIClient) -> None:
    path = "/api/v1/kinds/Environment"
    assert api.put(path, DECLARATION, format="json").status_code == 201
    assert api.put(path, DECLARATION, format="json").status_code == 200
    found = api.get(path).json()
    assert {key: found[key] for key in DECLARATION} == DECLARATION
    assert found["origin"] == "api"
    names = {kind["name"]: kind["origin"] for kind in api.get("/api/v1/kinds").json()["items"]}
    assert names["Environment"] == "api"
    assert names["Component"] == "built-in"
    assert api.delete(path).status_code == 204
    assert api.get(path).status_code == 404


def test_a_script_is_told_every_field_that_is_wrong(api: APIClient) -> None:
    answer = api.put("/api/v1/kinds/Environment", {"apiVersions": ["?"], "schema": {"type": 7}}, format="json")
    assert (answer.status_code, answer.json()["id"]) == (422, "kind-not-usable")
    assert {error["path"] for error in answer.json()["errors"]} == {"apiVersions.0", "schema.type"}
    assert api.put("/api/v1/kinds/Environment", [], format="json").status_code == 422
    assert api.put("/api/v1/kinds/Environment", DECLARATION | {"name": "Other"}, format="json").status_code == 422


def test_built_in_kinds_stay(api: APIClient) -> None:
    assert api.put("/api/v1/kinds/Component", DECLARATION, format="json").status_code == 422
    assert api.delete("/api/v1/kinds/Component").status_code == 409


def test_only_admins_with_the_scope_write(alice: User, pat: User, api_for: Callable[..., APIClient]) -> None:
    for client in (api_for(alice), api_for(pat, ("catalog:read",))):
        assert client.put("/api/v1/kinds/Environment", DECLARATION, format="json").status_code == 403
        assert client.delete("/api/v1/kinds/Environment").status_code == 403


def test_a_filter_knows_the_kind_in_any_case(api: APIClient, source: Source) -> None:
    put()
    sync_source(source=source, by=None)
    found = api.get("/api/catalog/entities?filter=kind=environment").json()
    assert [entity["metadata"]["name"] for entity in found] == ["prod"]


def test_what_cannot_be_declared_is_not_kept() -> None:
    with pytest.raises(UserError):
        put(schema={"type": "string"})
    assert not CustomKind.objects.exists()

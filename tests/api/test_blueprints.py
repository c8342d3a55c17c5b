"""Blueprints, their versions and their sources by script; and the pages that do the same."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from catalog.config import current
from provisioning.models import BlueprintSource, BlueprintVersion, Preview, Request, Resource
from provisioning.sources.sync import claim, sync_claimed
from provisioning.version_actions import offer
from tests.integration.blueprint_repositories import files, source_of, write

pytestmark = pytest.mark.django_db
Api = Callable[[User], APIClient]
TEAM = "group:default/orders-team"
VERSION = "/api/v1/blueprints/queue/versions"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR = tmp_path / "data"
    current.cache_clear()
    yield
    current.cache_clear()


@pytest.fixture
def source(tmp_path: Path, pat: User) -> BlueprintSource:
    """A folder with a draft of ``queue`` 1.0.0."""
    write(tmp_path / "queue", files())
    return source_of(str(tmp_path / "queue"), pat, "folder")


@pytest.fixture
def resource(source: BlueprintSource, pat: User, alice: User, api_for: Api, tmp_path: Path) -> Resource:
    """A queue of alice's team on 1.0.0, while 1.1.0 with one more input is offered."""
    offer(version=BlueprintVersion.objects.get(), by=pat)
    body = {"blueprint": "queue", "name": "events", "owner": TEAM, "environment": "development"}
    made = api_for(alice).post("/api/v1/requests", body | {"inputs": {"retention": 4}}, format="json").json()
    Resource.objects.update(state="ready")
    Request.objects.filter(pk=made["id"]).update(state="fulfilled")
    found = files(version="1.1.0")
    text = found["blueprint.yaml"].replace("required: [retention]", "required: [retention, shape]")
    shape = "properties:\n    shape: {title: Shape, type: string, enum: [fifo, standard]}"
    found["blueprint.yaml"] = text.replace("properties:", shape, 1)
    found["module/main.tf"] += 'variable "shape" { type = string }\n'
    write(tmp_path / "queue", found)
    BlueprintSource.objects.update(asked_at=source.created_at)
    taken = claim(source.pk)
    assert taken
    sync_claimed(taken)
    offer(version=BlueprintVersion.objects.get(version="1.1.0"), by=pat)
    return Resource.objects.get()


def test_a_source_is_added_read_trusted_and_removed(pat: User, api_for: Api, tmp_path: Path) -> None:
    write(tmp_path / "queue", files() | {"module/x.tf": 'data "http" "x" {}\n'})
    api = api_for(pat)
    given = {"kind": "folder", "target": str(tmp_path / "queue"), "interval_seconds": 600}
    made = api.post("/api/v1/blueprint-sources", given, format="json")
    assert (made.status_code, made.json()["syncing"], made.json()["state"]) == (201, True, "new")
    address = f"/api/v1/blueprint-sources/{made.json()['id']}"
    assert api.post(f"{address}/sync").status_code == 202
    taken = claim(made.json()["id"])
    assert taken
    sync_claimed(taken)
    told = api.get(address).json()
    assert (told["state"], told["interval_seconds"], told["versions"]) == ("problems", 600, [])
    fault = told["problems"][0]
    assert (fault["place"], fault["file"], fault["line"]) == ("queue", "module/x.tf", 1)
    assert api.patch(address, {"trusted": True}, format="json").json()["trusted"] is True
    assert api.patch(address, {"trusted": "yes"}, format="json").status_code == 422
    assert api.get("/api/v1/blueprint-sources").json()["items"][0]["id"] == told["id"]
    assert api.delete(address).status_code == 204
    assert api.get(address).status_code == 404


def test_what_is_no_source_is_named_by_field(pat: User, api_for: Api) -> None:
    answer = api_for(pat).post("/api/v1/blueprint-sources", {"kind": "folder", "target": "x"}, format="json")
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == ["target"]
    twice = {"kind": "folder", "target": "/srv/blueprints"}
    codes = [api_for(pat).post("/api/v1/blueprint-sources", twice, format="json").status_code for _ in range(2)]
    assert codes == [201, 409]


def test_a_draft_is_there_for_those_who_run_the_portal_alone(
    source: BlueprintSource, pat: User, alice: User, api_for: Api
) -> None:
    assert api_for(alice).get("/api/v1/blueprints/queue").status_code == 404
    assert api_for(alice).get("/api/v1/blueprints/queue?version=1.0.0").status_code == 404
    assert api_for(alice).get(VERSION).status_code == 404
    (draft,) = api_for(pat).get(VERSION).json()["items"]
    assert (draft["version"], draft["state"], draft["resources"], draft["source"]) == ("1.0.0", "draft", 0, source.pk)
    assert api_for(pat).get("/api/v1/blueprints/queue/schema?version=1.0.0").json()["required"] == ["retention"]
    body = {"blueprint": "queue", "name": "x-events", "owner": TEAM, "environment": "development", "inputs": {}}
    assert api_for(alice).post("/api/v1/requests", body, format="json").status_code == 404

    assert api_for(pat).patch(f"{VERSION}/1.0.0", {"state": "offered"}, format="json").json()["state"] == "offered"
    assert api_for(alice).get("/api/v1/blueprints/queue").json()["version"] == "1.0.0"
    assert "resources" not in api_for(alice).get(VERSION).json()["items"][0]
    assert api_for(pat).delete(f"{VERSION}/1.0.0").status_code == 409
    assert api_for(pat).patch(f"{VERSION}/1.0.0", {"state": "withdrawn"}, format="json").status_code == 200
    assert api_for(alice).get("/api/v1/blueprints/queue").status_code == 404
    assert api_for(alice).get("/api/v1/blueprints/queue?version=1.0.0").json()["version"] == "1.0.0"
    assert api_for(pat).patch(f"{VERSION}/9.9.9", {"state": "offered"}, format="json").status_code == 404


@pytest.mark.parametrize(
    "path", ["", "/database", "/database/schema", "/database/schema?version=1.1.0", "/database/versions"]
)
def test_answers_have_an_etag_and_are_not_sent_twice(alice: User, api_for: Api, path: str) -> None:
    first = api_for(alice).get(f"/api/v1/blueprints{path}")
    assert first.status_code == 200
    again = api_for(alice).get(f"/api/v1/blueprints{path}", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    other = api_for(alice).get(f"/api/v1/blueprints{path}", headers={"If-None-Match": '"other"'})
    assert other.status_code == 200


def test_a_version_that_is_not_there_says_so(alice: User, api_for: Api) -> None:
    for path in ("/database?version=9.9.9", "/database/schema?version=x", "/nothing/versions"):
        assert api_for(alice).get(f"/api/v1/blueprints{path}").status_code == 404


def test_a_preview_is_asked_for_and_validated_by_script(
    source: BlueprintSource, pat: User, alice: User, api_for: Api
) -> None:
    address = f"{VERSION}/1.0.0/previews"
    given = {"name": "try-it", "owner": "orders-team", "environment": "development", "inputs": {"retention": 99}}
    wrong = api_for(pat).post(address, given, format="json")
    assert {error["path"] for error in wrong.json()["errors"]} >= {"inputs.retention"}
    assert not Preview.objects.exists()


def test_an_upgrade_by_script_tells_what_differs_and_what_is_missing(
    resource: Resource, alice: User, charlie: User, api_for: Api
) -> None:
    assert api_for(alice).get(f"/api/v1/resources/{resource.pk}").json()["behind"] == 1
    wish = {"resource": resource.pk, "action": "upgrade"}
    dry = api_for(alice).post("/api/v1/requests", wish | {"dry_run": True}, format="json").json()
    assert (dry["from"], dry["to"]) == ("1.0.0", "1.1.0")
    assert [error["path"] for error in dry["errors"]] == ["inputs.shape"]
    assert ("inputs", "Shape", "New, and needed.") in {(d["about"], d["name"], d["note"]) for d in dry["differences"]}
    assert api_for(alice).post("/api/v1/requests", wish, format="json").status_code == 422
    older = api_for(alice).post("/api/v1/requests", wish | {"version": "1.0.0"}, format="json")
    assert (older.status_code, older.json()["errors"][0]["path"]) == (422, "version")
    assert api_for(charlie).post("/api/v1/requests", wish, format="json").status_code == 404

    made = api_for(alice).post("/api/v1/requests", wish | {"inputs": {"shape": "fifo"}}, format="json").json()
    assert (made["action"], made["version"], made["title"]) == ("upgrade", "1.1.0", "Upgrade message queue events")
    resource.refresh_from_db()
    assert resource.blueprint_version == "1.0.0"


def test_who_is_on_the_newest_version_is_told_so(alice: User, api_for: Api) -> None:
    made = Resource.objects.create(
        blueprint="database",
        blueprint_version="1.1.0",
        name="x",
        environment="development",
        owner_ref=TEAM,
        state="ready",
    )
    answer = api_for(alice).post("/api/v1/requests", {"resource": made.pk, "action": "upgrade"}, format="json")
    assert (answer.status_code, answer.json()["id"]) == (409, "newest-version")


# Pages


def test_the_pages_of_the_platform_lead_from_a_source_to_an_offered_version(
    pat: User, client_for: Callable[[User], Client], tmp_path: Path
) -> None:
    write(tmp_path / "queue", files() | {"README.md": "# Hi\n\n<script>alert(1)</script>"})
    page = client_for(pat)
    refused = page.post("/self-service/sources", {"kind": "folder", "target": "x", "path": "kept", "interval": "no"})
    assert refused.status_code == 422
    text = refused.content.decode()
    assert 'value="kept"' in text
    assert "no absolute path" in text
    assert "From 30 seconds" in text
    added = page.post("/self-service/sources", {"kind": "folder", "target": str(tmp_path / "queue"), "interval": "5"})
    assert added.status_code == 302
    assert "waits for a worker" in page.get(added["Location"]).content.decode()
    source = BlueprintSource.objects.get()
    taken = claim(source.pk)
    assert taken
    sync_claimed(taken)
    assert "queue 1.0.0" in page.get(added["Location"]).content.decode()

    address = "/self-service/blueprints/queue/1.0.0"
    shown = page.get(address).content.decode()
    assert "Offer it" in shown
    assert "<script>alert" not in shown
    wrong = page.post(address, {"name": "UPPER", "owner": "", "environment": "development", "inputs.retention": "99"})
    assert wrong.status_code == 422
    assert 'value="UPPER"' in wrong.content.decode()
    verdict = page.post(f"{address}/verdict", {"environment": "production", "inputs.retention": "4"}).content.decode()
    assert "Needs approval" in verdict
    page.post(f"{address}/state", {"act": "offer"})
    assert "Message queue" in page.get("/self-service").content.decode()
    assert "Withdraw" in page.get(address).content.decode()
    fleet = page.get("/self-service/blueprints").content.decode()
    assert address in fleet
    asked = page.post(f"/self-service/sources/{source.pk}/removal").content.decode()
    assert "Remove this source?" in asked
    page.post(f"/self-service/sources/{source.pk}/removal", {"sure": "1"})
    assert BlueprintVersion.objects.get().state == "withdrawn"
    assert "Message queue" not in page.get("/self-service").content.decode()
    assert "a source that is gone" in page.get(address).content.decode()


def test_the_page_of_a_blueprint_that_ships_has_no_button_to_offer_it(
    pat: User, client_for: Callable[[User], Client]
) -> None:
    text = client_for(pat).get("/self-service/blueprints/database/1.1.0").content.decode()
    assert "Ships with the portal" in text
    assert "Offer it" not in text
    assert client_for(pat).get("/self-service/blueprints/database/0.0.1").status_code == 404


def test_the_page_of_an_upgrade_asks_for_what_is_new_and_keeps_what_is_typed(
    resource: Resource, alice: User, charlie: User, client_for: Callable[[User], Client]
) -> None:
    page, address = client_for(alice), f"/resources/{resource.pk}/upgrade"
    assert "1 behind 1.1.0" in page.get(f"/resources/{resource.pk}").content.decode()
    text = page.get(address).content.decode()
    assert "What 1.1.0 changes" in text
    assert "New, and needed." in text
    wrong = page.post(address, {"version": "1.1.0", "inputs.retention": "88", "inputs.shape": "fifo"})
    assert wrong.status_code == 422
    assert 'value="88"' in wrong.content.decode()
    assert client_for(charlie).get(address).status_code == 404
    sent = page.post(address, {"version": "1.1.0", "inputs.retention": "5", "inputs.shape": "fifo"})
    assert sent.status_code == 302
    made = Request.objects.get(action="upgrade")
    assert (made.blueprint_version, made.inputs) == ("1.1.0", {"retention": 5, "shape": "fifo"})
    assert page.get(sent["Location"]).status_code == 200
    assert page.get("/resources?blueprint=queue&version=1.0.0").status_code == 200

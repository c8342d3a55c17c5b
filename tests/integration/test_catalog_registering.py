"""Registering repositories and organisations, on the page and by script."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Event
from catalog.actions import register_source, sync_source
from catalog.models import Entity, Source
from catalog.registering import FORMS, options_of
from catalog.tasks import refresh_source
from integrations.fake_rest import Fault, Reply
from integrations.git.cache import folder_of, locked
from integrations.github.fake import FakeGitHub
from runs.models import OutboxMessage

pytestmark = pytest.mark.django_db
ORGANISATION = {"kind": "github", "target": "https://github.test/acme"}
ClientFor = Callable[[User], Client]
ApiFor = Callable[..., APIClient]


def component(name: str) -> str:
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n"
        "spec:\n  type: service\n  lifecycle: production\n  owner: orders-team\n"
    )


@pytest.fixture
def acme(github: FakeGitHub) -> FakeGitHub:
    for number in range(12):
        github.add(f"acme/service-{number:02}", {"catalog-info.yaml": component(f"service-{number:02}")})
    return github


@pytest.fixture
def repository(tmp_path: Path, settings: Any) -> str:
    """The address of a repository of this machine."""
    settings.DATA_DIR = tmp_path / "data"
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "catalog-info.yaml").write_text(component("orders"))
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "x"]):
        who = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "-C", folder, *who, *arguments], check=True)
    return f"file://{folder}"


def work() -> None:
    """What the worker does."""
    for message in OutboxMessage.objects.filter(task="catalog.tasks.refresh_source"):
        refresh_source(*message.args)


def test_a_script_registers_a_repository_which_a_worker_reads(repository: str, pat: User, api_for: ApiFor) -> None:
    body = {"kind": "git", "target": repository, "options": {"ref": "main"}, "interval_seconds": 600}
    answer = api_for(pat).post("/api/v1/sources", body, format="json")
    assert answer.status_code == 201
    assert (answer.json()["state"], answer.json()["sync"]["stage"]) == ("new", "unheard")
    work()
    made = api_for(pat).get(f"/api/v1/sources/{answer.json()['id']}").json()
    assert (made["state"], made["options"], made["interval_seconds"]) == ("ok", {"ref": "main"}, 600)
    assert (made["counts"]["added"], len(made["counts"]["commit"])) == (1, 40)


def test_a_script_registers_an_organisation_which_a_worker_reads(acme: FakeGitHub, pat: User, api_for: ApiFor) -> None:
    api = api_for(pat)
    made = api.post("/api/v1/sources", ORGANISATION, format="json").json()
    assert made["state"] == "new"
    work()
    found = api.get(f"/api/v1/sources/{made['id']}").json()
    assert (found["state"], found["counts"]["added"]) == ("ok", 12)
    assert found["counts"]["budget"]["limit"] == 5000
    assert "ghp-secret" not in str(found)


def test_a_dry_run_reads_some_of_an_organisation_and_keeps_nothing(
    acme: FakeGitHub, pat: User, api_for: ApiFor
) -> None:
    answer = api_for(pat).post("/api/v1/sources", ORGANISATION | {"dry_run": True}, format="json")
    assert answer.status_code == 200
    assert answer.json()["entities"][0] == {"ref": "component:default/service-00", "known": False}
    assert answer.json()["sample"] == [10, 12]
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "nothing", "target": "x"}, "kind"),
        ({"kind": "git"}, "target"),
        ({"target": "not an address"}, "target"),
        ({"kind": "git", "target": "https://u:p@example.com/o/r"}, "target"),
        ({"kind": "git", "target": "https://example.com/o/r", "options": {"branch": "x"}}, "options"),
        ({"kind": "git", "target": "https://example.com/o/r", "options": []}, "options"),
        ({"kind": "github", "target": "a b"}, "target"),
        (
            {"kind": "github", "target": "acme", "options": {"filters": {"allow_forks": 1}}},
            "options.filters.allow_forks",
        ),
        ({"kind": "git", "target": "https://example.com/o/r", "interval_seconds": 1}, "interval_seconds"),
    ],
)
def test_an_error_names_its_field(body: dict, field: str, pat: User, api_for: ApiFor) -> None:
    answer = api_for(pat).post("/api/v1/sources", body, format="json")
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == [field]
    assert not Source.objects.exists()


@pytest.mark.parametrize(
    "body", [ORGANISATION, {"kind": "gitlab-org", "target": "acme"}, {"kind": "git", "target": "file:///srv/secret"}]
)
def test_what_the_portal_s_own_rights_reach_is_registered_by_admins(
    body: dict, alice: User, api_for: ApiFor, client_for: ClientFor
) -> None:
    for dry_run in (True, False):
        answer = api_for(alice).post("/api/v1/sources", body | {"dry_run": dry_run}, format="json")
        assert answer.status_code == 403
        assert "Only platform admins" in answer.json()["detail"]
    page = client_for(alice).get("/catalog/register", body)
    assert page.status_code == 403
    assert "Only platform admins register" in page.content.decode()
    assert client_for(alice).post("/catalog/register", body).status_code == 403
    assert not Source.objects.exists()


def test_somebody_sees_what_a_repository_would_bring_and_registers_it(
    repository: str, pat: User, client_for: ClientFor
) -> None:
    client, given = client_for(pat), {"kind": "git", "target": repository, "path": "*.yaml"}
    html = client.get("/catalog/register", given).content.decode()
    assert "Will be in the catalog" in html
    assert "<b>orders</b>" in html
    assert not Source.objects.exists()
    assert client.post("/catalog/register", given).status_code == 302
    work()
    source = Source.objects.get()
    assert (source.kind, source.options) == ("git", {"path": "*.yaml"})
    assert Entity.objects.filter(name="orders").exists()
    html = client.get(f"/catalog/sources/{source.pk}").content.decode()
    assert "Git repository" in html
    assert "<code>path</code>" in html
    assert source.counts["commit"][:10] in html


def test_what_takes_longer_than_a_page_waits_is_registered_without_a_look(
    repository: str, pat: User, client_for: ClientFor, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog.sources.registry.PATIENCE_SECONDS", 0.1)
    client, given = client_for(pat), {"kind": "git", "target": repository}
    with locked(folder_of(settings.DATA_DIR / "git", repository), seconds=1):
        answer = client.get("/catalog/register", given)
    assert answer.status_code == 502
    html = answer.content.decode()
    assert "It takes longer than a page waits" in html
    assert "Register it</button>" in html
    assert client.post("/catalog/register", given).status_code == 302
    work()
    assert Entity.objects.filter(name="orders").exists()


def test_somebody_sees_a_part_of_an_organisation_and_registers_it(
    acme: FakeGitHub, pat: User, client_for: ClientFor
) -> None:
    client = client_for(pat)
    given = ORGANISATION | {"filters.repository": "service-.*"}
    html = client.get("/catalog/register", given).content.decode()
    assert "The first 10 of 12 were read" in html
    assert client.post("/catalog/register", given).status_code == 302
    assert "is read as soon as" in client.get(f"/catalog/sources/{Source.objects.get().pk}").content.decode()
    work()
    html = client.get(f"/catalog/sources/{Source.objects.get().pk}").content.decode()
    assert "of 5000" in html
    assert "12 added" in html


def test_an_option_that_cannot_be_used_is_shown_beside_its_field(pat: User, client_for: ClientFor) -> None:
    answer = client_for(pat).get("/catalog/register", ORGANISATION | {"filters.repository": "("})
    assert answer.status_code == 422
    html = answer.content.decode()
    assert 'id="filters-repository-e"' in html
    assert 'id="target-e"' not in html


def test_a_host_that_refuses_is_shown_beside_the_target(acme: FakeGitHub, pat: User, client_for: ClientFor) -> None:
    acme.faults = [Fault("/orgs", Reply(429, {"message": "no"}, {"Retry-After": "60"}))]
    answer = client_for(pat).get("/catalog/register", ORGANISATION)
    assert answer.status_code == 502
    assert "no more requests until" in answer.content.decode()


@pytest.mark.parametrize("kind", list(FORMS))
def test_every_kind_has_its_form(kind: str, pat: User, client_for: ClientFor) -> None:
    html = client_for(pat).get("/catalog/register", {"kind": kind}).content.decode()
    assert f'value="{kind}"' in html


def test_an_unknown_kind_is_refused(pat: User, client_for: ClientFor) -> None:
    assert client_for(pat).get("/catalog/register", {"kind": "ftp"}).status_code == 422


def test_answers_of_a_form_become_options_and_empty_ones_do_not() -> None:
    given = {"catalog_path": " /a.yaml ", "filters.topic.include": "go, ,rust", "filters.branch": ""}
    assert options_of(FORMS["github"], given) == {
        "catalog_path": "/a.yaml",
        "filters": {"topic": {"include": ["go", "rust"]}},
    }


def test_no_token_is_in_a_page_or_in_the_trail(acme: FakeGitHub, pat: User, client_for: ClientFor) -> None:
    acme.faults = [Fault("/repos", Reply(403, {"message": "bad token ghp-secret"}))]
    source = register_source(**ORGANISATION, by=pat)
    sync_source(source=source, by=pat)
    html = client_for(pat).get(f"/catalog/sources/{source.pk}").content.decode()
    assert "answered 403" in html
    assert "ghp-secret" not in html + str(list(Event.objects.values_list("data", flat=True)))


def test_an_address_that_only_admins_register_stays_in_its_field(alice: User, client_for: ClientFor) -> None:
    answer = client_for(alice).get("/catalog/register", {"kind": "git", "target": "file:///srv/shop", "ref": "main"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert 'value="file:///srv/shop"' in page
    assert 'value="main"' in page
    assert "Only platform admins register repositories of the portal" in page

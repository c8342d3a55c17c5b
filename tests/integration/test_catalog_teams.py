"""Which sources say who is in which team, and so who may change and approve what."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Event
from catalog.actions import let_decide_teams, register_source, sync_source
from catalog.models import Entity, Source
from catalog.uploads import keep_upload
from common.errors import PermissionRefused

pytestmark = pytest.mark.django_db
PLATFORM = "group:default/platform"
PEOPLE = """
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: platform}
spec: {type: team, children: [], members: [charlie]}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: charlie}
spec: {memberOf: [platform]}
"""


@pytest.fixture
def people(tmp_path: Path) -> str:
    (tmp_path / "people.yaml").write_text(PEOPLE)
    return str(tmp_path / "people.yaml")


def registered(people: str, by: User | None) -> Source:
    source = register_source(kind="file", target=people, by=by)
    assert sync_source(source=source, by=by).state == "ok"
    return source


def test_what_a_developer_registers_puts_nobody_on_a_team(people: str, charlie: User) -> None:
    registered(people, charlie)
    assert Entity.objects.filter(ref=PLATFORM).exists()
    assert PLATFORM not in charlie.owner_refs()


def test_what_a_developer_uploads_puts_nobody_on_a_team(charlie: User) -> None:
    keep_upload(name="people.yaml", data=PEOPLE.encode(), by=charlie, origin="page")
    assert Entity.objects.filter(ref=PLATFORM).exists()
    assert PLATFORM not in charlie.owner_refs()


def test_a_developer_adds_nobody_to_the_team_of_another_source(people: str, tmp_path: Path, charlie: User) -> None:
    registered(people, None)
    mine = tmp_path / "mine.yaml"
    mine.write_text(PEOPLE.replace("name: charlie", "name: mallory").partition("---")[2])
    registered(str(mine), charlie)
    assert Entity.objects.filter(ref="user:default/mallory").exists()
    assert not User(username="mallory").owner_refs() & {PLATFORM}


def test_nobody_squats_on_the_name_of_a_team(people: str, tmp_path: Path, charlie: User) -> None:
    other = tmp_path / "real.yaml"
    other.write_text(PEOPLE.replace("charlie", "dora"))
    mine = registered(people, charlie)
    real = registered(str(other), None)
    assert Entity.objects.get(ref=PLATFORM).source == real
    assert PLATFORM in User(username="dora").owner_refs()
    mine.refresh_from_db()
    assert sync_source(source=mine, by=charlie).problems == 1
    assert PLATFORM not in charlie.owner_refs()


@pytest.mark.parametrize("by_whom", ["the configuration", "a platform admin"])
def test_what_those_who_run_the_portal_bring_in_decides(by_whom: str, people: str, charlie: User, pat: User) -> None:
    registered(people, None if by_whom == "the configuration" else pat)
    assert PLATFORM in charlie.owner_refs()


@pytest.mark.parametrize("kind", ["github", "gitlab"])
def test_whoever_may_push_to_some_repository_of_an_organisation_joins_no_team(kind: str) -> None:
    assert not register_source(kind=kind, target=f"https://{kind}.test/acme", by=None).decides_teams
    assert register_source(kind=f"{kind}-org", target=f"https://{kind}.test/acme", by=None).decides_teams


def test_a_platform_admin_lets_a_source_decide_and_takes_it_back(people: str, charlie: User, pat: User) -> None:
    source = registered(people, charlie)
    let_decide_teams(source=source, decides=True, by=pat)
    assert PLATFORM in charlie.owner_refs()
    let_decide_teams(source=source, decides=False, by=pat)
    assert PLATFORM not in User.objects.get(pk=charlie.pk).owner_refs()
    actions = Event.objects.filter(verb__startswith="source.teams").order_by("pk").values_list("verb", flat=True)
    assert list(actions) == ["source.teams-decided", "source.teams-ignored"]


def test_nobody_else_lets_a_source_decide(people: str, charlie: User) -> None:
    with pytest.raises(PermissionRefused):
        let_decide_teams(source=registered(people, charlie), decides=True, by=charlie)


def test_the_page_says_that_its_groups_decide_nothing(
    people: str, charlie: User, pat: User, client_for: Callable[[User], Client]
) -> None:
    source = registered(people, charlie)
    for user, may in ((charlie, False), (pat, True)):
        page = client_for(user).get(source.get_absolute_url()).text
        assert "decide nothing" in page
        assert ("Let it decide…" in page) is may
    answer = client_for(pat).post(f"{source.get_absolute_url()}/teams", {"decides": "1"}, follow=True)
    assert "Its groups are teams now." in answer.text
    assert client_for(charlie).post(f"{source.get_absolute_url()}/teams", {"decides": "0"}).status_code == 403
    assert PLATFORM in charlie.owner_refs()


def test_a_script_lets_a_source_decide(
    people: str, charlie: User, pat: User, api_for: Callable[[User], APIClient]
) -> None:
    address = f"/api/v1/sources/{registered(people, charlie).pk}"
    assert api_for(charlie).patch(address, {"decides_teams": True}, format="json").status_code == 403
    assert api_for(pat).patch(address, {"decides_teams": "yes"}, format="json").status_code == 422
    assert api_for(pat).patch(address, {"decides_teams": True}, format="json").json()["decides_teams"] is True
    assert PLATFORM in charlie.owner_refs()

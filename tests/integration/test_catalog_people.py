"""The people and teams of a host become Users and Groups, and memberships follow."""

import pytest

from accounts.models import User
from catalog.actions import register_source, sync_source
from catalog.models import Entity, Problem, Source
from catalog.sources.github_people import direct_members
from integrations.fake_rest import Fault, Reply
from integrations.github.fake import FakeGitHub

pytestmark = pytest.mark.django_db


def sync(source: Source) -> str:
    result = sync_source(source=source, by=None)
    return f"{result.state}: {result.error}"


def refs() -> set[str]:
    return set(Entity.objects.present().values_list("ref", flat=True))


@pytest.fixture
def acme(github: FakeGitHub) -> Source:
    github.members["acme"] = ["alice", "bob", "charlie"]
    github.people["alice"] = {"name": "Alice A.", "email": "alice@example.com", "bio": "Cooks"}
    github.people["bob"] = {}
    github.add_team("acme", "shop", ["alice", "bob", "charlie"])
    github.add_team("acme", "cooks", ["bob"], parent="shop")
    github.add_team("acme", "bakers", [], parent="cooks")
    return register_source(kind="github-org", target="https://github.test/acme", by=None)


def test_members_and_nested_teams_are_users_and_groups(acme: Source, github: FakeGitHub) -> None:
    assert sync(acme) == "ok: "
    assert not Problem.objects.exists()
    assert refs() == {
        *(f"user:default/{name}" for name in ("alice", "bob", "charlie")),
        *(f"group:default/{name}" for name in ("shop", "cooks", "bakers")),
    }
    alice = Entity.objects.get(ref="user:default/alice").data
    assert alice["spec"]["profile"] == {
        "displayName": "Alice A.",
        "email": "alice@example.com",
        "picture": "https://avatars.githubusercontent.com/alice",
    }
    assert alice["spec"]["memberOf"] == ["shop"]
    notes = alice["metadata"]["annotations"]
    assert notes["github.com/user-login"] == "alice"
    assert notes["backstage.io/managed-by-location"] == "url:https://github.test/alice"
    cooks = Entity.objects.get(ref="group:default/cooks").data
    assert (cooks["spec"]["type"], cooks["spec"]["parent"], cooks["spec"]["children"]) == ("team", "shop", ["bakers"])
    assert cooks["metadata"]["annotations"]["github.com/team-slug"] == "acme/cooks"


def test_who_signs_in_is_on_the_teams_that_github_says(acme: Source, charlie: User) -> None:
    sync(acme)
    assert "group:default/shop" in User.objects.get(username="charlie").team_refs()


def test_nobody_s_page_is_paid_for_twice(acme: Source, github: FakeGitHub) -> None:
    sync(acme)
    spent = github.remaining
    github.requests.clear()
    assert sync(acme) == "ok: "
    # charlie has no page; a 404 has no ETag.
    assert spent - github.remaining == 1


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/orgs/acme/members", truncated=True),
        Fault("/orgs/acme/teams$", Reply(500, b"")),
        Fault("/orgs/acme/teams/cooks/members", Reply(403, {"message": "no"})),
        Fault("/users/", Reply(429, {"message": "slow down"}, {"Retry-After": "60"})),
    ],
)
def test_half_of_the_people_is_never_taken_for_all(acme: Source, github: FakeGitHub, fault: Fault) -> None:
    sync(acme)
    before = refs()
    github.members["acme"] = ["alice"]
    github.faults = [fault]
    assert sync(acme).startswith("failed: ")
    assert refs() == before


def test_one_person_who_cannot_be_read_keeps_what_was_known(acme: Source, github: FakeGitHub) -> None:
    sync(acme)
    github.faults = [Fault("/users/alice", Reply(500, b""))]
    assert sync(acme) == "ok: "
    assert Entity.objects.get(ref="user:default/alice").data["spec"]["profile"]["displayName"] == "Alice A."
    assert Problem.objects.get().file == "https://github.test/alice"


def test_who_leaves_goes(acme: Source, github: FakeGitHub) -> None:
    sync(acme)
    github.members["acme"].remove("charlie")
    sync(acme)
    assert "user:default/charlie" not in refs()


def test_a_member_of_a_nested_team_is_no_direct_member_of_those_above() -> None:
    teams = {"a": ("", {"x", "y", "z"}), "b": ("a", {"y", "z"}), "c": ("b", {"z"})}
    assert direct_members(teams) == {"a": {"x"}, "b": {"y"}, "c": {"z"}}
    assert direct_members({"a": ("b", {"x"}), "b": ("a", {"x"})}) == {"a": set(), "b": set()}

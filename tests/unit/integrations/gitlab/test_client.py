"""The client against the fake over real HTTP: pages, ETags, limits, and every way in which GitLab fails."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from common.errors import NotFound, ProviderError, RateLimited
from integrations.fake_rest import Fault, Reply
from integrations.gitlab.client import GitLab
from integrations.gitlab.fake import FakeGitLab
from integrations.gitlab.payloads import person


@pytest.fixture
def fake() -> Iterator[FakeGitLab]:
    with FakeGitLab() as gitlab:
        gitlab.groups = {"acme": ["alice"], "acme/shop": ["bob"]}
        yield gitlab


def client(fake: FakeGitLab, token: str = "") -> GitLab:
    return GitLab(fake.url, token=lambda: token, allow_private=(fake.netloc,))


def test_all_pages_of_a_group_and_its_subgroups_are_read_and_each_project_counts_once(fake: FakeGitLab) -> None:
    for number in range(5):
        fake.add(f"acme/shop/service-{number}", {})
    fake.projects.append(fake.projects[2])
    fake.page_size = 2
    found = client(fake).projects("acme")
    assert [one.path for one in found] == [f"acme/shop/service-{number}" for number in range(5)]
    assert [asked.query["page"] for asked in fake.requests[1:]] == ["2", "3"]


def test_pages_hold_where_the_host_calls_itself_by_another_name(fake: FakeGitLab) -> None:
    fake.add("acme/one", {})
    fake.add("acme/two", {})
    fake.page_size = 1
    link = {"Link": '<https://internal.example.com/x?page=2>; rel="next"', "X-Next-Page": "2"}
    fake.faults = [Fault("/groups", Reply(200, [fake.projects[0].shape()], link), times=1)]
    assert len(client(fake).projects("acme")) == 2


def test_the_whole_host_is_read_where_no_group_is_named(fake: FakeGitLab) -> None:
    fake.add("other/one", {})
    assert [one.path for one in client(fake).projects("")] == ["other/one"]
    assert [group.path for group in client(fake).groups("")] == ["acme", "acme/shop"]


def test_files_paths_and_commits_are_read(fake: FakeGitLab) -> None:
    made = fake.add("acme/shop/one", {"a/b c.yaml": "x: ü"})
    made.branches["release/1"] = {"c.yaml": "y"}
    asked = client(fake)
    assert asked.file("acme/shop/one", "a/b c.yaml", "main") == "x: ü".encode()
    assert asked.file("acme/shop/one", "c.yaml", "release/1") == b"y"
    assert asked.file("acme/shop/one", "nothing.yaml", "main") is None
    assert asked.paths("acme/shop/one", "main") == ["a/b c.yaml"]
    assert len(asked.commit("acme/shop/one", "release/1")) == 40
    with pytest.raises(NotFound):
        asked.paths("acme/shop/one", "nothing")


def test_a_limit_says_until_when(fake: FakeGitLab) -> None:
    fake.remaining = 0
    with pytest.raises(RateLimited) as caught:
        client(fake).projects("acme")
    assert 50 < (caught.value.until - datetime.now(UTC)).total_seconds() < 70


@pytest.mark.parametrize(
    ("fault", "id", "permanent"),
    [
        (Fault("/groups", Reply(403, {"message": "403 Forbidden"})), "answered-403", True),
        (Fault("/groups", Reply(401, {"message": "401 Unauthorized"})), "login-refused", True),
        (Fault("/groups", Reply(404, {"message": "404 Group Not Found"})), "not-found", None),
        (Fault("/groups", Reply(500, b"oops")), "no-answer", False),
        (Fault("/groups", Reply(200, b"<html>")), "bad-answer", False),
        (Fault("/groups", Reply(200, [{"id": 1}])), "bad-answer", False),
        (Fault("/groups", truncated=True), "no-answer", False),
    ],
)
def test_every_failure_is_told_apart(fake: FakeGitLab, fault: Fault, id: str, permanent: bool | None) -> None:
    fake.add("acme/one", {})
    fake.faults = [fault]
    with pytest.raises((ProviderError, NotFound)) as caught:
        client(fake).projects("acme")
    assert (caught.value.id, getattr(caught.value, "permanent", None)) == (id, permanent)


def test_members_and_everybody(fake: FakeGitLab) -> None:
    asked = client(fake)
    assert [one.username for one in asked.members("acme/shop")] == ["bob"]
    assert [one.username for one in asked.people("acme/shop")] == ["alice", "bob"]


@pytest.mark.parametrize(
    ("about", "active"),
    [
        ({"username": "alice", "state": "active"}, True),
        ({"username": "alice", "state": "blocked"}, False),
        ({"username": "group_12_bot_ab"}, False),
        ({"username": "x", "bot": True}, False),
    ],
)
def test_bots_and_blocked_accounts_are_no_people(about: dict, active: bool) -> None:
    assert person(about).active is active

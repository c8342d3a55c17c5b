"""The client against the fake over real HTTP: pages, ETags, budget, and every way in which GitHub fails."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from common.errors import NotFound, ProviderError, RateLimited, UserError
from integrations.fake_rest import Fault, Reply
from integrations.github.app import InstallationTokens, signed_word
from integrations.github.client import GitHub
from integrations.github.fake import FakeGitHub


class Memory:
    """Answers kept in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, bytes]] = {}

    def get(self, address: str) -> tuple[str, bytes] | None:
        return self.kept.get(address)

    def put(self, address: str, etag: str, body: bytes) -> None:
        self.kept[address] = (etag, body)


@pytest.fixture
def fake() -> Iterator[FakeGitHub]:
    with FakeGitHub() as github:
        yield github


def client(fake: FakeGitHub, token: str = "", answers: Memory | None = None) -> GitHub:
    return GitHub(fake.url, token=lambda: token, answers=answers, allow_private=(fake.netloc,))


def test_all_pages_are_read_and_a_repository_that_moved_between_them_counts_once(fake: FakeGitHub) -> None:
    for number in range(7):
        fake.add(f"acme/service-{number}", {"catalog-info.yaml": "x"})
    fake.repositories.append(fake.repositories[3])
    fake.page_size = 3
    found = client(fake).repositories("acme")
    assert [one.name for one in found] == [f"service-{number}" for number in range(7)]
    assert len(fake.asked_for("/orgs/acme/repos")) == 3


def test_the_repositories_of_a_person_are_found_where_there_is_no_organisation(fake: FakeGitHub) -> None:
    with pytest.raises(NotFound):
        client(fake).repositories("nobody")
    assert [asked.path for asked in fake.requests] == ["/orgs/nobody/repos", "/users/nobody/repos"]


def test_the_same_again_costs_no_budget_and_its_pages_are_known(fake: FakeGitHub) -> None:
    for number in range(4):
        fake.add(f"acme/{number}", {})
    fake.page_size = 2
    memory = Memory()
    first = client(fake, answers=memory).repositories("acme")
    spent = fake.remaining
    again = client(fake, answers=memory)
    assert again.repositories("acme") == first
    assert fake.remaining == spent
    assert again.budget
    assert (again.budget.limit, again.budget.remaining) == (5000, spent)


@pytest.mark.parametrize("fault", [Reply(500, b""), Reply(403, {"message": "no"}), Reply(200, b"[{")])
def test_a_page_that_fails_fails_the_whole_list(fake: FakeGitHub, fault: Reply) -> None:
    for number in range(6):
        fake.add(f"acme/{number}", {})
    fake.page_size = 2
    fake.faults = [Fault(r"/orgs/acme/repos\?.*page=2", fault)]
    with pytest.raises(ProviderError):
        client(fake).repositories("acme")
    assert len(fake.asked_for("/orgs/acme/repos")) >= 2


def test_the_next_page_is_never_asked_for_at_another_host(fake: FakeGitHub) -> None:
    fake.add("acme/one", {})
    elsewhere = {"Link": '<https://evil.example.com/repos>; rel="next"'}
    fake.faults = [Fault("/orgs", Reply(200, [fake.repositories[0].shape()], elsewhere))]
    with pytest.raises(ProviderError, match="another host"):
        client(fake, "secret").repositories("acme")


@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (Reply(429, {"message": "slow down"}, {"Retry-After": "90"}), 90),
        (Reply(403, {"message": "You have exceeded a secondary rate limit."}, {"Retry-After": "120"}), 120),
        (Reply(403, {"message": "You have exceeded a secondary rate limit."}), 60),
        (Reply(403, {"message": "API rate limit exceeded"}, {"X-RateLimit-Remaining": "0"}), 3600),
    ],
)
def test_a_limit_says_until_when_and_nothing_is_asked_before(fake: FakeGitHub, reply: Reply, seconds: int) -> None:
    fake.add("acme/one", {})
    fake.faults = [Fault("/orgs", reply)]
    asked = client(fake)
    with pytest.raises(RateLimited, match="no more requests until") as caught:
        asked.repositories("acme")
    assert not caught.value.permanent
    assert abs((caught.value.until - datetime.now(UTC)).total_seconds() - seconds) < 5
    count = len(fake.requests)
    with pytest.raises(RateLimited):
        asked.file("acme/one", "a", "main")
    assert len(fake.requests) == count


def test_a_spent_budget_is_a_limit(fake: FakeGitHub) -> None:
    fake.add("acme/one", {})
    fake.remaining, fake.reset = 0, int(time.time()) + 600
    with pytest.raises(RateLimited) as caught:
        client(fake).repositories("acme")
    assert timedelta(minutes=9) < caught.value.until - datetime.now(UTC) <= timedelta(minutes=10)


@pytest.mark.parametrize(
    ("fault", "id", "permanent"),
    [
        (Fault("/orgs", Reply(403, {"message": "Resource not accessible"})), "answered-403", True),
        (Fault("/orgs", Reply(401, {"message": "Bad credentials"})), "login-refused", True),
        (Fault("/orgs", Reply(500, b"oops")), "no-answer", False),
        (Fault("/orgs", Reply(200, b"<html>")), "bad-answer", False),
        (Fault("/orgs", Reply(200, {"message": "hello"})), "bad-answer", False),
        (Fault("/orgs", Reply(200, [{"name": "no id"}])), "bad-answer", False),
        (Fault("/orgs", truncated=True), "no-answer", False),
    ],
)
def test_every_failure_is_told_apart(fake: FakeGitHub, fault: Fault, id: str, permanent: bool) -> None:
    fake.add("acme/one", {})
    fake.faults = [fault]
    with pytest.raises(ProviderError) as caught:
        client(fake).repositories("acme")
    assert (caught.value.id, caught.value.permanent) == (id, permanent)


def test_a_server_that_fails_once_is_asked_again(fake: FakeGitHub) -> None:
    fake.add("acme/one", {})
    fake.faults = [Fault("/orgs", Reply(502, b""), times=1)]
    assert len(client(fake).repositories("acme")) == 1


def test_files_paths_and_commits_are_read(fake: FakeGitHub) -> None:
    made = fake.add("acme/one", {"a b/é.yaml": "x: ü"})
    made.branches["release/1"] = {"c.yaml": "y"}
    asked = client(fake)
    assert asked.file("acme/one", "a b/é.yaml", "main") == "x: ü".encode()
    assert asked.file("acme/one", "c.yaml", "release/1") == b"y"
    assert asked.file("acme/one", "nothing.yaml", "main") is None
    assert asked.paths("acme/one", "release/1") == ["c.yaml"]
    assert len(asked.commit("acme/one", "main")) == 40


def test_a_repository_without_a_commit_has_no_files_and_half_a_tree_is_an_error(fake: FakeGitHub) -> None:
    fake.add("acme/empty")
    fake.add("acme/huge", {"a": "x"}, truncated=True)
    assert client(fake).paths("acme/empty", "main") == []
    with pytest.raises(ProviderError, match="more files than"):
        client(fake).paths("acme/huge", "main")


def test_a_renamed_repository_is_followed_with_the_token(fake: FakeGitHub) -> None:
    made = fake.add("acme/old", {"a": "x"}, visibility="private")
    fake.tokens = {"secret"}
    fake.rename(made, "new")
    assert client(fake, "secret").repository("acme/old").full_name == "acme/new"
    assert client(fake, "secret").file("acme/old", "a", "main") == b"x"


def test_members_teams_and_people(fake: FakeGitHub) -> None:
    fake.members["acme"] = ["alice", "bob"]
    fake.people["alice"] = {"name": "Alice A."}
    fake.add_team("acme", "shop", ["alice"])
    fake.add_team("acme", "orders", ["bob"], parent="shop")
    asked = client(fake)
    assert [person.login for person in asked.members("acme")] == ["alice", "bob"]
    assert asked.person("alice").name == "Alice A."
    assert [(team.slug, team.parent) for team in asked.teams("acme")] == [("shop", ""), ("orders", "shop")]
    assert list(asked.team_members("acme", "orders")) == ["bob"]


@pytest.fixture(scope="module")
def key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def test_an_app_gets_a_token_for_its_installation_and_keeps_it_until_it_ends(fake: FakeGitHub, key: str) -> None:
    fake.installations["acme"] = 7
    tokens = InstallationTokens(fake.url, "12", key, allow_private=(fake.netloc,))
    assert [tokens.token("acme"), tokens.token("Acme")] == ["ghs_1", "ghs_1"]
    assert len(fake.asked_for("access_tokens")) == 1
    with pytest.raises(NotFound, match="not installed for other"):
        tokens.token("other")


def test_an_app_signs_for_ten_minutes_and_a_bad_key_is_named(key: str) -> None:
    import base64
    import json

    claims = json.loads(base64.urlsafe_b64decode(signed_word("12", key, 1_000_000).split(".")[1] + "=="))
    assert claims == {"iat": 999_940, "exp": 1_000_540, "iss": "12"}
    with pytest.raises(UserError, match="private key of the GitHub App 12"):
        signed_word("12", "not a key", 0)


def test_an_app_that_is_refused_says_what_belongs_together(fake: FakeGitHub, key: str) -> None:
    fake.faults = [Fault("/installation", Reply(401, {"message": "A JSON web token could not be decoded"}))]
    with pytest.raises(ProviderError, match="answered 401") as caught:
        InstallationTokens(fake.url, "12", key, allow_private=(fake.netloc,)).token("acme")
    assert "appId and privateKey" in caught.value.hint


def test_a_private_host_is_refused_unless_it_is_allowed(fake: FakeGitHub) -> None:
    with pytest.raises(UserError, match="private address"):
        GitHub(fake.url).repositories("acme")
    assert fake.requests == []

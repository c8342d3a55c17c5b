"""A change to an entity of a repository is handed in there, and nothing else of the repository changes."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from audit.models import Event
from catalog import proposals
from catalog.actions import register_source, sync_source
from catalog.ingest.splice import Part
from catalog.models import Entity, Source
from catalog.proposals import propose_change, text_of
from catalog.sources.proposing import Place
from common.errors import CairnError, Conflict, PermissionRefused, ProviderError, UserError
from integrations.fake_rest import Fault, Reply
from integrations.github.fake import FakeGitHub
from integrations.gitlab.fake import FakeGitLab
from tests.integration.test_catalog_git import Remote, _own_folder, git  # noqa: F401
from tests.integration.test_catalog_sync import Folder

pytestmark = pytest.mark.django_db
FILE = "catalog-info.yaml"


def component(name: str, owner: str = "orders-team") -> str:
    return (
        f"# What {name} is\napiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name} # for ever\n"
        f"spec:\n  type: service\n  lifecycle: production\n  owner: {owner}\n"
    )


ORDERS, STOCK = component("orders"), component("stock", "payments-team")
BOTH = f"{ORDERS}---\n# kept\n{STOCK}"
TITLED = ORDERS.replace("metadata:\n", "metadata:\n  title: The orders\n")
EDIT = "/catalog/default/component/orders/edit"
API = "/api/v1/entities/component:default/orders/proposals"


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    made = Remote(tmp_path / "shop")
    made.commit(**{"catalog-info_yaml": BOTH, "README.md": "x"})
    return made


@pytest.fixture
def browser(alice: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(alice)


def synced(source: Source) -> Entity:
    assert sync_source(source=source, by=None).error == ""
    return orders()


def orders() -> Entity:
    return Entity.objects.select_related("source").get(ref="component:default/orders")


def on_github(github: FakeGitHub, **files: str) -> Entity:
    github.add("acme/shop", {FILE: BOTH, **files})
    return synced(register_source(kind="github", target="https://github.test/acme", by=None))


def on_gitlab(gitlab: FakeGitLab) -> Entity:
    gitlab.groups = {"acme": []}
    gitlab.add("acme/shop", {FILE: BOTH})
    return synced(register_source(kind="gitlab", target="https://gitlab.test/acme", by=None))


def proposed_file(branches: dict[str, dict[str, str]]) -> str:
    [branch] = [name for name in branches if name != "main"]
    assert branch.startswith("cairn/component-default-orders-")
    return branches[branch][FILE]


def test_a_change_is_pushed_as_a_branch_and_is_in_the_catalog_once_it_is_merged(remote: Remote, alice: User) -> None:
    source = remote.source()
    entity = synced(source)
    assert text_of(entity) == ORDERS
    made = propose_change(entity=entity, text=TITLED, by=alice, before=ORDERS)
    assert (made.url, made.branch[:6]) == ("", "cairn/")
    assert git(remote.path, "show", f"{made.branch}:{FILE}") == BOTH.replace(ORDERS, TITLED).strip()
    assert git(remote.path, "diff", "--name-only", "main", made.branch) == FILE
    said = git(remote.path, "log", "-1", "--format=%an|%cn|%P|%s", made.branch)
    assert said == f"{alice.display_name}|Cairn|{git(remote.path, 'rev-parse', 'main')}|Change component:default/orders"
    assert synced(source).title == ""
    git(remote.path, "merge", "--quiet", made.branch)
    assert synced(source).title == "The orders"
    assert text_of(orders()) == TITLED


def test_what_was_proposed_is_on_record_without_its_words(remote: Remote, alice: User) -> None:
    made = propose_change(entity=synced(remote.source()), text=TITLED, by=alice)
    event = Event.objects.get(verb="entity.change_proposed")
    assert (event.subject_id, event.actor) == ("component:default/orders", "user:default/alice")
    assert event.data["branch"] == made.branch
    assert "The orders" not in repr(event.data)


def test_an_executable_file_with_windows_lines_and_an_odd_name_stays_as_it_is(remote: Remote, alice: User) -> None:
    path = remote.path / "a, b" / "-c:é.yaml"
    path.parent.mkdir()
    path.write_bytes(b"# top\r\n---\r\n" + ORDERS.replace("orders", "bills").replace("\n", "\r\n").encode())
    path.chmod(0o755)
    remote.commit()
    synced(remote.source(path="**/*.yaml"))
    entity = Entity.objects.select_related("source").get(name="bills")
    made = propose_change(entity=entity, text=text_of(entity).replace("service", "website"), by=_of(entity))
    assert git(remote.path, "diff", "--stat", "main", made.branch).endswith("1 insertion(+), 1 deletion(-)")
    listed = git(remote.path, "-c", "core.quotePath=false", "ls-tree", "-r", made.branch)
    assert any(line.startswith("100755") and line.endswith("-c:é.yaml") for line in listed.splitlines())


def _of(entity: Entity) -> User:
    from tests.conftest import _person

    return _person("dora", "developer", entity.owner_ref)


def test_the_same_change_is_not_proposed_twice_and_another_is(remote: Remote, alice: User) -> None:
    entity = synced(remote.source())
    made = propose_change(entity=entity, text=TITLED, by=alice)
    with pytest.raises(Conflict, match="already") as caught:
        propose_change(entity=entity, text=TITLED, by=alice)
    assert made.branch in caught.value.message
    assert "delete the branch" in caught.value.hint
    assert propose_change(entity=entity, text=TITLED + "# more\n", by=alice).branch != made.branch


def test_a_push_that_the_repository_refuses_is_told_with_its_words(remote: Remote, alice: User) -> None:
    entity = synced(remote.source())
    hook = remote.path / ".git/hooks/pre-receive"
    hook.write_text("#!/bin/sh\necho 'only from the office, https://me:secret@x.test/' >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(ProviderError, match="only from the office") as caught:
        propose_change(entity=entity, text=TITLED, by=alice)
    assert "secret" not in caught.value.message
    assert "cairn/" in caught.value.hint


def test_what_others_pushed_to_the_file_meanwhile_is_kept(remote: Remote, alice: User) -> None:
    entity = synced(remote.source())
    remote.commit(**{"catalog-info_yaml": BOTH.replace("payments-team", "stock-team")})
    made = propose_change(entity=entity, text=TITLED, by=alice, before=ORDERS)
    assert "stock-team" in git(remote.path, "show", f"{made.branch}:{FILE}")
    remote.commit(**{"catalog-info_yaml": BOTH.replace("service", "website")})
    with pytest.raises(Conflict, match="changed meanwhile"):
        propose_change(entity=entity, text=TITLED, by=alice, before=ORDERS)
    remote.commit(**{"catalog-info_yaml": STOCK})
    with pytest.raises(CairnError, match="describes no component:default/orders"):
        propose_change(entity=entity, text=TITLED, by=alice, before=ORDERS)


def test_a_push_of_other_files_while_a_change_is_proposed_is_built_upon(
    remote: Remote, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    entity = synced(remote.source())
    original = proposals._require_newest

    def slowly(part: Part, before: str | None, place: Place) -> None:
        original(part, before, place)
        remote.commit(**{"README.md": "newer"})

    monkeypatch.setattr(proposals, "_require_newest", slowly)
    made = propose_change(entity=entity, text=TITLED, by=alice, before=ORDERS)
    assert git(remote.path, "diff", "--name-only", "main", made.branch) == FILE
    assert git(remote.path, "rev-parse", f"{made.branch}^") == git(remote.path, "rev-parse", "main")


def test_a_push_to_the_file_while_a_change_is_proposed_is_a_conflict(
    remote: Remote, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    entity = synced(remote.source())
    newer = BOTH.replace("service", "website")
    monkeypatch.setattr(proposals, "_require_newest", lambda *_: remote.commit(**{"catalog-info_yaml": newer}))
    with pytest.raises(Conflict, match="was changed meanwhile"):
        propose_change(entity=entity, text=TITLED, by=alice)
    assert git(remote.path, "branch", "--list", "cairn/*") == ""


def test_a_branch_with_a_slash_is_left_and_not_taken_for_a_folder(
    remote: Remote, github: FakeGitHub, alice: User
) -> None:
    git(remote.path, "branch", "release/1")
    entity = synced(remote.source(ref="release/1"))
    made = propose_change(entity=entity, text=TITLED, by=alice)
    assert git(remote.path, "rev-parse", f"{made.branch}^") == git(remote.path, "rev-parse", "release/1")


def test_a_branch_of_github_with_a_slash_is_where_the_pull_request_leads(github: FakeGitHub, alice: User) -> None:
    github.add("acme/shop", {"README.md": "x"}).push({FILE: BOTH}, "release/1")
    options = {"filters": {"branch": "release/1"}}
    entity = synced(register_source(kind="github", target="https://github.test/acme", options=options, by=None))
    propose_change(entity=entity, text=TITLED, by=alice, before=text_of(entity))
    assert github.repositories[0].pulls[0]["base"] == "release/1"


def test_a_repository_that_was_renamed_is_found_under_its_new_name(github: FakeGitHub, alice: User) -> None:
    entity = on_github(github)
    github.rename(github.repositories[0], "store")
    assert propose_change(entity=entity, text=TITLED, by=alice).url == "https://github.com/acme/store/pull/1"


def test_a_file_that_a_folder_points_at_is_proposed_where_it_stands(
    github: FakeGitHub, alice: User, tmp_path: Path
) -> None:
    github.add("acme/shop", {FILE: BOTH})
    folder = Folder(tmp_path / "one")
    target = f"https://github.test/acme/shop/blob/main/{FILE}"
    location = (
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\nspec: {type: url, target: %s}\n"
    )
    folder.write("a.yaml", location % target)
    folder.sync()
    assert propose_change(entity=orders(), text=TITLED, by=alice).url.endswith("/pull/1")


def test_teams_are_changed_by_those_who_run_the_portal(remote: Remote, alice: User, pat: User) -> None:
    team = "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: a\nspec: {type: team, children: []}\n"
    remote.commit(**{"catalog-info_yaml": team})
    sync_source(source=remote.source(), by=None)
    entity = Entity.objects.select_related("source").get(kind="Group")
    with pytest.raises(PermissionRefused):
        propose_change(entity=entity, text=team + "# a\n", by=alice)
    assert propose_change(entity=entity, text=team + "# a\n", by=pat).branch


def test_a_file_that_is_gone_is_named_when_it_is_opened(github: FakeGitHub, browser: Client) -> None:
    on_github(github)
    github.repositories[0].push({"README.md": "x"})
    page = browser.get(EDIT)
    assert page.status_code == 404
    assert "acme/shop shows no catalog-info.yaml on main any more" in page.content.decode()
    github.repositories[0].push({FILE: STOCK})
    assert "describes no component:default/orders any more" in browser.get(EDIT).content.decode()


def test_a_repository_that_is_read_at_a_tag_is_changed_by_hand(remote: Remote, alice: User) -> None:
    git(remote.path, "tag", "v1")
    with pytest.raises(UserError, match="read at v1, which is no branch"):
        propose_change(entity=synced(remote.source(ref="v1")), text=TITLED, by=alice)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must be about"),
        (ORDERS.replace("orders", "stock"), "must be about component:default/orders"),
        (f"{TITLED}---\n{STOCK}", "parts documents"),
        (f"{TITLED}...\n", "parts documents"),
        (TITLED.replace("owner", "ownr"), "1 thing to change"),
        (TITLED.replace("The orders", "'open"), "1 thing to change"),
        (TITLED.replace("The orders", "{$text: ./none.txt}"), "1 thing to change"),
        (TITLED.replace("The orders", "{$text: http://127.0.0.1/}"), "1 thing to change"),
        (TITLED.replace("The orders", "a\u202eb"), "nobody sees"),
        (TITLED.replace("The orders", "a\ud800b"), "nobody sees"),
        (TITLED + "# " + "x" * 600_000, "more than 500 KB"),
        (ORDERS, "Nothing is changed"),
    ],
)
def test_a_text_that_a_sync_would_not_take_is_not_proposed(remote: Remote, alice: User, text: str, words: str) -> None:
    with pytest.raises(UserError, match=words):
        propose_change(entity=synced(remote.source()), text=text, by=alice)
    assert git(remote.path, "branch", "--list", "cairn/*") == ""


def test_a_pull_request_is_made_on_github(github: FakeGitHub, alice: User) -> None:
    made = propose_change(entity=on_github(github), text=TITLED, by=alice, before=ORDERS)
    [repository] = github.repositories
    assert made.url == "https://github.com/acme/shop/pull/1"
    assert proposed_file(repository.branches) == BOTH.replace(ORDERS, TITLED)
    assert repository.branches["main"][FILE] == BOTH
    assert (repository.pulls[0]["head"], repository.pulls[0]["base"]) == (made.branch, "main")
    [put] = [asked for asked in github.requests if asked.method == "PUT"]
    assert put.body["author"]["name"] == alice.display_name


def test_a_merge_request_is_made_on_gitlab(gitlab: FakeGitLab, alice: User) -> None:
    made = propose_change(entity=on_gitlab(gitlab), text=TITLED, by=alice, before=ORDERS)
    [project] = gitlab.projects
    assert made.url == "https://gitlab.com/acme/shop/-/merge_requests/1"
    assert proposed_file(project.branches) == BOTH.replace(ORDERS, TITLED)
    assert project.commits[0]["author_name"] == alice.display_name
    assert project.merges[0]["target_branch"] == "main"


def test_what_was_proposed_before_is_shown_where_it_is(github: FakeGitHub, browser: Client, alice: User) -> None:
    entity = on_github(github)
    made = propose_change(entity=entity, text=TITLED, by=alice)
    again = browser.post(EDIT, {"text": TITLED, "before": ORDERS})
    assert again.status_code == 409
    assert f"look at {made.url}" in again.content.decode()
    github.repositories[0].pulls.clear()
    with pytest.raises(Conflict) as caught:
        propose_change(entity=entity, text=TITLED, by=alice)
    assert "look for it there" in caught.value.hint


def test_what_was_proposed_before_on_gitlab_is_shown_where_it_is(gitlab: FakeGitLab, alice: User) -> None:
    entity = on_gitlab(gitlab)
    made = propose_change(entity=entity, text=TITLED, by=alice)
    with pytest.raises(Conflict) as caught:
        propose_change(entity=entity, text=TITLED, by=alice)
    assert f"look at {made.url}" in caught.value.hint


def test_a_file_of_a_github_that_was_registered_by_its_address_is_proposed_there(
    github: FakeGitHub, alice: User
) -> None:
    github.add("acme/shop", {FILE: BOTH})
    address = f"https://github.test/acme/shop/blob/main/{FILE}"
    entity = synced(register_source(kind="url", target=address, by=None))
    assert propose_change(entity=entity, text=TITLED, by=alice).url.endswith("/pull/1")


def test_files_that_a_text_names_are_read_where_it_stands(github: FakeGitHub, alice: User) -> None:
    entity = on_github(github, **{"about.txt": "Takes orders"})
    text = ORDERS.replace("metadata:\n", "metadata:\n  description: {$text: ./%s.txt}\n")
    assert propose_change(entity=entity, text=text % "about", by=alice).url
    with pytest.raises(UserError) as caught:
        propose_change(entity=entity, text=text % "nothing", by=alice)
    assert caught.value.fields[0].line == 5


REFUSALS = [
    (401, "app-config.yaml is wrong or has expired"),
    (403, "Look at the token under integrations"),
    (404, "the token may not write there"),
    (409, "Nothing was proposed|Propose again"),
    (422, "change the file there"),
    (429, "read again then"),
    (503, "Try again in a while"),
]


@pytest.mark.parametrize(("status", "hint"), REFUSALS)
@pytest.mark.parametrize("step", ["git/refs$", "contents", "pulls$"])
def test_whatever_github_refuses_is_named_and_leaves_nothing_behind(
    github: FakeGitHub, alice: User, status: int, hint: str, step: str
) -> None:
    entity = on_github(github)
    opened = 1 if step == "contents" else 0
    github.faults = [Fault("/contents/", times=opened), Fault(step, Reply(status, {"message": "No"}), times=1)]
    with pytest.raises(CairnError) as caught:
        propose_change(entity=entity, text=TITLED, by=alice)
    assert any(words in caught.value.hint for words in hint.split("|")), caught.value.hint
    assert "ghp-secret" not in caught.value.message
    if status != 429:  # nothing more is asked of a host that has said so
        assert list(github.repositories[0].branches) == ["main"]
    assert not Event.objects.filter(verb="entity.change_proposed").exists()


@pytest.mark.parametrize(("status", "hint"), REFUSALS)
@pytest.mark.parametrize("step", ["repository/commits$", "merge_requests$"])
def test_whatever_gitlab_refuses_is_named_and_leaves_nothing_behind(
    gitlab: FakeGitLab, alice: User, status: int, hint: str, step: str
) -> None:
    entity = on_gitlab(gitlab)
    gitlab.faults = [Fault(step, Reply(status, {"message": "No"}), times=1)]
    with pytest.raises(CairnError) as caught:
        propose_change(entity=entity, text=TITLED, by=alice)
    assert any(words in caught.value.hint for words in hint.split("|")), caught.value.hint
    if status != 429:
        assert list(gitlab.projects[0].branches) == ["main"]


def test_a_file_that_is_changed_between_reading_and_writing_is_a_conflict(
    github: FakeGitHub, gitlab: FakeGitLab, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from integrations.gitlab.proposing import ProposingGitLab
    from integrations.proposing import Opened

    entity = on_gitlab(gitlab)
    monkeypatch.setattr(ProposingGitLab, "open_file", lambda *_: Opened(BOTH.encode(), "an older commit"))
    with pytest.raises(Conflict, match="catalog-info.yaml of acme/shop was changed meanwhile"):
        propose_change(entity=entity, text=TITLED, by=alice)


def test_a_github_file_that_is_changed_between_reading_and_writing_is_a_conflict(
    github: FakeGitHub, alice: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    from integrations.github.proposing import ProposingGitHub
    from integrations.proposing import Opened

    entity = on_github(github)
    monkeypatch.setattr(ProposingGitHub, "open_file", lambda *_: Opened(BOTH.encode(), "0" * 40))
    with pytest.raises(Conflict, match="catalog-info.yaml of acme/shop was changed meanwhile"):
        propose_change(entity=entity, text=TITLED, by=alice)
    assert list(github.repositories[0].branches) == ["main"]

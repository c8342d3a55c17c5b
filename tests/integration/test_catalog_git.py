"""Repositories of this machine as sources, through the real git."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from catalog.actions import register_source, sync_source
from catalog.config import current
from catalog.models import Entity, Problem, Revision, Source
from catalog.sources.registry import reader_for
from common.errors import CairnError, UserError

pytestmark = pytest.mark.django_db


def component(name: str, extra: str = "") -> str:
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n{extra}"
        "spec:\n  type: service\n  lifecycle: production\n  owner: orders-team\n"
    )


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=Alice", "-c", "user.email=alice@example.com", "-c", "init.defaultBranch=main")
    done = subprocess.run(["git", "-C", folder, *who, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


class Remote:
    """A repository that can be pushed to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir()
        git(path, "init", "--quiet")

    @property
    def url(self) -> str:
        return f"file://{self.path}"

    def commit(self, **files: str) -> str:
        for name, text in files.items():
            path = self.path / name.replace("__", "/").replace("_yaml", ".yaml")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        git(self.path, "add", "--all")
        git(self.path, "commit", "--quiet", "--allow-empty", "-m", "change")
        return git(self.path, "rev-parse", "HEAD")

    def source(self, **options: str) -> Source:
        return register_source(kind="git", target=self.url, options=options, by=None)


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path: Path) -> Iterator[None]:  # type: ignore[no-untyped-def]
    settings.DATA_DIR = tmp_path / "data"
    current.cache_clear()
    yield
    current.cache_clear()


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path / "shop")


def refs() -> set[str]:
    return {ref.partition("/")[2] for ref in Entity.objects.present().values_list("ref", flat=True)}


def test_a_repository_is_read_at_its_default_branch_and_tells_its_commit(remote: Remote) -> None:
    commit = remote.commit(**{"catalog-info_yaml": component("orders")})
    source = remote.source()
    assert sync_source(source=source, by=None).state == "ok"
    orders = Entity.objects.get(ref="component:default/orders")
    assert orders.location == f"file://{remote.path}/tree/main/catalog-info.yaml"
    notes = orders.data["metadata"]["annotations"]
    assert notes["backstage.io/managed-by-location"] == f"url:{orders.location}"
    assert notes["backstage.io/managed-by-origin-location"] == f"url:{remote.url}"
    source.refresh_from_db()
    assert source.counts["commit"] == commit
    assert Revision.objects.get().commit == commit


def test_a_pattern_finds_files_and_they_read_others_of_the_same_commit(remote: Remote) -> None:
    remote.commit(
        **{
            "catalog-info_yaml": "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\n"
            "spec: {type: url, targets: [./more/stock.yaml]}\n",
            "services__a__catalog-info_yaml": component("orders", "  description: {$text: ../about.txt}\n"),
            "services__about.txt": "Takes orders",
            "more__stock_yaml": component("stock"),
        },
    )
    source = remote.source(path="**/catalog-info.yaml")
    sync_source(source=source, by=None)
    assert list(Problem.objects.values_list("message", flat=True)) == []
    assert refs() == {"all", "orders", "stock"}
    assert Entity.objects.get(name="orders").description == "Takes orders"


def test_an_unchanged_repository_is_asked_and_not_parsed(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    remote.commit(**{"catalog-info_yaml": component("orders")})
    source = remote.source()
    sync_source(source=source, by=None)
    monkeypatch.setattr("catalog.ingest.pipeline.read_source", None)
    result = sync_source(source=source, by=None)
    assert (result.state, result.changes.nothing, result.changes.unchanged) == ("ok", True, 1)


def test_what_is_pushed_is_seen_and_the_uid_stays(remote: Remote) -> None:
    remote.commit(**{"catalog-info_yaml": component("orders")})
    source = remote.source()
    sync_source(source=source, by=None)
    uid = Entity.objects.get(name="orders").uid
    remote.commit(**{"catalog-info_yaml": component("orders").replace("orders-team", "stock-team")})
    assert sync_source(source=source, by=None).changes.changed == ("component:default/orders",)
    assert Entity.objects.get(name="orders").uid == uid


@pytest.mark.parametrize("kind", ["branch", "tag", "commit"])
def test_a_branch_a_tag_and_a_commit_are_read(remote: Remote, kind: str) -> None:
    commit = remote.commit(**{"catalog-info_yaml": component("orders")})
    git(remote.path, "branch", "release/1")
    git(remote.path, "tag", "-a", "-m", "one", "v1")
    remote.commit(**{"catalog-info_yaml": component("later")})
    source = remote.source(ref={"branch": "release/1", "tag": "v1", "commit": commit}[kind])
    assert sync_source(source=source, by=None).error == ""
    assert refs() == {"orders"}


@pytest.mark.parametrize("ref", ["nothing", "--upload-pack=id", "a..b", "f" * 40])
def test_an_unknown_ref_is_named(remote: Remote, ref: str) -> None:
    remote.commit(**{"catalog-info_yaml": component("orders")})
    result = sync_source(source=remote.source(ref=ref), by=None)
    assert result.state == "failed"
    assert "Check the option ref" in result.error


def test_a_repository_that_is_gone_keeps_what_it_said(remote: Remote) -> None:
    remote.commit(**{"catalog-info_yaml": component("orders")})
    source = remote.source()
    sync_source(source=source, by=None)
    remote.path.rename(remote.path.with_name("elsewhere"))
    result = sync_source(source=source, by=None)
    assert result.state == "failed"
    assert "There is no repository at" in result.error
    assert refs() == {"orders"}


def test_a_file_that_is_gone_and_an_empty_repository_are_named(remote: Remote) -> None:
    source = remote.source()
    assert "has no branch, tag or commit HEAD" in sync_source(source=source, by=None).error
    remote.commit(readme="x")
    assert "holds no catalog-info.yaml at main" in sync_source(source=source, by=None).error


def test_a_broken_copy_is_made_anew(remote: Remote, tmp_path: Path) -> None:
    remote.commit(**{"catalog-info_yaml": component("orders")})
    source = remote.source()
    sync_source(source=source, by=None)
    copy = next((tmp_path / "data/git").glob("*.git"))
    for path in [*copy.glob("objects/**/*"), copy / "HEAD"]:
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"")
    remote.commit(**{"catalog-info_yaml": component("stock")})
    assert sync_source(source=source, by=None).error == ""
    assert refs() == {"stock"}


def test_a_copy_that_vanished_between_two_reads_is_made_anew(remote: Remote, tmp_path: Path) -> None:
    remote.commit(**{"catalog-info_yaml": component("orders"), "about.txt": "x"})
    reader = reader_for(Source(kind="git", target=remote.url))
    [file] = reader.files()
    shutil.rmtree(next((tmp_path / "data/git").glob("*.git")))
    assert reader.read(file.address.replace("catalog-info.yaml", "about.txt")) == b"x"


def test_copies_that_were_used_longest_ago_make_room(
    remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote.commit(**{"catalog-info_yaml": component("orders")})
    first = remote.source()
    sync_source(source=first, by=None)
    monkeypatch.setattr("integrations.git.client.MOST_DISK_OF_ALL", 1)
    other = Remote(tmp_path / "other")
    other.commit(**{"catalog-info_yaml": component("stock")})
    sync_source(source=other.source(), by=None)
    assert len(list((tmp_path / "data/git").glob("*.git"))) == 1
    assert sync_source(source=first, by=None).error == ""
    assert refs() == {"orders", "stock"}


def test_links_hooks_and_files_outside_are_not_followed(remote: Remote, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(component("secret"))
    (remote.path / "link.yaml").symlink_to(tmp_path / "secret.yaml")
    location = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: out}\nspec: {targets: [%s]}\n"
    remote.commit(
        **{"catalog-info_yaml": location % f"../../secret.yaml, ./link.yaml, 'file://{tmp_path}/secret.yaml'"}
    )
    sync_source(source=remote.source(path="*.yaml"), by=None)
    assert refs() == {"out"}
    messages = " ".join(Problem.objects.values_list("message", flat=True))
    assert "lies outside" in messages
    assert "There is no file link.yaml" in messages


def test_a_file_too_large_is_refused_and_the_rest_is_read(remote: Remote) -> None:
    remote.commit(a_yaml=component("orders"), b_yaml=component("large") + "# " + "x" * 5_300_000)
    sync_source(source=remote.source(path="*.yaml"), by=None)
    assert refs() == {"orders"}
    assert "larger than 5 MB" in Problem.objects.get().message


def test_without_git_the_way_out_is_named(remote: Remote, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("integrations.git.environment.SEARCH_PATH", "/nowhere")
    monkeypatch.setattr("os.defpath", "/nowhere")
    result = sync_source(source=remote.source(), by=None)
    assert "There is no git on this machine. Install git" in result.error


def test_a_private_host_is_refused_before_git_is_started() -> None:
    source = register_source(kind="git", target="https://127.0.0.1/o/r", by=None)
    assert "leads to a private address" in sync_source(source=source, by=None).error
    source = register_source(kind="git", target="git@localhost:o/r", by=None)
    assert "leads to a private address" in sync_source(source=source, by=None).error


def test_a_host_that_is_gone_is_named() -> None:
    source = register_source(kind="git", target="https://nowhere.invalid/o/r", by=None)
    assert "There is no host nowhere.invalid" in sync_source(source=source, by=None).error


@pytest.mark.parametrize(
    ("kind", "target", "options", "field"),
    [
        ("git", "https://me:secret@example.com/o/r", {}, "target"),
        ("git", "https://example.com/o/r", {"branch": "x"}, "options"),
        ("git", "https://example.com/o/r", {"ref": 7}, "options.ref"),
        ("url", "https://example.com/a.yaml", {"ref": "x"}, "options"),
        ("github", "https://github.com/o/r", {}, "target"),
        ("github", "acme", {"filters": {"visibility": ["secret"]}}, "options.filters.visibility.0"),
        ("github", "acme", {"filters": {"repository": "("}}, "options.filters.repository"),
        ("github", "https://github.com/acme", {"host": "ghe.example.com"}, "options.host"),
    ],
)
def test_what_cannot_be_used_is_named_by_its_field(kind: str, target: str, options: dict, field: str) -> None:
    with pytest.raises(CairnError) as caught:
        register_source(kind=kind, target=target, options=options, by=None)
    assert isinstance(caught.value, UserError)
    assert [error.path for error in caught.value.fields] == [field]


def test_an_organisation_is_known_by_one_address() -> None:
    made = register_source(kind="github", target="acme", options={"host": "GHE.example.com"}, by=None)
    assert (made.target, made.options) == ("https://ghe.example.com/acme", {})
    assert register_source(kind="gitlab", target="https://gitlab.com/groups/a/b", by=None).target.endswith(".com/a/b")


def test_files_are_listed_by_a_pattern_within_the_repository(remote: Remote) -> None:
    remote.commit(**{"catalog-info_yaml": component("orders"), "a__x_yaml": "x", "b__x_yaml": "x", "b__y_yaml": "y"})
    reader = reader_for(Source(kind="git", target=remote.url))
    root = reader.files()[0].address.removesuffix("catalog-info.yaml")
    assert reader.matching(f"{root}*/x.yaml") == [f"{root}a/x.yaml", f"{root}b/x.yaml"]
    with pytest.raises(UserError, match="lies outside"):
        reader.matching("file:///etc/*")

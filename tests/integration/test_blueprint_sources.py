"""Blueprints from folders and repositories, through the real git: what is taken, what is refused, and that it stays."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import DatabaseError, transaction

from audit.models import Event
from catalog.config import current
from common.errors import Conflict, NotFound, PermissionRefused, UserError
from provisioning.blueprints import blueprint_at, blueprint_named, offered
from provisioning.blueprints.shelf import module_of
from provisioning.models import BlueprintFile, BlueprintSource, BlueprintVersion
from provisioning.source_actions import add_source, remove_source, request_sync, trust_source
from provisioning.sources import folder as folders
from provisioning.sources.sync import claim, sync_claimed
from provisioning.version_actions import offer, remove_version, withdraw_version
from tests.integration.blueprint_repositories import Repository, files, git, read_now, source_of, write

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path: Path) -> Iterator[None]:  # type: ignore[no-untyped-def]
    settings.DATA_DIR = tmp_path / "data"
    current.cache_clear()
    yield
    current.cache_clear()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "platform")


def version(number: str = "1.0.0", name: str = "queue") -> BlueprintVersion:
    return BlueprintVersion.objects.get(name=name, version=number)


def faults(source: BlueprintSource) -> list[str]:
    return [f"{fault['place']} {fault['file']}:{fault['line'] or ''} {fault['message']}" for fault in source.problems]


def test_each_tag_is_a_version_that_is_a_draft_until_it_is_offered(repository: Repository, pat) -> None:  # type: ignore[no-untyped-def]
    repository.tag("v1.0.0", files())
    repository.tag("v1.1.0", files(version="1.1.0"))
    repository.tag("not-a-version", files(version="9.9.9"))
    source = source_of(repository.url, pat)
    assert (source.state, source.problems) == ("ok", [])
    assert set(BlueprintVersion.objects.values_list("version", "state")) == {("1.0.0", "draft"), ("1.1.0", "draft")}
    with pytest.raises(NotFound):
        blueprint_named("queue")

    offer(version=version(), by=pat)
    assert blueprint_named("queue").version == "1.0.0"
    offer(version=version("1.1.0"), by=pat)
    assert blueprint_named("queue").version == "1.1.0"
    assert [found.name for found in offered()].count("queue") == 1
    withdraw_version(version=version("1.1.0"), by=pat)
    assert blueprint_named("queue").version == "1.0.0"
    assert blueprint_at("queue", "1.1.0").version == "1.1.0"
    verbs = set(Event.objects.filter(subject_kind="blueprint").values_list("verb", "actor"))
    person = "user:default/pat"
    assert verbs == {("blueprint.read", "cairn"), ("blueprint.offered", person), ("blueprint.withdrawn", person)}


def test_a_repository_of_several_has_tags_with_names_and_a_folder_of_them(repository: Repository, pat) -> None:  # type: ignore[no-untyped-def]
    repository.tag("queue/v1.0.0", files(), below="blueprints/queue")
    repository.tag("topic/v2.0.0", files("topic", "2.0.0"), below="blueprints/topic")
    source = source_of(repository.url, pat, path="blueprints")
    assert source.problems == []
    assert set(BlueprintVersion.objects.values_list("name", "version")) == {("queue", "1.0.0"), ("topic", "2.0.0")}


def test_a_branch_of_the_name_of_a_tag_is_not_taken_for_it(repository: Repository, pat) -> None:  # type: ignore[no-untyped-def]
    commit = repository.tag("v1.0.0", files())
    git(repository.path, "checkout", "--quiet", "-b", "v1.0.0")
    repository.tag("other", files(README_md="another"))
    source_of(repository.url, pat)
    assert version().origin == f"v1.0.0 at {commit[:12]}"


def test_an_unchanged_repository_costs_a_question_and_changes_nothing(repository: Repository, pat, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    repository.tag("v1.0.0", files())
    source = source_of(repository.url, pat)
    events = Event.objects.count()
    monkeypatch.setattr("integrations.git.client.Repository.at_tag", None)
    assert read_now(source).state == "ok"
    assert Event.objects.count() == events


def test_a_broken_version_is_refused_with_file_and_line_and_the_last_good_one_stays(
    repository: Repository,
    pat,  # type: ignore[no-untyped-def]
) -> None:
    repository.tag("v1.0.0", files())
    offer_all(source := source_of(repository.url, pat), pat)
    broken = files(version="1.1.0")
    broken["blueprint.yaml"] = broken["blueprint.yaml"].replace("encrypted: true", "encripted: true")
    repository.tag("v1.1.0", broken)
    source = read_now(source)
    assert source.state == "problems"
    fault = source.problems[0]
    assert (fault["place"], fault["file"], fault["line"]) == ("v1.1.0", "blueprint.yaml", 17)
    assert "is no variable of the module" in fault["message"]
    assert blueprint_named("queue").version == "1.0.0"

    repository.tag("v1.1.0", files(version="1.1.0"), force=True)
    assert read_now(source).problems == []  # what was refused was never read, so its tag may move
    assert version("1.1.0").state == "draft"


def offer_all(source: BlueprintSource, by) -> None:  # type: ignore[no-untyped-def]
    for row in source.versions.all():
        offer(version=row, by=by)


def test_what_a_tag_says_stands_in_the_file(repository: Repository, pat) -> None:  # type: ignore[no-untyped-def]
    repository.tag("queue/v1.0.0", files("topic", "1.1.0"), below="queue")
    source = source_of(repository.url, pat)
    assert [fault["field"] for fault in source.problems] == ["name", "version"]


@pytest.mark.parametrize("is_offered", [True, False])
def test_a_tag_that_moved_is_an_error_and_what_was_read_stays(repository: Repository, pat, is_offered: bool) -> None:  # type: ignore[no-untyped-def]
    before = repository.tag("v1.0.0", files())
    source = source_of(repository.url, pat)
    digest = version().digest
    if is_offered:
        offer(version=version(), by=pat)
    after = repository.tag("v1.0.0", files(README_md="moved"), force=True)
    repository.tag("v1.0.0", files() | {"module/more.tf": "locals {}\n"}, force=True)
    after = git(repository.path, "rev-parse", "HEAD")
    source = read_now(source)
    assert source.state == "problems"
    assert f"moved from {before[:12]} to {after[:12]}" in source.problems[0]["message"]
    assert version().digest == digest

    if is_offered:
        with pytest.raises(Conflict, match="what was offered stays"):
            remove_version(version=version(), by=pat)
        return
    remove_version(version=version(), by=pat)
    assert read_now(BlueprintSource.objects.get(pk=source.pk)).problems == []
    assert version().digest != digest


def test_a_version_outlives_its_tag_its_repository_and_its_folder_on_disk(
    repository: Repository, pat, tmp_path
) -> None:  # type: ignore[no-untyped-def]
    repository.tag("v1.0.0", files())
    offer_all(source_of(repository.url, pat), pat)
    git(repository.path, "tag", "--delete", "v1.0.0")
    source = BlueprintSource.objects.get()
    read_now(source)
    remove_source(source=source, by=pat)
    found = blueprint_at("queue", "1.0.0")
    with pytest.raises(NotFound):
        blueprint_named("queue")
    assert (module_of(found) / "main.tf").read_text() == files()["module/main.tf"]
    (module_of(found) / "main.tf").write_text("tampered")
    (module_of(found) / "more.tf").write_text("added")
    assert (module_of(found) / "main.tf").read_text() == files()["module/main.tf"]
    assert not (module_of(found) / "more.tf").exists()

    repository.tag("v1.0.0", files())
    again = source_of(repository.url, pat)
    assert again.problems == []
    assert version().source == again


def test_the_database_refuses_to_change_what_a_version_says(repository: Repository, pat) -> None:  # type: ignore[no-untyped-def]
    repository.tag("v1.0.0", files())
    source_of(repository.url, pat)
    for change in (
        lambda: BlueprintVersion.objects.update(digest="other"),
        lambda: BlueprintFile.objects.update(content=b"other"),
    ):
        with pytest.raises(DatabaseError, match="never changes"), transaction.atomic():
            change()


def test_names_that_ship_and_names_of_other_sources_are_taken(repository: Repository, pat, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    repository.tag("v9.0.0", files("database", "9.0.0"))
    assert "ships with the portal" in faults(source_of(repository.url, pat))[0]
    for name in ("one", "two"):
        write(tmp_path / name, files())
    source_of(str(tmp_path / "one"), pat, "folder")
    second = source_of(str(tmp_path / "two"), pat, "folder")
    assert "queue comes from" in faults(second)[0]


def test_a_draft_in_a_folder_follows_it_and_what_was_offered_stays(tmp_path: Path, pat) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "blueprints/queue", files())
    write(tmp_path / "blueprints/topic", files("topic"))
    source = source_of(str(tmp_path / "blueprints"), pat, "folder")
    assert source.problems == []
    write(tmp_path / "blueprints/queue", {"README.md": "new"})
    assert read_now(source).problems == []
    assert bytes(version().files.get(path="README.md").content) == b"new"
    offer(version=version(), by=pat)
    write(tmp_path / "blueprints/queue", {"README.md": "newer"})
    assert "what was offered stays" in faults(read_now(source))[0]
    assert bytes(version().files.get(path="README.md").content) == b"new"


def test_a_module_that_could_do_harm_comes_in_only_from_a_trusted_source(tmp_path: Path, pat) -> None:  # type: ignore[no-untyped-def]
    harm = 'resource "terraform_data" "x" {\n  provisioner "local-exec" { command = "id" }\n}\n'
    write(tmp_path / "queue", files() | {"module/harm.tf": harm})
    source = source_of(str(tmp_path / "queue"), pat, "folder")
    assert faults(source) == ["queue module/harm.tf:2 A local-exec provisioner runs programs."]
    assert "trust the source" in source.problems[0]["hint"]
    trust_source(source=source, trusted=True, by=pat)
    assert read_now(BlueprintSource.objects.get()).problems == []
    assert version().trusted
    assert Event.objects.filter(verb="blueprint-source.trusted", actor="user:default/pat").exists()


@pytest.mark.parametrize("path", ["module/main.tf", "blueprint.yaml", "module"])
def test_links_are_refused_in_folders_and_repositories(repository: Repository, pat, tmp_path: Path, path: str) -> None:  # type: ignore[no-untyped-def]
    secret = tmp_path / "secret"
    write(secret, {"main.tf": "", "blueprint.yaml": ""})
    write(repository.path, files())
    target = repository.path / path
    for inner in [target] if target.is_file() else list(target.iterdir()):
        inner.unlink()
    if target.is_dir():
        target.rmdir()
    target.symlink_to(secret if path == "module" else secret / target.name)
    assert f" {path}: It is a link" in faults(source_of(str(repository.path), pat, "folder"))[0]
    repository.tag("v1.0.0", {})
    assert f" {path}: It is a link" in faults(source_of(repository.url, pat))[0]
    assert not BlueprintVersion.objects.exists()


def test_a_folder_that_is_a_link_in_a_repository_is_refused(repository: Repository, pat, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (repository.path / "queue").symlink_to(tmp_path)
    repository.tag("queue/v1.0.0", {})
    assert "It is a link" in faults(source_of(repository.url, pat))[0]


def test_a_pipe_in_a_folder_holds_nobody_up(tmp_path: Path, pat) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "queue", files())
    os.mkfifo(tmp_path / "queue/module/pipe.tf")
    assert "module/pipe.tf: It is a link" in faults(source_of(str(tmp_path / "queue"), pat, "folder"))[0]


def swapped(before: str, after: str) -> dict[str, str]:
    text = files()["blueprint.yaml"]
    assert before in text
    return {"blueprint.yaml": text.replace(before, after)}


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"module/big.tf": "#" * 1_100_000}, "module/big.tf: It is larger than 1024 KB."),
        ({f"module/{number}.tf": "" for number in range(300)}, "files."),
        ({f"module/{number}.txt": "x" * 1_000_000 for number in range(6)}, "larger than 4 MB together"),
        ({"blueprint.yaml": "a: &a [x,x]\n" + "b: &b [*a,*a]\n" * 40}, "blueprint.yaml:"),
        ({"blueprint.yaml": "[" * 5000}, "blueprint.yaml:"),
        ({"blueprint.yaml": "- just\n- a list\n"}, "is not of type 'object'"),
        ({"blueprint.yaml": "a: 1\n---\nb: 2\n"}, "must hold one document"),
        ({"module/main.tf": "resource {{{{"}, "module/main.tf:1 Not valid HCL."),
        ({"module/main.tf": "x = " + "(" * 3000}, "module/main.tf:"),
        (swapped("type: integer,", "type: integer, $ref: 'http://10.0.0.1/',"), "$ref is not followed"),
        (swapped("icon: mail", "icon: skull"), "is no icon"),
        (swapped("name: queue\n", "name: queue\nnaming: {pattern: (a+)+, hint: x}\n"), "repeats without end"),
    ],
)  # fmt: skip
def test_what_is_too_large_or_a_bomb_is_refused_and_named(tmp_path: Path, pat, more, message: str) -> None:  # type: ignore[no-untyped-def]
    write(tmp_path / "queue", files() | more)
    source = source_of(str(tmp_path / "queue"), pat, "folder")
    assert any(message in fault for fault in faults(source)), faults(source)
    assert not BlueprintVersion.objects.exists()


def test_what_nobody_foresaw_keeps_no_other_version_away(repository: Repository, pat, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    from provisioning.sources import sync

    def odd(found, **more):  # type: ignore[no-untyped-def]
        if b"1.1.0" in found["blueprint.yaml"]:
            raise TypeError("odd")
        return real(found, **more)

    real = sync.check
    monkeypatch.setattr(sync, "check", odd)
    repository.tag("v1.0.0", files())
    repository.tag("v1.1.0", files(version="1.1.0"))
    source = source_of(repository.url, pat)
    assert "could not be understood" in faults(source)[0]
    assert version("1.0.0").state == "draft"


def test_a_source_that_cannot_be_read_says_so_and_keeps_what_it_brought(repository: Repository, pat, tmp_path) -> None:  # type: ignore[no-untyped-def]
    repository.tag("v1.0.0", files())
    offer_all(source := source_of(repository.url, pat), pat)
    repository.path.rename(tmp_path / "gone")
    source = read_now(source)
    assert source.state == "failed"
    assert "There is no repository" in source.error
    assert blueprint_named("queue").version == "1.0.0"
    assert source.next_sync_at > source.created_at
    assert not source.is_pending


def test_a_source_is_read_by_one_worker_at_a_time_and_a_wish_meanwhile_is_not_lost(repository: Repository, pat) -> None:  # type: ignore[no-untyped-def]
    repository.tag("v1.0.0", files())
    source = add_source(kind="git", target=repository.url, by=pat)
    taken = claim(source.pk)
    assert taken
    assert claim(source.pk) is None
    assert claim() is None
    request_sync(source=source, by=pat)
    sync_claimed(taken)
    source.refresh_from_db()
    assert source.asked_at is not None
    again = claim(source.pk)
    assert again
    sync_claimed(again)
    source.refresh_from_db()
    assert not source.is_pending
    assert claim() is None  # it is not due yet


def test_a_lost_worker_is_followed_by_another_and_its_late_answer_counts_no_more(repository: Repository, pat) -> None:  # type: ignore[no-untyped-def]
    repository.tag("v1.0.0", files())
    source = add_source(kind="git", target=repository.url, by=pat)
    lost = claim(source.pk)
    assert lost
    BlueprintSource.objects.filter(pk=source.pk).update(reading_until=source.created_at)
    second = claim(source.pk)
    assert second
    sync_claimed(lost)
    source.refresh_from_db()
    assert source.is_read_now
    sync_claimed(second)
    source.refresh_from_db()
    assert (source.state, source.is_pending) == ("ok", False)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"kind": "svn", "target": "x"}, "kind"),
        ({"kind": "git", "target": ""}, "target"),
        ({"kind": "git", "target": "https://user:secret@example.com/x"}, "target"),
        ({"kind": "folder", "target": "relative"}, "target"),
        ({"kind": "folder", "target": "/srv/../etc"}, "target"),
        ({"kind": "folder", "target": "/srv", "path": "../etc"}, "path"),
    ],
)
def test_what_is_no_source_is_refused_by_field(pat, given: dict, field: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UserError) as refused:
        add_source(by=pat, **given)
    assert [error.path for error in refused.value.fields] == [field]


def test_the_portal_s_own_folder_is_no_source_and_a_source_is_one_once(pat, settings, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(UserError):
        add_source(kind="folder", target=f"{settings.DATA_DIR}/git", by=pat)
    add_source(kind="folder", target=str(tmp_path), by=pat)
    with pytest.raises(Conflict, match="already"):
        add_source(kind="folder", target=str(tmp_path), by=pat)


def test_only_platform_admins_add_trust_sync_offer_and_remove(repository: Repository, pat, alice) -> None:  # type: ignore[no-untyped-def]
    repository.tag("v1.0.0", files())
    source = source_of(repository.url, pat)
    for act in (
        lambda: add_source(kind="folder", target="/srv", by=alice),
        lambda: trust_source(source=source, trusted=True, by=alice),
        lambda: request_sync(source=source, by=alice),
        lambda: remove_source(source=source, by=alice),
        lambda: offer(version=version(), by=alice),
        lambda: withdraw_version(version=version(), by=alice),
        lambda: remove_version(version=version(), by=alice),
    ):
        with pytest.raises(PermissionRefused):
            act()


def test_known_definitions_cost_no_query(repository: Repository, pat, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    repository.tag("v1.0.0", files())
    offer_all(source_of(repository.url, pat), pat)
    blueprint_at("queue", "1.0.0")
    with django_assert_num_queries(0):
        for _ in range(100):
            assert blueprint_at("queue", "1.0.0") is blueprint_named("queue")


def test_folders_without_blueprints_say_so(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"no blueprint\.yaml"):
        folders.candidates(str(tmp_path), "")
    with pytest.raises(NotFound, match="no folder"):
        folders.candidates(str(tmp_path), "nowhere")

"""Only what has changed is parsed, and the outcome is what parsing everything would give."""

import random
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from catalog.actions import remove_entity, sync_source
from catalog.entity_actions import restore_entity
from catalog.ingest import read
from catalog.models import Entity, Problem, RelationRow, Revision, Source
from tests.integration.test_catalog_sync import Folder, component, refs

pytestmark = pytest.mark.django_db
API = """apiVersion: backstage.io/v1alpha1
kind: API
metadata: {name: orders}
spec: {type: openapi, lifecycle: production, owner: team, definition: {$text: ./orders.txt}}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "one")


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that were parsed, in order."""
    seen: list[str] = []
    real = read.process_file

    def process_file(data: bytes, *, url: str, **rest: Any) -> Any:
        seen.append(Path(url).name)
        return real(data, url=url, **rest)

    monkeypatch.setattr(read, "process_file", process_file)
    return seen


def test_one_changed_file_is_the_only_one_that_is_parsed(folder: Folder, parsed: list[str]) -> None:
    for name in ("a", "b", "c"):
        folder.write(f"{name}.yaml", component(name))
    folder.sync()
    parsed.clear()
    folder.write("b.yaml", component("b", owner="others"))
    result = folder.sync()
    assert parsed == ["b.yaml"]
    assert (result.changes.changed, result.changes.unchanged) == (("component:default/b",), 2)


def test_a_file_is_parsed_again_when_what_its_placeholder_names_has_changed(folder: Folder, parsed: list[str]) -> None:
    folder.write("a.yaml", API)
    folder.write("b.yaml", component("b"))
    (folder.path / "orders.txt").write_text("one")
    folder.sync()
    parsed.clear()
    (folder.path / "orders.txt").write_text("two")
    assert folder.sync().changes.changed == ("api:default/orders",)
    assert parsed == ["a.yaml"]


def test_a_removed_file_takes_its_entities_and_no_others(folder: Folder) -> None:
    for name in ("a", "b", "c"):
        folder.write(f"{name}.yaml", component(name))
    folder.sync()
    (folder.path / "b.yaml").unlink()
    assert folder.sync().changes.removed == ("component:default/b",)
    assert refs() == {"component:default/a", "component:default/c"}


def test_a_changed_file_that_says_what_an_earlier_one_says_does_not_take_it_over(folder: Folder) -> None:
    folder.write("a.yaml", component("a"))
    folder.write("b.yaml", component("b"))
    folder.sync()
    folder.write("b.yaml", component("a", owner="thief"))
    folder.sync()
    assert Entity.objects.get(ref="component:default/a").owner_ref == "group:default/orders-team"
    assert Problem.objects.get().stage == "conflict"


def test_an_earlier_file_that_says_what_a_later_one_says_takes_it_over(folder: Folder) -> None:
    folder.write("a.yaml", component("a"))
    folder.write("b.yaml", component("b"))
    folder.sync()
    folder.write("a.yaml", component("b", owner="first"))
    folder.sync(allow_removal=True)
    assert Entity.objects.get(ref="component:default/b").owner_ref == "group:default/first"


def test_the_second_of_two_files_has_its_say_when_the_first_lets_go(folder: Folder) -> None:
    folder.write("a.yaml", component("a"))
    folder.write("b.yaml", component("a", owner="second"), component("b"))
    folder.sync()
    folder.write("a.yaml", component("c"))
    folder.sync()
    assert Entity.objects.get(ref="component:default/a").owner_ref == "group:default/second"


def test_problems_of_files_that_were_not_parsed_stay(folder: Folder) -> None:
    folder.write("a.yaml", component("a"))
    folder.write("b.yaml", component("b").replace("type: service", "type: 7"))
    folder.sync()
    folder.write("a.yaml", component("a", owner="others"))
    result = folder.sync()
    assert result.problems == 1
    assert Problem.objects.get().file.endswith("b.yaml")


def test_files_below_an_unchanged_location_are_still_followed(
    folder: Folder, parsed: list[str], tmp_path: Path
) -> None:
    nested = folder.path / "nested"
    nested.mkdir()
    (nested / "orders.yml.txt").write_text(component("orders"))
    folder.write(
        "a.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: all}\n"
        "spec: {targets: [./nested/orders.yml.txt]}\n",
    )
    folder.sync()
    parsed.clear()
    (nested / "orders.yml.txt").write_text(component("orders", owner="others"))
    assert folder.sync().changes.changed == ("component:default/orders",)
    assert parsed == ["orders.yml.txt"]


def test_an_entity_that_was_taken_away_by_hand_comes_back_with_the_next_sync(folder: Folder) -> None:
    folder.write("a.yaml", component("a"), component("b"))
    folder.sync()
    remove_entity(entity=Entity.objects.get(ref="component:default/a"), by=None)
    assert refs() == {"component:default/b"}
    sync_source(source=Source.objects.get(), by=None)
    assert refs() == {"component:default/a", "component:default/b"}


def test_each_change_is_a_revision_with_the_words_that_it_replaced(folder: Folder) -> None:
    folder.write("a.yaml", component("a"))
    folder.sync()
    folder.write("a.yaml", component("a", owner="others"))
    folder.sync()
    folder.write("a.yaml", component("b"))
    folder.sync(allow_removal=True)
    found = list(Revision.objects.filter(ref="component:default/a").order_by("id").values_list("change", "before"))
    assert [change for change, _ in found] == ["added", "changed", "removed"]
    assert found[0][1] == ""
    assert ('"owner":"orders-team"' in found[1][1], '"owner":"others"' in found[2][1]) == (True, True)


def test_a_source_that_takes_back_what_was_restored_takes_its_relations_too(folder: Folder, pat: User) -> None:
    folder.write("a.yaml", component("orders", owner="before"), component("stock"))
    folder.sync()
    folder.write("a.yaml", component("stock"))
    folder.sync(allow_removal=True)
    restore_entity(entity=Entity.objects.get(name="orders"), by=pat)
    folder.write("a.yaml", component("orders", owner="after"), component("stock"))
    folder.sync()
    orders = Entity.objects.get(name="orders")
    assert orders.source == folder.source
    assert [one["targetRef"] for one in orders.data["relations"]] == ["group:default/after"]
    assert not RelationRow.objects.filter(target_ref="group:default/before").exists()


def test_any_run_of_changes_ends_where_parsing_everything_would(folder: Folder, tmp_path: Path) -> None:
    chance = random.Random(5)  # no secret
    files = [f"{name}.yaml" for name in "abcd"]
    for _ in range(25):
        for name in chance.sample(files, chance.randint(1, 2)):
            path = folder.path / name
            if path.exists() and chance.random() < 0.3:
                path.unlink()
                continue
            names = chance.sample("pqrstu", chance.randint(1, 3))
            folder.write(name, *(component(one, owner=chance.choice(("x", "y"))) for one in names))
        folder.sync(allow_removal=True)
        assert _said() == _said_anew(folder)


def _said() -> list[tuple[str, str, str]]:
    return sorted(Entity.objects.present().values_list("ref", "owner_ref", "location"))


def _said_anew(folder: Folder) -> list[tuple[str, str, str]]:
    """What a source says that forgets everything first."""
    Source.objects.filter(pk=folder.source.pk).update(fingerprint="")
    folder.source.refresh_from_db()
    folder.sync(allow_removal=True)
    return _said()

"""A folder becomes the catalog, and follows it."""

from datetime import timedelta
from pathlib import Path

import pytest

from accounts.models import User
from audit.models import Event
from catalog.actions import (
    follow_configuration,
    put_portal_entities,
    register_source,
    remove_portal_entity,
    sync_source,
    unregister_source,
)
from catalog.config import AppConfig, Location, current
from catalog.ingest.pipeline import SyncResult
from catalog.models import Entity, IndexRow, Problem, Source
from catalog.providers import ConfiguredSource
from catalog.search import find
from common.errors import Conflict, UserError

pytestmark = pytest.mark.django_db


def component(name: str, owner: str = "orders-team", extra: str = "") -> str:
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n"
        f"spec:\n  type: service\n  lifecycle: production\n  owner: {owner}\n{extra}"
    )


class Folder:
    """A folder source that can be written and read again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.mkdir(exist_ok=True)
        self.source = register_source(kind="folder", target=str(path), by=None)

    def write(self, name: str, *texts: str) -> None:
        (self.path / name).write_text("---\n".join(texts))

    def sync(self, *, allow_removal: bool = False) -> SyncResult:
        return sync_source(source=self.source, by=None, allow_removal=allow_removal)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path / "one")


def refs() -> set[str]:
    return set(Entity.objects.present().values_list("ref", flat=True))


def test_entities_come_with_owner_relations_and_where_they_are_from(folder: Folder) -> None:
    folder.write("a.yaml", component("orders", extra="  dependsOn: [component:stock]\n"))
    result = folder.sync()
    assert result.changes.added == ("component:default/orders",)
    orders = Entity.objects.get(ref="component:default/orders")
    assert orders.owner_ref == "group:default/orders-team"
    assert {"type": "dependsOn", "targetRef": "component:default/stock"} in orders.data["relations"]
    notes = orders.data["metadata"]["annotations"]
    assert notes["backstage.io/managed-by-location"] == f"file:{folder.path}/a.yaml"
    assert notes["backstage.io/managed-by-origin-location"] == f"file:{folder.path}"


def test_what_is_described_later_learns_of_relations_that_were_said_before(folder: Folder) -> None:
    folder.write("a.yaml", component("orders", extra="  dependsOn: [component:stock]\n"))
    folder.sync()
    folder.write("b.yaml", component("stock"))
    folder.sync()
    stock = Entity.objects.get(ref="component:default/stock")
    assert {"type": "dependencyOf", "targetRef": "component:default/orders"} in stock.data["relations"]


def test_good_documents_are_taken_beside_bad_ones_and_the_problem_has_its_line(folder: Folder) -> None:
    folder.write("a.yaml", component("orders"), component("not a name"))
    folder.sync()
    assert refs() == {"component:default/orders"}
    problem = Problem.objects.get()
    assert (problem.field, problem.line) == ("metadata.name", 13)
    assert problem.file.endswith("a.yaml")


def test_a_broken_file_keeps_its_last_good_entities(folder: Folder) -> None:
    folder.write("a.yaml", component("orders"), component("stock"))
    folder.write("b.yaml", component("mail"))
    folder.sync()
    folder.write("a.yaml", "kind: [")
    folder.sync()
    assert refs() == {"component:default/orders", "component:default/stock", "component:default/mail"}
    assert Problem.objects.get().stage == "parse"


def test_a_document_that_became_invalid_keeps_its_last_good_version(folder: Folder) -> None:
    folder.write("a.yaml", component("orders"))
    folder.sync()
    folder.write("a.yaml", component("orders").replace("owner: orders-team", "owner: 7"))
    folder.sync()
    assert Entity.objects.get(ref="component:default/orders").owner_ref == "group:default/orders-team"
    assert Problem.objects.get().entity_ref == "component:default/orders"


def test_a_location_that_cannot_be_read_keeps_what_it_led_to(folder: Folder) -> None:
    (folder.path / "more").mkdir()
    location = (
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: more}\nspec: {target: ./more/x.txt}\n"
    )
    folder.write("a.yaml", location)
    folder.write("more/x.txt", component("orders"))
    folder.sync()
    (folder.path / "more/x.txt").unlink()
    folder.sync()
    assert "component:default/orders" in refs()
    assert "There is no file" in Problem.objects.get().message


def test_a_location_never_leads_out_of_its_folder(folder: Folder) -> None:
    (folder.path.parent / "secret.yaml").write_text(component("secret"))
    location = (
        "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: out}\nspec: {target: ../secret.yaml}\n"
    )
    folder.write("a.yaml", location)
    folder.sync()
    assert refs() == {"location:default/out"}
    assert "lies outside" in Problem.objects.get().message


def test_a_source_that_is_gone_keeps_everything_and_says_so(folder: Folder) -> None:
    folder.write("a.yaml", component("orders"))
    folder.sync()
    folder.path.rename(folder.path.with_name("elsewhere"))
    assert folder.sync().state == "failed"
    assert refs() == {"component:default/orders"}
    assert "There is nothing at" in Source.objects.get().error


def test_unchanged_input_writes_nothing(folder: Folder) -> None:
    folder.write("a.yaml", component("orders"))
    folder.sync()
    before = Entity.objects.get(), IndexRow.objects.values_list("pk", flat=True).first()
    events = Event.objects.count()
    result = folder.sync()
    assert (result.changes.nothing, result.changes.unchanged) == (True, 1)
    assert (Entity.objects.get().changed_at, IndexRow.objects.values_list("pk", flat=True).first()) == (
        before[0].changed_at,
        before[1],
    )
    assert Event.objects.count() == events


def test_a_changed_file_is_seen_and_its_uid_stays(folder: Folder) -> None:
    folder.write("a.yaml", component("orders"))
    folder.sync()
    before = Entity.objects.get()
    folder.write("a.yaml", component("orders", owner="stock-team"))
    assert folder.sync().changes.changed == ("component:default/orders",)
    after = Entity.objects.get()
    assert after.uid == before.uid
    assert after.owner_ref == "group:default/stock-team"
    assert after.data["metadata"]["etag"] != before.data["metadata"]["etag"]
    owned = IndexRow.objects.filter(key="relations.ownedby").values_list("value", flat=True)
    assert list(owned) == ["group:default/stock-team"]


def test_a_file_that_goes_takes_its_entities_along_and_they_come_back_with_it(folder: Folder, pat: User) -> None:
    folder.write("a.yaml", component("orders"))
    folder.write("b.yaml", component("stock"))
    folder.sync()
    uid = Entity.objects.get(ref="component:default/stock").uid
    (folder.path / "b.yaml").unlink()
    assert folder.sync().changes.removed == ("component:default/stock",)
    assert find(pat, "stock") == []
    folder.write("b.yaml", component("stock"))
    folder.sync()
    assert Entity.objects.present().get(ref="component:default/stock").uid == uid


def test_a_sync_that_would_remove_most_of_a_source_stops_and_asks(folder: Folder) -> None:
    for number in range(12):
        folder.write(f"{number}.yaml", component(f"service-{number}"))
    folder.sync()
    for number in range(10):
        (folder.path / f"{number}.yaml").unlink()
    assert folder.sync().state == "held"
    assert len(refs()) == 12
    assert folder.sync(allow_removal=True).state == "ok"
    assert len(refs()) == 2


def test_a_file_that_lost_most_of_its_entities_is_held_until_somebody_decides(folder: Folder) -> None:
    folder.write("a.yaml", *(component(f"service-{number}") for number in range(12)))
    folder.sync()
    folder.write("a.yaml", component("service-0"))
    assert [folder.sync().state, folder.sync().state] == ["held", "held"]
    assert len(refs()) == 12
    assert folder.sync(allow_removal=True).state == "ok"
    assert len(refs()) == 1


def test_of_two_sources_that_say_the_same_the_first_keeps_it(folder: Folder, tmp_path: Path) -> None:
    folder.write("a.yaml", component("orders"))
    folder.sync()
    other = Folder(tmp_path / "two")
    other.write("a.yaml", component("orders", owner="stock-team"))
    other.sync()
    assert Entity.objects.get().owner_ref == "group:default/orders-team"
    assert "keeps it" in Problem.objects.get(source=other.source).message
    unregister_source(source=folder.source, by=None)
    other.sync()
    assert Entity.objects.get().owner_ref == "group:default/stock-team"
    assert not Problem.objects.exists()


def test_a_bomb_of_aliases_and_a_file_too_large_are_refused_and_the_rest_is_read(folder: Folder) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n"
    for last, this in zip("abcdefghi", "bcdefghij", strict=True):
        bomb += f"{this}: &{this} [{', '.join([f'*{last}'] * 9)}]\n"
    folder.write("bomb.yaml", bomb)
    folder.write("large.yaml", component("large") + f"# {'x' * 5_300_000}\n")
    folder.write("long.yaml", component("long") + f"# {'x' * 2_200_000}\n")
    folder.write("good.yaml", component("orders"))
    folder.sync()
    assert refs() == {"component:default/orders", "component:default/long"}
    problems = {Path(problem.file).name: problem for problem in Problem.objects.all()}
    assert problems.keys() == {"bomb.yaml", "large.yaml"}
    assert "larger than 5 MB" in problems["large.yaml"].message


def test_a_file_that_grew_too_large_keeps_its_last_good_entities(folder: Folder) -> None:
    folder.write("orders.yaml", component("orders"))
    folder.sync()
    folder.write("orders.yaml", component("orders") + f"# {'x' * 5_300_000}\n")
    folder.sync()
    assert refs() == {"component:default/orders"}
    folder.write("orders.yaml", component("orders"))
    folder.sync()
    assert not Problem.objects.exists()


def test_groups_and_users_become_teams_and_memberships(folder: Folder, charlie: User) -> None:
    group = "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: cooks}\n"
    folder.write("a.yaml", group + "spec: {type: team, children: [], members: [charlie]}\n")
    folder.sync()
    assert "group:default/cooks" in User.objects.get(username="charlie").team_refs()
    folder.write("a.yaml", group + "spec: {type: team, children: [], members: []}\n")
    folder.sync()
    assert "group:default/cooks" not in User.objects.get(username="charlie").team_refs()


def test_the_portals_own_entities_are_written_changed_and_removed(pat: User) -> None:
    document = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Resource",
        "metadata": {"name": "orders-db"},
        "spec": {"type": "database", "owner": "orders-team"},
    }
    put_portal_entities(source="provisioning", documents=[document], by=pat)
    other = document | {"metadata": {"name": "stock-db"}}
    put_portal_entities(source="provisioning", documents=[other], by=pat)
    assert refs() == {"resource:default/orders-db", "resource:default/stock-db"}
    remove_portal_entity(source="provisioning", ref="resource:default/orders-db", by=pat)
    assert refs() == {"resource:default/stock-db"}


def test_the_portal_does_not_take_what_a_file_says_and_refuses_what_is_no_entity(folder: Folder, pat: User) -> None:
    folder.write("a.yaml", component("orders"))
    folder.sync()
    taken = {
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": "orders"},
        "spec": {"type": "x", "lifecycle": "x", "owner": "x"},
    }
    with pytest.raises(Conflict, match="from another source"):
        put_portal_entities(source="provisioning", documents=[taken], by=pat)
    with pytest.raises(UserError):
        put_portal_entities(source="provisioning", documents=[taken | {"kind": "Nothing"}], by=pat)


def test_configuration_makes_sources_and_takes_them_away(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for entries in ((Location("url", "https://example.com/a.yaml"), Location("file", str(tmp_path))), ()):
        monkeypatch.setattr("catalog.actions.configuration", lambda entries=entries: AppConfig(entries))
        follow_configuration()
        follow_configuration()
        found = set(Source.objects.filter(origin="config").values_list("kind", "target"))
        assert found == {("url" if e.type == "url" else "folder", e.target) for e in entries}
    assert Source.objects.filter(pk=folder.source.pk).exists()


def test_providers_of_the_configuration_are_sources_whose_options_follow_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def configure(*providers: ConfiguredSource) -> None:
        monkeypatch.setattr("catalog.actions.configuration", lambda: AppConfig(providers=providers))
        follow_configuration()
        follow_configuration()

    one = ConfiguredSource("github", "https://github.com/acme", {"catalog_path": "/a.yaml"}, timedelta(hours=1))
    configure(one, ConfiguredSource("gitlab-org", "https://gitlab.example.com"))
    found = Source.objects.get(kind="github")
    assert (found.origin, found.options, found.interval) == ("config", one.options, timedelta(hours=1))
    configure(ConfiguredSource("github", "https://github.com/acme", {"filters": {"branch": "next"}}))
    found = Source.objects.get(origin="config")
    assert (found.options, found.interval) == ({"filters": {"branch": "next"}}, timedelta(minutes=5))
    configure()
    assert not Source.objects.filter(origin="config").exists()


def test_a_changed_sync_is_one_event_in_the_trail(folder: Folder, pat: User) -> None:
    folder.write("a.yaml", component("orders"))
    sync_source(source=folder.source, by=pat)
    event = Event.objects.get(verb="source.synced")
    assert event.actor == "user:default/pat"
    assert event.data["added"] == 1


@pytest.fixture(autouse=True)
def _no_configuration_of_the_machine() -> None:
    current.cache_clear()

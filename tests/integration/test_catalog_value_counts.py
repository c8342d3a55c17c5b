"""The counts that facets and totals are answered from are those of the index, whatever has happened."""

from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from random import Random

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import User
from catalog.actions import unregister_source
from catalog.entity_actions import apply_entities, restore_entity
from catalog.models import Entity, IndexRow, ValueCount
from catalog.models.index import COUNTED
from catalog.visibility_actions import add_rule
from tests.integration.test_catalog_sync import Folder

pytestmark = pytest.mark.django_db
Counts = dict[tuple[str, str, str], int]


def known() -> Counts:
    return {(row.kind, row.key, row.value): row.count for row in ValueCount.objects.all()}


def counted() -> Counts:
    rows = list(IndexRow.objects.filter(key__in=COUNTED).values_list("entity_id", "key", "value", "original"))
    kinds = {entity: value for entity, key, value, _ in rows if key == "kind"}
    found: Counter[tuple[str, str, str]] = Counter()
    for entity, key, _, original in rows:
        if original is not None:
            found.update([(str(kinds[entity]), key, original), ("", key, original)])
    return dict(found)


def entity(chance: Random, number: int) -> str:
    kind = chance.choice(["Component", "Component", "Resource", "API"])
    extra = "definition: none" if kind == "API" else f"system: {chance.choice(['one', 'two'])}"
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata:\n  name: thing-{number}\n"
        f"  tags: [{', '.join(chance.sample(['java', 'grpc', 'old'], chance.randint(0, 2)))}]\n"
        f"spec:\n  type: {chance.choice(['service', 'Service', 'library'])}\n  lifecycle: production\n"
        f"  owner: {chance.choice(['team-a', 'team-b', 'user:guest'])}\n  {extra}\n"
    )


@pytest.mark.parametrize("seed", range(4))
def test_counts_follow_whatever_is_synced_removed_restored_and_forgotten(tmp_path: Path, pat: User, seed: int) -> None:
    chance = Random(seed)
    folders = [Folder(tmp_path / name) for name in ("one", "two")]
    for _ in range(6):
        folder = chance.choice(folders)
        folder.write("a.yaml", *(entity(chance, number) for number in chance.sample(range(12), chance.randint(0, 8))))
        folder.sync(allow_removal=True)
        if gone := Entity.objects.removed().order_by("ref").first():
            restore_entity(entity=gone, by=pat)
        assert known() == counted()
    unregister_source(source=folders[0].source, by=pat)
    assert known() == counted()


def test_an_upgrade_counts_what_is_there(tmp_path: Path) -> None:
    folder = Folder(tmp_path / "one")
    folder.write("a.yaml", *(entity(Random(number), number) for number in range(9)))
    folder.sync()
    before = known()
    assert before
    ValueCount.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(import_module("catalog.migrations.0012_counts_of_values").COUNT)
    assert known() == before


def test_what_comes_by_the_api_is_counted(pat: User) -> None:
    document = {"apiVersion": "backstage.io/v1alpha1", "kind": "Resource", "metadata": {"name": "a"}}
    apply_entities(documents=[{**document, "spec": {"type": "bucket", "owner": "team-a"}}], by=pat)
    assert known()["resource", "spec.type", "bucket"] == 1
    apply_entities(documents=[{**document, "spec": {"type": "queue", "owner": "team-a"}}], by=pat)
    assert known() == counted()
    assert ("resource", "spec.type", "bucket") not in known()


FACETS = "/api/catalog/entity-facets?facet=spec.type&facet=metadata.tags&facet=kind"


@pytest.mark.parametrize("narrowed", ["", "&filter=kind=component", "&filter=kind=nothing"])
def test_facets_are_the_same_known_and_counted(
    tmp_path: Path, alice: User, api_for: Callable[..., APIClient], narrowed: str
) -> None:
    folder = Folder(tmp_path / "one")
    folder.write("a.yaml", *(entity(Random(number), number) for number in range(20)))
    folder.sync()
    api = api_for(alice)
    # A key that is not kept up has all of them counted.
    counted_facets = api.get(f"{FACETS}&facet=apiVersion{narrowed}").json()["facets"]
    counted_facets.pop("apiVersion")
    assert api.get(FACETS + narrowed).json()["facets"] == counted_facets


def test_totals_leave_out_what_a_rule_hides(
    tmp_path: Path, charlie: User, pat: User, api_for: Callable[..., APIClient]
) -> None:
    folder = Folder(tmp_path / "one")
    folder.write("a.yaml", *(entity(Random(number), number) for number in range(30)))
    folder.sync()
    rule = {"name": "old", "filter": "metadata.tags=old", "visibleTo": ["group:default/others"]}
    add_rule(declaration=rule, by=pat, origin="page")
    for address in ("", "&filter=kind=component"):
        path = f"/api/catalog/entities/by-query?limit=1{address}"
        rows = Entity.objects.present().filter(**({"kind": "Component"} if address else {}))
        assert api_for(pat).get(path).json()["totalItems"] == rows.count()
        assert api_for(charlie).get(path).json()["totalItems"] == rows.exclude(tags__contains=["old"]).count()

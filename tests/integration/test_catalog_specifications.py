"""APIs whose specification lies in several files follow all of them."""

from pathlib import Path

import pytest

from catalog.actions import register_source, sync_source
from catalog.models import Entity, Source
from common.yaml12 import load

pytestmark = pytest.mark.django_db

API = (
    "apiVersion: backstage.io/v1alpha1\nkind: API\nmetadata: {name: orders}\n"
    "spec: {type: openapi, lifecycle: production, owner: ops, definition: {$openapi: ./spec/openapi.yaml}}\n"
)


@pytest.fixture
def source(tmp_path: Path) -> Source:
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/openapi.yaml").write_text(
        "openapi: 3.0.3\npaths: {}\ncomponents: {schemas: {Order: {$ref: 'order.json#/Order'}}}\n"
    )
    (tmp_path / "spec/order.json").write_text('{"Order": {"properties": {"parent": {"$ref": "#/Order"}}}}')
    (tmp_path / "catalog-info.yaml").write_text(API)
    source = register_source(kind="file", target=str(tmp_path / "catalog-info.yaml"), by=None)
    sync_source(source=source, by=None)
    return source


def order() -> object:
    definition = Entity.objects.get(ref="api:default/orders").data["spec"]["definition"]
    return load(definition.encode())["components"]["schemas"]["Order"]


def test_a_change_of_a_file_that_the_specification_refers_to_is_a_change_of_the_api(source: Source) -> None:
    assert order() == {"properties": {"parent": {"$ref": "#/components/schemas/Order"}}}
    assert sync_source(source=source, by=None).changes.nothing
    (Path(source.target).parent / "spec/order.json").write_text('{"Order": {"type": "string"}}')
    assert sync_source(source=source, by=None).changes.changed == ("api:default/orders",)
    assert order() == {"type": "string"}


def test_an_api_whose_specification_cannot_be_put_together_keeps_the_last_good_one(source: Source) -> None:
    (Path(source.target).parent / "spec/order.json").unlink()
    sync_source(source=source, by=None)
    problem = source.problems.get()
    assert (problem.stage, problem.field) == ("preprocess", "spec.definition")
    assert "order.json" in problem.message
    assert order() == {"properties": {"parent": {"$ref": "#/components/schemas/Order"}}}


def test_nothing_outside_of_the_folder_is_read(source: Source) -> None:
    folder = Path(source.target).parent
    (folder.parent / "secret.yaml").write_text("password: x")
    (folder / "spec/openapi.yaml").write_text("components: {schemas: {X: {$ref: ../../secret.yaml}}}\n")
    sync_source(source=source, by=None)
    assert "lies outside" in source.problems.get().message


def test_an_address_that_makes_no_sense_is_a_problem_and_stops_nothing_else(source: Source) -> None:
    location = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {name: odd}\nspec: {target: 'http://['}\n"
    Path(source.target).write_text(f"{API}---\n{location}")
    assert sync_source(source=source, by=None).changes.added == ("location:default/odd",)
    assert source.problems.get().file == "http://["

"""Location entities that name their files by a pattern."""

from pathlib import Path

import pytest

from catalog.actions import register_source, sync_source
from catalog.models import Entity, Source

pytestmark = pytest.mark.django_db

LOCATION = "apiVersion: backstage.io/v1alpha1\nkind: Location\nmetadata: {{name: all}}\nspec: {spec}\n"


def system(name: str) -> str:
    return f"apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {{name: {name}}}\nspec: {{owner: ops}}\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("shop", "mail"):
        add(tmp_path, name)
    return tmp_path


def add(root: Path, name: str) -> None:
    (root / "services" / name).mkdir(parents=True)
    (root / "services" / name / "catalog-info.yaml").write_text(system(name))


def read(root: Path, spec: str) -> Source:
    (root / "all.yaml").write_text(LOCATION.format(spec=spec))
    source = Source.objects.first() or register_source(kind="file", target=str(root / "all.yaml"), by=None)
    sync_source(source=source, by=None)
    return source


def systems() -> list[str]:
    return sorted(Entity.objects.present().filter(kind="System").values_list("name", flat=True))


@pytest.mark.parametrize("pattern", ["./services/*/catalog-info.yaml", "**/catalog-info.yaml", "services/**"])
def test_every_file_that_the_pattern_names_is_read(root: Path, pattern: str) -> None:
    source = read(root, f"{{targets: ['{pattern}', './services/shop/catalog-info.yaml']}}")
    assert systems() == ["mail", "shop"]
    assert not source.problems.exists()


def test_a_new_file_is_found_although_no_byte_has_changed_that_was_read(root: Path) -> None:
    source = read(root, "{target: './services/*/catalog-info.yaml'}")
    assert sync_source(source=source, by=None).changes.nothing
    add(root, "pay")
    sync_source(source=source, by=None)
    assert systems() == ["mail", "pay", "shop"]
    (root / "services/pay/catalog-info.yaml").unlink()
    sync_source(source=source, by=None)
    assert systems() == ["mail", "shop"]


def test_a_pattern_that_matches_nothing_is_a_problem_unless_nothing_need_be_there(root: Path) -> None:
    source = read(root, "{target: './service/*/catalog-info.yaml'}")
    problem = source.problems.get()
    assert problem.message.endswith("/service/*/catalog-info.yaml matches no file.")
    assert "presence: optional" in problem.hint
    read(root, "{target: './service/*/catalog-info.yaml', presence: optional}")
    assert not source.problems.exists()


def test_what_a_pattern_led_to_stays_until_the_pattern_names_something_again(root: Path) -> None:
    read(root, "{target: './services/*/catalog-info.yaml'}")
    (root / "services").rename(root / "elsewhere")
    read(root, "{target: './services/*/catalog-info.yaml'}")
    assert systems() == ["mail", "shop"]


def test_a_pattern_outside_of_the_folder_or_on_the_web_is_refused_with_a_reason(root: Path) -> None:
    source = read(root, "{targets: ['../*/all.yaml', 'https://example.com/*/catalog-info.yaml']}")
    hints = {problem.message.split("/")[-1]: problem.hint for problem in source.problems.all()}
    assert len(hints) == 2
    assert any("Git or GitHub source" in hint for hint in hints.values())

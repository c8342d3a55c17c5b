"""Reading files and folders of this machine."""

from pathlib import Path

import pytest

from catalog.sources.local import LocalReader
from common.errors import UserError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("services/b/c.yaml", "services/a/c.yaml", "services/a/deep/c.yaml", ".git/c.yaml", "c.yaml"):
        (tmp_path / "root" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "root" / name).write_text("{}")
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret/c.yaml").write_text("secret")
    return tmp_path / "root"


def named(folder: Path, pattern: str) -> list[str]:
    found = LocalReader(str(folder)).matching(f"{folder}/{pattern}")
    return [path.removeprefix(f"{folder}/") for path in found]


def test_a_pattern_names_files_in_order(folder: Path) -> None:
    assert named(folder, "services/*/c.yaml") == ["services/a/c.yaml", "services/b/c.yaml"]
    assert named(folder, "**/c.yaml") == ["c.yaml", "services/a/c.yaml", "services/a/deep/c.yaml", "services/b/c.yaml"]
    assert named(folder, "nothing/*.yaml") == []


@pytest.mark.parametrize("pattern", ["../secret/*.yaml", "../**/c.yaml", "services/../../secret/*"])
def test_a_pattern_never_leaves_the_folder(folder: Path, pattern: str) -> None:
    with pytest.raises(UserError, match="lies outside"):
        named(folder, pattern)


def test_links_lead_nowhere_outside(folder: Path) -> None:
    (folder / "linked").symlink_to(folder.parent / "secret")
    (folder / "services/a/link.yaml").symlink_to(folder.parent / "secret/c.yaml")
    (folder / "round").symlink_to(folder)
    assert "linked/c.yaml" not in named(folder, "**/c.yaml")
    [link] = LocalReader(str(folder)).matching(f"{folder}/**/link.yaml")
    with pytest.raises(UserError, match="lies outside"):
        LocalReader(str(folder)).read(link)


def test_a_file_may_name_what_lies_beside_it(folder: Path) -> None:
    reader = LocalReader(str(folder / "c.yaml"))
    assert reader.matching(f"{folder}/services/*/c.yaml") == [f"{folder}/services/{name}/c.yaml" for name in "ab"]


def test_a_web_address_cannot_be_listed(folder: Path) -> None:
    with pytest.raises(UserError, match="cannot be listed") as error:
        LocalReader(str(folder)).matching("https://example.com/*/c.yaml")
    assert "Git or GitHub source" in error.value.hint

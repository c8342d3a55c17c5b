"""The configuration around a blueprint's module."""

import json
from pathlib import Path

import pytest

from integrations.terraform.root_module import RootModule, literal, module_digest, write_workspace


def test_the_developer_s_values_are_data_and_the_platform_s_are_literal(tmp_path: Path) -> None:
    (tmp_path / "module").mkdir()
    root = RootModule(name="database", inputs={"name": '${file("/etc/passwd")}'}, imposed={"backup_retention": 30})
    write_workspace(tmp_path / "work", tmp_path / "module", root)
    main = json.loads((tmp_path / "work/main.tf.json").read_text())
    assert main["module"]["database"] == {
        "source": "./module",
        "backup_retention": 30,
        "name": "${var.name}",
    }
    assert "passwd" in (tmp_path / "work/terraform.tfvars.json").read_text()


def test_an_input_cannot_reach_an_imposed_value() -> None:
    with pytest.raises(ValueError, match="multi_az would be given twice"):
        RootModule(name="database", inputs={"multi_az": False}, imposed={"multi_az": True}).main()


def test_imposed_text_is_never_a_template() -> None:
    assert literal({"a": ["${x}", "%{if y}"]}) == {"a": ["$${x}", "%%{if y}"]}


def test_names_that_are_none_are_refused() -> None:
    with pytest.raises(ValueError, match="not a name"):
        RootModule(name="database", inputs={'x"}': 1}).main()


def test_secrets_are_ephemeral_and_in_no_file() -> None:
    main = RootModule(name="database", inputs={}, secrets=("password",)).main()
    assert main["variable"]["password"] == {"type": "string", "sensitive": True, "ephemeral": True}


def test_links_out_of_a_module_are_not_followed(tmp_path: Path) -> None:
    module = tmp_path / "module"
    module.mkdir()
    (module / "main.tf").write_text("")
    before = module_digest(module)
    (module / "leak.tf").symlink_to("/etc/passwd")
    write_workspace(tmp_path / "work", module, RootModule(name="x", inputs={}))
    assert not (tmp_path / "work/module/leak.tf").exists()
    assert module_digest(module) == before


def test_the_digest_of_a_module_follows_names_and_contents(tmp_path: Path) -> None:
    digests = set()
    for name, text in (("a.tf", "x"), ("a.tf", "y"), ("b.tf", "x")):
        for path in tmp_path.iterdir():
            path.unlink()
        (tmp_path / name).write_text(text)
        digests.add(module_digest(tmp_path))
    assert len(digests) == 3

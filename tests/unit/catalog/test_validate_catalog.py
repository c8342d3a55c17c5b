"""``validate_catalog``: the verdicts without a portal."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

SAMPLE = Path(__file__).parents[2] / "corpus" / "sample"


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str]:
    try:
        call_command("validate_catalog", *map(str, arguments))
    except SystemExit as stop:
        return int(str(stop.code)), capsys.readouterr().out
    return 0, capsys.readouterr().out


def files(output: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(output)["files"]
    return found


def test_good_files_leave_by_zero(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "domain.yaml"
    file.write_text("apiVersion: backstage.io/v1alpha1\nkind: Domain\nmetadata: {name: shop}\nspec: {owner: a}\n")
    code, output = run(capsys, file)
    assert code == 0
    assert "1 entities are valid, 0 are refused" in output


def test_a_refused_document_leaves_by_one_and_names_its_line(capsys: pytest.CaptureFixture[str]) -> None:
    code, output = run(capsys, SAMPLE / "shop.yaml")
    assert code == 1
    assert "shop.yaml:18:1: /spec must have required property 'lifecycle'" in output


def test_json_carries_every_verdict_with_place_and_hint(capsys: pytest.CaptureFixture[str]) -> None:
    code, output = run(capsys, "--json", "--strict", "--manifest", SAMPLE / "manifest.json", SAMPLE / "shop.yaml")
    assert code == 1
    [(key, report)] = files(output).items()
    assert key == "shop.yaml"
    assert report["location"] == "url:https://github.com/example-org/shop/tree/main/shop.yaml"
    second = report["documents"][1]
    assert (second["outcome"], second["line"], second["hint"]) == ("invalid", 18, "Add lifecycle below spec.")


def test_a_folder_may_be_judged_under_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    base = "https://github.com/example-org/shop/blob/main/"
    _, output = run(capsys, "--json", "--registered-as", base, SAMPLE)
    assert {report["url"] for report in files(output).values()} >= {f"{base}shop.yaml", f"{base}broken.yaml"}


def test_a_path_that_is_not_there_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="There is no file"):
        run(capsys, "nowhere.yaml")


ENVIRONMENT = "apiVersion: example.com/v1\nkind: Environment\nmetadata: {name: prod}\nspec: {region: eu}\n"


def test_kinds_of_a_file_or_of_the_portals_configuration_are_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], settings: Any
) -> None:
    subject, kinds = tmp_path / "prod.yaml", tmp_path / "kinds.yaml"
    subject.write_text(ENVIRONMENT)
    assert run(capsys, subject)[0] == 1
    kinds.write_text("- {name: Environment, apiVersions: [example.com/v1], schema: {required: [region]}}\n")
    assert run(capsys, "--kinds", kinds, subject)[0] == 0
    kinds.write_text("catalog: {kinds: [{name: Environment, apiVersions: [example.com/v1]}]}\n")
    assert run(capsys, "--strict", "--kinds", kinds, subject)[0] == 0
    settings.APP_CONFIG = (str(kinds),)
    assert run(capsys, subject)[0] == 0
    assert run(capsys, "--strict", subject)[0] == 1, "Backstage knows no kinds of ours"


def test_kinds_that_cannot_be_used_are_named_with_their_field(tmp_path: Path) -> None:
    kinds = tmp_path / "kinds.yaml"
    kinds.write_text("- {name: environment, apiVersions: [example.com/v1]}\n")
    with pytest.raises(CommandError, match=r"kinds\.yaml\[0\]\.name must begin with a capital letter"):
        call_command("validate_catalog", "--kinds", str(kinds), str(kinds))

"""What Terraform finds on a machine: mirror, environment, command lines."""

import os
import tempfile
from pathlib import Path

import pytest

from integrations.terraform.commands import CommandLines
from integrations.terraform.environment import clean_environment, secrets_in
from integrations.terraform.events import Diagnostic
from integrations.terraform.failures import explain
from integrations.terraform.mirror import cli_config, find_mirror


def test_a_configured_mirror_wins(tmp_path: Path) -> None:
    assert find_mirror(str(tmp_path / "mine"), root=tmp_path, home=tmp_path) == tmp_path / "mine"


def test_a_mirror_is_found_a_few_levels_below_the_root(tmp_path: Path) -> None:
    (tmp_path / "a/plugins/registry.terraform.io").mkdir(parents=True)
    assert find_mirror(root=tmp_path, home=tmp_path) == tmp_path / "a/plugins"


def test_a_mirror_that_others_may_write_is_not_trusted(tmp_path: Path) -> None:
    folder = tmp_path / "a/plugins"
    (folder / "registry.terraform.io").mkdir(parents=True)
    folder.chmod(0o777)
    assert find_mirror(root=tmp_path, home=tmp_path) is None


def test_a_folder_that_may_not_be_looked_into_is_passed_by() -> None:
    nobody = 65534
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        (root / "lost+found").mkdir(mode=0o000)
        mirror = root / "mirror"
        (mirror / "registry.terraform.io").mkdir(parents=True)
        me = os.geteuid()
        if me == 0:
            os.seteuid(nobody)
        try:
            assert find_mirror(root=root, home=root) == mirror
        finally:
            os.seteuid(me)


def test_without_a_mirror_providers_come_from_the_registry() -> None:
    assert "filesystem_mirror" not in cli_config(None)


def test_the_environment_is_a_list_of_what_is_allowed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="CAIRN_SECRET_KEY"):
        clean_environment(tmp_path, {"CAIRN_SECRET_KEY": "x"})
    assert secrets_in({"TF_HTTP_PASSWORD": "p", "AWS_REGION": "r", "TF_VAR_password": "v"}) == ["p", "v"]


def test_command_lines_carry_no_values(tmp_path: Path) -> None:
    lines = CommandLines("terraform", tmp_path, lock_timeout=5)
    assert lines.plan(destroy=True)[:2] == ["terraform", "plan"]
    assert "-destroy" in lines.plan(destroy=True)
    assert "-destroy" not in lines.plan(destroy=False)
    assert not any(part.startswith("-var") for line in (lines.plan(destroy=False), lines.apply()) for part in line)


@pytest.mark.parametrize(
    ("summary", "detail", "id", "transient"),
    [
        ("Failed to query available provider packages", "", "provider-missing", False),
        ("Saved plan is stale", "", "plan-stale", False),
        ("Error acquiring the state lock", "", "state-locked", True),
        ("creating RDS DB Instance", "DBInstanceAlreadyExists: DB instance already exists", "already-exists", False),
        ("Error", "dial tcp: connection refused", "cloud-unreachable", True),
        ("creating RDS DB Instance", "AccessDenied: no", "cloud-permission", False),
        ("Something new", "", "terraform-failed", False),
    ],
)
def test_errors_say_whose_fault_and_whether_to_try_again(summary: str, detail: str, id: str, transient: bool) -> None:
    failure = explain([Diagnostic("error", summary, detail)])
    assert (failure.id, failure.transient) == (id, transient)

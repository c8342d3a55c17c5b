"""Terraform for real, on a resource that needs no provider: running, stopping, dying and being found again."""

import json
import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from common.errors import ProviderError
from integrations.terraform.cli import Limits, Terraform
from integrations.terraform.plan import sanitise
from integrations.terraform.process import RECORD, end_leftover
from integrations.terraform.root_module import RootModule
from tests.integration.terraform_support import LocalWorkspace, needs_terraform

pytestmark = [pytest.mark.terraform, needs_terraform]

THING = """
variable "size" { type = number }
variable "secret" {
  type      = string
  sensitive = true
}
resource "terraform_data" "this" {
  input = { size = var.size, secret = var.secret }
}
output "size" { value = terraform_data.this.output.size }
output "secret" {
  value     = var.secret
  sensitive = true
}
"""
SLOW = """
resource "terraform_data" "first" {}
resource "terraform_data" "slow" {
  depends_on = [terraform_data.first]
  provisioner "local-exec" { command = "sleep 4.0625" }
}
resource "terraform_data" "last" { depends_on = [terraform_data.slow] }
"""


@pytest.fixture
def workspace(tmp_path: Path) -> LocalWorkspace:
    return LocalWorkspace(tmp_path)


def thing(**inputs: object) -> RootModule:
    return RootModule(
        name="thing", inputs={"size": 1, "secret": "hunter<2>&", **inputs}, outputs={"size": False, "secret": True}
    )


def test_a_plan_says_whether_there_is_anything_to_do(workspace) -> None:  # type: ignore[no-untyped-def]
    terraform = workspace.ready(THING, thing())
    assert terraform.plan().has_changes
    assert terraform.apply().verdict == "done"
    result = terraform.plan()
    assert (result.ok, result.has_changes) == (True, False)


def test_outputs_come_with_their_sensitivity(workspace) -> None:  # type: ignore[no-untyped-def]
    terraform = workspace.ready(THING, thing())
    terraform.plan()
    terraform.apply()
    outputs = terraform.outputs()
    assert (outputs["size"].value, outputs["size"].sensitive) == (1, False)
    assert (outputs["secret"].value, outputs["secret"].sensitive) == ("hunter<2>&", True)


def test_the_plan_that_may_be_kept_hides_what_is_sensitive(workspace) -> None:  # type: ignore[no-untyped-def]
    terraform = workspace.ready(THING, thing())
    terraform.plan()
    plan = sanitise(terraform.show_plan())
    assert plan.summary.create == 1
    assert "hunter" not in json.dumps(plan.as_json())


def test_a_failing_plan_tells_the_module_s_own_words(workspace) -> None:  # type: ignore[no-untyped-def]
    terraform = workspace.ready(THING, thing(size="many"))
    result = terraform.plan()
    assert result.verdict == "failed"
    assert result.failure.id == "invalid-input"
    assert "number" in result.failure.message


def test_a_plan_is_applied_once(workspace) -> None:  # type: ignore[no-untyped-def]
    terraform = workspace.ready(THING, thing())
    terraform.plan()
    terraform.apply()
    assert terraform.apply().failure.id == "plan-stale"


def test_one_polite_stop_finishes_what_is_under_way_and_starts_nothing_new(workspace) -> None:  # type: ignore[no-untyped-def]
    terraform = workspace.ready(SLOW, RootModule(name="thing", inputs={}))
    terraform.plan()
    workspace.stop_when("apply_start", "slow")
    result = terraform.apply()
    assert result.verdict == "stopped"
    made = workspace.addresses()
    assert "terraform_data.first" in made
    assert "terraform_data.last" not in made
    assert "Two interrupts" not in workspace.log


def test_a_firm_stop_kills_the_whole_group(workspace) -> None:  # type: ignore[no-untyped-def]
    terraform = workspace.ready(SLOW.replace("sleep 4.0625", "sleep 61"), RootModule(name="thing", inputs={}))
    terraform.plan()
    workspace.stop_when("apply_start", "slow", level="forced")
    result = terraform.apply()
    assert result.verdict == "killed"
    assert not _processes_with("sleep 61")


def test_what_takes_too_long_is_stopped(workspace) -> None:  # type: ignore[no-untyped-def]
    workspace.limits = Limits(apply=0.5, patience=30)
    terraform = workspace.ready(SLOW, RootModule(name="thing", inputs={}))
    terraform.plan()
    assert terraform.apply().failure.id == "terraform-overdue"


def test_nothing_of_the_worker_s_environment_reaches_terraform(workspace, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("CAIRN_SECRET_KEY", "portal-secret")
    monkeypatch.setenv("TF_VAR_size", "7")
    terraform = workspace.ready(
        'resource "terraform_data" "this" {\n  provisioner "local-exec" { command = "env > seen" }\n}',
        RootModule(name="thing", inputs={}),
    )
    terraform.plan()
    terraform.apply()
    seen = (workspace.work / "seen").read_text()
    assert "TF_IN_AUTOMATION=1" in seen
    assert "portal-secret" not in seen
    assert "TF_VAR_size" not in seen


def test_no_file_of_a_workspace_is_open_to_others(workspace) -> None:  # type: ignore[no-untyped-def]
    terraform = workspace.ready(THING, thing())
    terraform.plan()
    assert workspace.work.stat().st_mode & 0o077 == 0
    for name in ("plan.tfplan", "terraform.tfvars.json", "main.tf.json"):
        assert (workspace.work / name).stat().st_mode & 0o077 == 0


def test_a_machine_without_terraform_says_how_to_get_it(tmp_path: Path) -> None:
    terraform = Terraform("no-such-terraform", tmp_path, {}, lambda event: None)
    with pytest.raises(ProviderError) as caught:
        terraform.init()
    assert caught.value.id == "terraform-missing"
    assert "CAIRN_TERRAFORM" in caught.value.hint


def test_a_provider_that_is_not_in_the_mirror_says_how_to_get_it(workspace, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "mirror").mkdir()
    workspace.mirror = tmp_path / "mirror"
    workspace.write(
        'terraform {\n  required_providers {\n    random = { source = "hashicorp/random" }\n  }\n}\n'
        'resource "random_id" "this" { byte_length = 4 }',
        RootModule(name="thing", inputs={}),
    )
    result = workspace.terraform().init()
    assert result.failure.id == "provider-missing"
    assert "CAIRN_TERRAFORM_MIRROR" in result.failure.hint


def test_terraform_outlives_its_worker_and_may_finish(workspace) -> None:  # type: ignore[no-untyped-def]
    lines = _outlive(workspace, lambda: end_leftover(workspace.work, finish=30))
    assert not (workspace.work / RECORD).exists()
    assert any("Apply complete" in line for line in lines)
    assert not any("Interrupt received" in line for line in lines)
    assert workspace.addresses() == {"terraform_data.first", "terraform_data.slow", "terraform_data.last"}


def test_who_comes_next_may_end_it_in_order(workspace) -> None:  # type: ignore[no-untyped-def]
    lines = _outlive(workspace, lambda: end_leftover(workspace.work, finish=30, should_stop=lambda: "graceful"))
    assert any("Interrupt received" in line for line in lines)
    assert not any("Two interrupts" in line for line in lines)
    assert "terraform_data.first" in workspace.addresses()
    assert "terraform_data.last" not in workspace.addresses()


def _outlive(workspace, end: Callable[[], list[str]]) -> list[str]:  # type: ignore[no-untyped-def]
    """Kill a worker in the middle of an apply; it has threads, as real ones do."""
    terraform = workspace.ready(SLOW, RootModule(name="thing", inputs={}))
    terraform.plan()

    def work() -> None:
        for _ in range(4):
            threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        terraform.apply()

    worker = multiprocessing.get_context("fork").Process(target=work)
    worker.start()
    _wait_for(lambda: _processes_with("sleep 4.0625"))
    os.kill(worker.pid, signal.SIGKILL)  # type: ignore[arg-type]
    worker.join()
    return end()


def test_a_leftover_that_will_not_end_is_killed(workspace) -> None:  # type: ignore[no-untyped-def]
    terraform = workspace.ready(
        SLOW.replace("sleep 4.0625", "trap '' INT; sleep 62"), RootModule(name="thing", inputs={})
    )
    terraform.plan()
    worker = multiprocessing.get_context("fork").Process(target=terraform.apply)
    worker.start()
    _wait_for(lambda: _processes_with("sleep 62"))
    os.kill(worker.pid, signal.SIGKILL)
    worker.join()

    end_leftover(workspace.work, patience=0.5)

    assert not _processes_with("sleep 62")


def test_a_process_of_somebody_else_with_the_same_number_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / RECORD).write_text(json.dumps({"pid": os.getpid(), "started": "1"}))
    assert end_leftover(tmp_path) == []


def _processes_with(words: str) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if words in line and "pytest" not in line:
            found.append(line)
    return found


def _wait_for(what, seconds: float = 20) -> None:  # type: ignore[no-untyped-def]
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)

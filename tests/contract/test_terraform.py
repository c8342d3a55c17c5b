"""What integrations/terraform makes of the words of the real binary, on the one resource that needs no provider.

Runs on Terraform and on OpenTofu, whichever are there.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from integrations.terraform.cli import Result, Terraform
from integrations.terraform.environment import clean_environment
from integrations.terraform.events import Event
from integrations.terraform.plan import SanitisedPlan, sanitise
from integrations.terraform.process import kill_group
from integrations.terraform.root_module import RootModule
from tests.integration.terraform_support import LocalWorkspace

pytestmark = pytest.mark.terraform

SECRET = 'hunter<2>&"quoted'
THING = """
variable "size" {
  type = number
  validation {
    condition     = var.size < 100
    error_message = "A thing has a size below 100."
  }
}
variable "token" {
  type      = string
  default   = ""
  sensitive = true
}
resource "terraform_data" "first" {
  input            = { size = var.size, token = var.token }
  triggers_replace = var.size >= 50
}
resource "terraform_data" "second" { input = terraform_data.first.id }
output "size" { value = var.size }
"""
SAYS = 'resource "terraform_data" "this" {\n  provisioner "local-exec" { command = "%s" }\n}'

WORRIED = """
resource "terraform_data" "this" {}
check "mood" {
  assert {
    condition     = terraform_data.this.id == ""
    error_message = "It is a bad day."
  }
}
"""


class Bench(LocalWorkspace):
    """A workspace for one of the binaries."""

    def __init__(self, folder: Path, binary: str) -> None:
        super().__init__(folder)
        self.binary = binary
        self.environment: dict[str, str] = {}

    def terraform(self) -> Terraform:
        """The binary in this workspace, with nothing heard yet."""
        self.events.clear()
        return Terraform(
            self.binary,
            self.work,
            self.environment,
            self.events.append,
            should_stop=self._level,
            limits=self.limits,
            mirror=self.mirror,
        )

    def heard(self, kind: str, address: str = "") -> list[Event]:
        """What was said of ``kind``, about ``address``."""
        return [event for event in self.events if event.kind == kind and event.address.endswith(address)]

    def planned(self, module: str, root: RootModule | None = None, *, destroy: bool = False) -> Terraform:
        """The module written, initialised and planned."""
        terraform = self.ready(module, root or RootModule(name="thing", inputs={}))
        self.events.clear()
        result = terraform.plan(destroy=destroy)
        assert result.has_changes, self.log
        return terraform

    def made(self, module: str, root: RootModule | None = None) -> Terraform:
        """And applied."""
        terraform = self.planned(module, root)
        assert terraform.apply().ok, self.log
        return terraform


@pytest.fixture(params=[name for name in ("terraform", "tofu") if shutil.which(name)])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    """A workspace for each binary on this machine."""
    return Bench(tmp_path, request.param)


def thing(size: object, **inputs: object) -> RootModule:
    return RootModule(name="thing", inputs={"size": size, **inputs}, outputs={"size": False})


def shown(terraform: Terraform) -> SanitisedPlan:
    return sanitise(terraform.show_plan())


def actions(plan: SanitisedPlan) -> dict[str, str]:
    return {change.address.rpartition(".")[2]: change.action for change in plan.changes}


def failure(result: Result) -> tuple[str, str, bool]:
    assert result.failure
    return result.failure.id, result.failure.family, result.failure.transient


def test_a_plan_names_each_object_and_what_would_happen_to_it(bench: Bench) -> None:
    terraform = bench.planned(THING, thing(1))
    assert {(event.address, event.action) for event in bench.heard("planned_change")} == {
        ("module.thing.terraform_data.first", "create"),
        ("module.thing.terraform_data.second", "create"),
    }
    assert "2 to add" in bench.heard("change_summary")[0].text
    assert actions(shown(terraform)) == {"first": "create", "second": "create"}


def test_an_apply_tells_the_beginning_and_the_end_of_each_object_in_order(bench: Bench) -> None:
    bench.made(THING, thing(1))
    begun, done = bench.heard("apply_start"), bench.heard("apply_complete")
    assert [event.address.rpartition(".")[2] for event in begun] == ["first", "second"]
    assert [event.action for event in done] == ["create", "create"]
    assert all(event.identifier for event in done)
    assert all(event.seconds is not None and event.seconds >= 0 for event in done)
    assert all(event.level == "info" for event in bench.events)


def test_what_is_there_is_looked_at_again_before_it_is_changed(bench: Bench) -> None:
    terraform = bench.made(THING, thing(1))
    bench.events.clear()
    assert terraform.plan().verdict == "done"
    assert len(bench.heard("refresh_complete")) == 2
    assert bench.heard("planned_change") == []
    assert actions(shown(terraform)) == {}


def test_a_change_in_place_and_a_replacement_are_told_apart(bench: Bench) -> None:
    bench.made(THING, thing(1))
    terraform = bench.planned(THING, thing(2))
    plan = shown(terraform)
    assert actions(plan) == {"first": "update"}
    known_later = "(known after apply)"
    assert [(field.path, field.before, field.after) for field in plan.changes[0].fields] == [
        ("input.size", 1, 2),
        ("output.size", 1, known_later),
        ("output.token", "", known_later),
    ]

    terraform = bench.planned(THING, thing(60))
    plan = shown(terraform)
    assert actions(plan) == {"first": "replace", "second": "update"}
    assert {event.action for event in bench.heard("planned_change", "first")} == {"replace"}
    assert terraform.apply().ok
    assert [event.action for event in bench.heard("apply_complete", "first")] == ["delete", "create"]


def test_a_destruction_is_planned_and_done_in_the_other_order(bench: Bench) -> None:
    bench.made(THING, thing(1))
    terraform = bench.planned(THING, thing(1), destroy=True)
    assert actions(shown(terraform)) == {"first": "delete", "second": "delete"}
    assert terraform.apply().ok
    done = [event.address.rpartition(".")[2] for event in bench.heard("apply_complete")]
    assert done == ["second", "first"]
    assert {event.action for event in bench.heard("apply_complete")} == {"delete"}
    assert bench.addresses() == set()


def test_what_somebody_changed_behind_our_back_is_said(bench: Bench) -> None:
    terraform = bench.made(THING, thing(1))
    state = bench.work / "terraform.tfstate"
    document: dict[str, Any] = json.loads(state.read_text())
    for resource in document["resources"]:
        if resource["name"] == "first":
            resource["instances"] = []
    document["serial"] += 1
    state.write_text(json.dumps(document))
    bench.events.clear()
    assert terraform.plan().has_changes
    assert actions(shown(terraform)) == {"first": "create", "second": "update"}


def test_a_value_that_the_module_refuses_is_refused_in_its_words_and_at_its_line(bench: Bench) -> None:
    terraform = bench.ready(THING, thing(100))
    result = terraform.plan()
    assert failure(result) == ("invalid-input", "user", False)
    assert "A thing has a size below 100." in result.diagnostics[0].text()
    # The place is where the value is handed over.
    assert "line" in result.diagnostics[0].place
    assert [event.level for event in bench.heard("diagnostic")] == ["error"]


@pytest.mark.parametrize(
    ("module", "words", "line"),
    [
        ('resource "terraform_data" "this" {\n  input = var.nothing\n}', "undeclared input variable", 2),
        ('\n\nresource "terraform_data" "this" {\n  inputs = 1\n}', "Unsupported argument", 4),
        ('resource "terraform_data" "this" {\n  input = \n}', "Invalid expression", 2),
        ('resource "terraform_data" "this" {\n\n  input = terraform_data.this.id\n}', "elf-referential", 3),
    ],
)
def test_a_mistake_in_a_module_is_named_with_file_and_line(bench: Bench, module: str, words: str, line: int) -> None:
    bench.write(module, RootModule(name="thing", inputs={}))
    terraform = bench.terraform()
    result = terraform.init()
    result = terraform.plan() if result.ok else result
    assert result.verdict == "failed"
    found = [diagnostic for diagnostic in result.diagnostics if words in diagnostic.summary]
    assert found, bench.log
    assert found[0].place.endswith(f"main.tf line {line}")
    assert result.failure
    assert words in result.failure.message


def test_a_command_that_fails_names_its_object_and_leaves_the_rest_made(bench: Bench) -> None:
    module = 'resource "terraform_data" "before" {}\n' + SAYS.replace(
        '"this" {', '"this" {\n  depends_on = [terraform_data.before]'
    )
    terraform = bench.planned(module % "echo on the way; exit 7")
    result = terraform.apply()
    assert (result.verdict, result.exit_code) == ("failed", 1)
    assert failure(result) == ("terraform-failed", "provider", False)
    assert result.diagnostics[0].address == "module.thing.terraform_data.this"
    assert "exit status 7" in result.diagnostics[0].detail
    assert len(bench.heard("apply_errored", "this")) == 1
    assert len(bench.heard("apply_complete", "before")) == 1
    assert "before" in {name.rpartition(".")[2] for name in bench.addresses()}


def test_what_a_command_prints_is_told_line_by_line(bench: Bench) -> None:
    bench.made(SAYS % "echo one; echo two 1>&2")
    said = [event.text for event in bench.heard("provision_progress", "this")]
    assert [text.rpartition(": ")[2] for text in said if text.endswith(("one", "two"))][-2:] == ["one", "two"]


def test_a_warning_is_told_and_stops_nothing(bench: Bench) -> None:
    terraform = bench.planned(WORRIED)
    result = terraform.apply()
    assert result.ok
    warnings = [diagnostic for diagnostic in result.diagnostics if diagnostic.severity == "warning"]
    assert "It is a bad day." in warnings[0].text()
    assert warnings[0].place.endswith("main.tf line 5")


def test_a_secret_is_in_no_event_of_plan_apply_and_destruction(bench: Bench) -> None:
    bench.environment = {"TF_VAR_token": SECRET}
    module = THING + '\noutput "leak" {\n  value     = var.token\n  sensitive = true\n}'
    module += '\nresource "terraform_data" "says" {\n  provisioner "local-exec" { command = "env" }\n}'
    root = RootModule(name="thing", inputs={"size": 1}, outputs={"leak": True})
    terraform = bench.ready(module.replace('default   = ""', 'default   = "unset"'), root)
    assert terraform.plan().has_changes
    plan = shown(terraform)
    assert terraform.apply().ok, bench.log
    assert "TF_VAR_token=(sensitive)" in bench.log
    bench.planned(module, root, destroy=True).apply()
    assert "hunter" not in bench.log
    assert "hunter" not in json.dumps(plan.as_json())


def test_a_state_that_another_process_holds_is_waited_for_and_then_said(bench: Bench) -> None:
    bench.limits = type(bench.limits)(lock=1)
    terraform = bench.ready(SAYS % "touch here; sleep 15", RootModule(name="thing", inputs={}))
    terraform.plan()
    environment = clean_environment(bench.work, {})
    command = [shutil.which(bench.binary) or bench.binary, "apply", "-input=false", "plan.tfplan"]
    other = subprocess.Popen(
        command, cwd=bench.work, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while not (bench.work / "here").exists():
            assert other.poll() is None
        result = terraform.plan()
        assert failure(result) == ("state-locked", "platform", True)
        assert "Lock Info" in result.diagnostics[0].detail
    finally:
        kill_group(other.pid)
        other.wait()


def test_a_stop_is_said_and_what_was_under_way_is_kept(bench: Bench) -> None:
    module = SAYS % "sleep 3" + '\nresource "terraform_data" "last" { depends_on = [terraform_data.this] }'
    terraform = bench.planned(module)
    bench.stop_when("apply_start", "this")
    result = terraform.apply()
    assert (result.verdict, failure(result)[0]) == ("stopped", "terraform-stopped")
    assert any("nterrupt received" in event.text or "Stopping operation" in event.text for event in bench.events)
    assert bench.heard("apply_start", "last") == []
    assert any(name.endswith(".this") for name in bench.addresses())


def test_the_binary_says_which_one_it_is(bench: Bench) -> None:
    bench.work.mkdir(parents=True)
    major, minor, _ = bench.terraform().version().split(".")
    assert (int(major), int(minor)) >= (1, 6)

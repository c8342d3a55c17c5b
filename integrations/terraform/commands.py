"""Command lines. python-terraform builds them; it runs nothing, because what it runs cannot stream or be stopped."""

from pathlib import Path

import python_terraform
from python_terraform import IsFlagged

PLAN_FILE = "plan.tfplan"


class _Builder(python_terraform.Terraform):  # type: ignore[misc]
    def read_state_file(self, file_path: str | None = None) -> None:
        """Nothing is read: state lives in the portal."""


class CommandLines:
    """The commands of one binary, as argument lists. Values never appear on them: argv is public on a machine."""

    def __init__(self, binary: str, workspace: Path, *, lock_timeout: int) -> None:
        self._lock_timeout = f"{lock_timeout}s"
        self._builder = _Builder(working_dir=str(workspace), terraform_bin_path=binary)

    def init(self) -> list[str]:
        """Prepare the workspace: backend, module, providers."""
        return self._build("init", json=IsFlagged, input=False)

    def plan(self, *, destroy: bool, refresh_only: bool = False, lock: bool = True) -> list[str]:
        """Write the plan file; the exit code tells whether there is anything to do. Without ``lock`` it holds up nobody
        who writes the state meanwhile."""
        return self._build(
            "plan",
            json=IsFlagged,
            input=False,
            lock=None if lock else False,
            lock_timeout=self._lock_timeout if lock else None,
            detailed_exitcode=IsFlagged,
            out=PLAN_FILE,
            destroy=IsFlagged if destroy else None,
            refresh_only=IsFlagged if refresh_only else None,
        )

    def show_plan(self) -> list[str]:
        """The plan as one JSON document, secrets included."""
        return self._build("show", PLAN_FILE, json=IsFlagged)

    def apply(self) -> list[str]:
        """Do what the plan file says and nothing else."""
        return self._build("apply", PLAN_FILE, json=IsFlagged, input=False, lock_timeout=self._lock_timeout)

    def outputs(self) -> list[str]:
        """All outputs as one JSON document, secrets included."""
        return self._build("output", json=IsFlagged)

    def version(self) -> list[str]:
        """Which binary this is, as one JSON document."""
        return self._build("version", json=IsFlagged)

    def _build(self, command: str, *arguments: str, **options: object) -> list[str]:
        return list(self._builder.generate_cmd_string(command, *arguments, **options))

"""What the tests with a real terraform share."""

import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from integrations.terraform.cli import Limits, Terraform
from integrations.terraform.environment import clean_environment
from integrations.terraform.events import Event
from integrations.terraform.mirror import find_mirror
from integrations.terraform.process import StopLevel
from integrations.terraform.root_module import MAIN, RootModule, write_workspace
from provisioning.state.access import credentials
from runs.models import Run

needs_terraform = pytest.mark.skipif(
    shutil.which("terraform") is None, reason="no terraform on this machine; install it or put it on PATH"
)
needs_aws_provider = pytest.mark.skipif(
    not (mirror := find_mirror()) or not any(mirror.glob("*/hashicorp/aws")),
    reason="no mirror with the AWS provider on this machine; set CAIRN_TERRAFORM_MIRROR",
)


def a_run(*, epoch: int = 1, state: str = "running", by: User | None = None) -> Run:
    """A run in the middle of its work."""
    return Run.objects.create(
        pipeline="database",
        title="orders-db",
        state=state,
        step="apply",
        epoch=epoch,
        subject_kind="request",
        subject_id="1",
        owner_ref="group:default/orders-team",
        requested_by=by,
    )


class Workspace:
    """A workspace whose state the portal keeps, and everything that Terraform said in it."""

    def __init__(self, folder: Path, name: str = "orders-db") -> None:
        self.work, self.name = folder / "work", name
        self._source = folder / "source"
        self.events: list[Event] = []

    def write(self, module: str, root: RootModule | None = None) -> None:
        """Put ``module`` (HCL) below a root module."""
        self._source.mkdir(parents=True, exist_ok=True)
        (self._source / "main.tf").write_text(module)
        write_workspace(self.work, self._source, root or RootModule(name="thing", inputs={}))

    def terraform(
        self,
        run: Run,
        *,
        epoch: int | None = None,
        writes: bool = True,
        environment: dict[str, str] | None = None,
        lock_timeout: int = 60,
    ) -> Terraform:
        """Terraform with the credentials of ``run``."""
        access = credentials(self.name, run.pk, epoch or run.epoch, writes=writes)
        return Terraform(
            "terraform",
            self.work,
            access | (environment or {}),
            self.events.append,
            mirror=find_mirror(),
            limits=Limits(lock=lock_timeout),
        )

    def command(self, run: Run, *arguments: str) -> int:
        """The exit code of any terraform command with the credentials of ``run``."""
        environment = clean_environment(self.work, credentials(self.name, run.pk, run.epoch))
        return subprocess.run(["terraform", *arguments], cwd=self.work, env=environment).returncode

    def wait_for(self, kind: str, seconds: float = 30) -> None:
        """Wait until Terraform has said something of ``kind``."""
        end = time.monotonic() + seconds
        while not any(event.kind == kind for event in list(self.events)):
            assert time.monotonic() < end, self.log
            time.sleep(0.05)

    @property
    def log(self) -> str:
        """All that was said."""
        return "\n".join(event.text for event in self.events)


class LocalWorkspace:
    """A workspace with its state in a file, for what has nothing to do with the portal."""

    def __init__(self, folder: Path) -> None:
        self.work, self._source = folder / "work", folder / "source"
        self.events: list[Event] = []
        self.limits, self.mirror = Limits(), find_mirror()
        self._stop_at: tuple[str, str, StopLevel] | None = None

    def write(self, module: str, root: RootModule) -> None:
        """Put ``module`` (HCL) below ``root``, with a local state."""
        self._source.mkdir(parents=True, exist_ok=True)
        (self._source / "main.tf").write_text(module)
        write_workspace(self.work, self._source, root)
        document = root.main()
        del document["terraform"]["backend"]
        (self.work / MAIN).write_text(json.dumps(document))

    def ready(self, module: str, root: RootModule) -> Terraform:
        """The same, and initialised."""
        self.write(module, root)
        terraform = self.terraform()
        result = terraform.init()
        assert result.ok, self.log
        return terraform

    def terraform(self) -> Terraform:
        """Terraform in this workspace."""
        return Terraform(
            "terraform",
            self.work,
            {},
            self.events.append,
            should_stop=self._level,
            limits=self.limits,
            mirror=self.mirror,
        )

    def stop_when(self, kind: str, address: str, level: StopLevel = "graceful") -> None:
        """Ask to stop as soon as an event of ``kind`` is about ``address``."""
        self._stop_at = (kind, address, level)

    def addresses(self) -> set[str]:
        """The resources in the state."""
        state: dict[str, Any] = json.loads((self.work / "terraform.tfstate").read_text())
        return {f"{resource['type']}.{resource['name']}" for resource in state["resources"] if resource["instances"]}

    @property
    def log(self) -> str:
        """All that was said."""
        return "\n".join(event.text for event in self.events)

    def _level(self) -> StopLevel:
        if self._stop_at and any(
            event.kind == self._stop_at[0] and self._stop_at[1] in event.address for event in self.events
        ):
            return self._stop_at[2]
        return "no"

"""What the tests with a real terraform share."""

import shutil
from pathlib import Path

import pytest

from accounts.models import User
from integrations.terraform.cli import Terraform
from integrations.terraform.events import Event
from integrations.terraform.mirror import find_mirror
from integrations.terraform.root_module import RootModule, write_workspace
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
        pipeline="database", title="orders-db", state=state, step="apply", epoch=epoch, subject_kind="request",
        subject_id="1", owner_ref="group:default/orders-team", requested_by=by,
    )  # fmt: skip


class Workspace:
    """A workspace with a module of the test's own, its runs, and everything that Terraform said in it."""

    def __init__(self, folder: Path, name: str = "orders-db") -> None:
        self.folder, self.name = folder, name
        self.events: list[Event] = []

    def write(self, module: str, root: RootModule | None = None) -> None:
        """Put ``module`` (HCL) below a root module."""
        source = self.folder / "source"
        source.mkdir(parents=True, exist_ok=True)
        (source / "main.tf").write_text(module)
        write_workspace(self.folder / "work", source, root or RootModule(name="thing", inputs={}))

    def terraform(self, run: Run, *, epoch: int | None = None, writes: bool = True, **options) -> Terraform:  # type: ignore[no-untyped-def]
        """Terraform with the credentials of ``run``."""
        environment = credentials(self.name, run.pk, epoch or run.epoch, writes=writes)
        environment |= options.pop("environment", {})
        return Terraform(
            options.pop("binary", "terraform"), self.folder / "work", environment, self.events.append, **options
        )

    @property
    def log(self) -> str:
        """All that was said."""
        return "\n".join(event.text for event in self.events)

"""After a lost worker: end what it left running, and keep what that had to say."""

from pathlib import Path

from integrations.terraform.events import Event, parse_line
from integrations.terraform.process import kill_leftover as end_leftover
from provisioning.state.actions import adopt_state, release_stale_lock
from runs.models import Run

__all__ = ["kill_leftover", "pick_up_errored_state", "release_stale_lock"]

ERRORED_STATE = "errored.tfstate"


def kill_leftover(folder: Path, *, patience: float = 30.0) -> list[Event]:
    """End the Terraform that a dead worker left in ``folder``, and return what it had said and nobody had read.

    The caller must have raised the epoch, so that whatever the process still tries to write is refused.
    """
    return [parse_line(line) for line in end_leftover(folder, patience=patience)]


def pick_up_errored_state(folder: Path, *, workspace: str, run: Run, epoch: int) -> bool:
    """Store the state that Terraform wrote into ``folder`` because the backend refused it.

    True when it became the current version; the file is removed then, and stays for a person to look at otherwise.
    """
    path = folder / ERRORED_STATE
    adopted = path.exists() and adopt_state(workspace=workspace, run=run, epoch=epoch, body=path.read_bytes())
    if adopted:
        path.unlink()
    return adopted

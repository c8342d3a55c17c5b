"""After a lost worker: end what it left running, and keep what that had to say."""

from collections.abc import Callable
from pathlib import Path

from integrations.terraform import process
from integrations.terraform.events import Event, parse_line
from integrations.terraform.process import StopLevel
from provisioning.state.actions import adopt_state, release_stale_lock
from runs.models import Run

__all__ = ["end_leftover", "pick_up_errored_state", "release_stale_lock"]

ERRORED_STATE = "errored.tfstate"


def end_leftover(
    folder: Path, *, finish: float = 0.0, should_stop: Callable[[], StopLevel] = lambda: "no"
) -> list[Event]:
    """See the Terraform that a dead worker left in ``folder`` to its end, and return what it had said.

    It may finish within ``finish`` seconds: as long as nobody has taken the lock from it, it may write its state.
    """
    return [parse_line(line) for line in process.end_leftover(folder, finish=finish, should_stop=should_stop)]


def pick_up_errored_state(folder: Path, *, workspace: str, run: Run, epoch: int) -> bool:
    """Store the state that Terraform wrote into ``folder`` because the backend refused it.

    True when it became the current version; the file is removed then, and stays for a person to look at otherwise.
    """
    path = folder / ERRORED_STATE
    adopted = path.exists() and adopt_state(workspace=workspace, run=run, epoch=epoch, body=path.read_bytes())
    if adopted:
        path.unlink()
    return adopted

"""Three steps: one that may be repeated, one that may not, and the one that looks what came of it.

The subject of the run is a folder. A step notes there what it does, and goes on when it finds ``<step>.go``.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

from runs.pipeline import Done, Outcome, Pipeline, StepContext

PATIENCE = 60


@dataclass(frozen=True)
class Act:
    """A step of a play."""

    name: str
    title: str
    repeatable: bool
    recovery: str | None = None

    def run(self, context: StepContext) -> Outcome:
        """Wait for the word, and say what happened."""
        folder = Path(context.subject_id)
        note(folder, f"{self.name} begins")
        context.log(f"{self.name} of epoch {context.epoch}")
        deadline = time.monotonic() + PATIENCE
        while not (folder / f"{self.name}.go").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        if not context.beat():
            context.log("the words of a zombie")
            note(folder, f"{self.name} is fenced")
            return Done("a zombie's outcome")
        note(folder, f"{self.name} ends")
        return Done()


def note(folder: Path, text: str) -> None:
    """Add a line to what the test reads; one write, so that lines of several processes stay whole."""
    with (folder / "notes").open("a") as notes:
        notes.write(f"{os.getpid()} {text}\n")


REHEARSAL = Pipeline(
    "rehearsal",
    "Rehearsal",
    (
        Act("prepare", "Preparing", repeatable=True),
        Act("apply", "Applying", repeatable=False, recovery="look"),
        Act("look", "Looking what came of it", repeatable=True),
    ),
    on_change=lambda run: None,
)

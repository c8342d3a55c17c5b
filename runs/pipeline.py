"""What a step and a pipeline are. Pure: no database, no HTTP, no queue."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

WaitKind = Literal["approval", "time", "event", "slot", "worker"]
Family = Literal["user", "platform", "provider"]
CancelLevel = Literal["no", "graceful", "forced"]


@dataclass(frozen=True, slots=True)
class Done:
    """The step is finished. ``data`` is kept with the step and shown to later ones."""

    note: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wait:
    """The run rests until it is resumed, or until ``until``; then the same step runs again."""

    kind: WaitKind
    text: str
    who: tuple[str, ...] = ()
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fail:
    """The step failed. ``family`` says whose fault; a ``transient`` failure is tried again with back-off."""

    family: Family
    message: str
    hint: str = ""
    error_id: str = ""
    transient: bool = False


Outcome = Done | Wait | Fail


class StepContext(Protocol):
    """What a step is given of the run it belongs to."""

    run_id: int
    subject_id: str
    epoch: int
    attempt: int
    workspace: Path

    def log(self, text: str, *, stream: str = "out") -> None:
        """Append ``text`` to the run's log; known secrets are replaced before anything is stored."""

    def redact(self, secret: str) -> None:
        """Keep ``secret`` out of everything logged from now on."""

    def beat(self) -> bool:
        """Renew the lease. False means that another worker owns the run now: stop without a trace."""

    def cancel_requested(self) -> CancelLevel:
        """Whether somebody asked to stop, and how firmly."""


class Step(Protocol):
    """A small, named piece of a pipeline.

    ``repeatable`` steps are simply run again after a worker was lost. One that is not makes the run
    ``interrupted`` and continues at the step named by ``recovery``.
    """

    @property
    def name(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def repeatable(self) -> bool: ...
    @property
    def recovery(self) -> str | None: ...

    def run(self, context: StepContext) -> Outcome:
        """Take the step."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Steps in order. ``on_change`` is called with the run inside the transaction of each transition."""

    name: str
    title: str
    steps: tuple[Step, ...]
    on_change: Callable[[Any], None]

    def step(self, name: str) -> Step:
        """The step called ``name``; KeyError if there is none."""
        for step in self.steps:
            if step.name == name:
                return step
        raise KeyError(name)

    def after(self, name: str) -> Step | None:
        """The step that follows ``name``; None at the end."""
        names = [step.name for step in self.steps]
        index = names.index(name) + 1
        return self.steps[index] if index < len(names) else None

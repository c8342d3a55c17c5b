"""Pipelines whose steps answer what the test says."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from runs import registry
from runs.actions import start_run
from runs.models import Run
from runs.pipeline import Done, Outcome, Pipeline, StepContext


@dataclass
class Scripted:
    """A step that gives its answers one after the other, the last one for ever; a function is called."""

    name: str
    answers: list[Any] = field(default_factory=lambda: [Done()])
    repeatable: bool = True
    recovery: str | None = None
    title: str = "Doing what was said"
    taken: int = 0

    def run(self, context: StepContext) -> Outcome:
        answer = self.answers[min(self.taken, len(self.answers) - 1)]
        self.taken += 1
        return answer(context) if callable(answer) else answer


@pytest.fixture
def begin(db, settings, tmp_path, monkeypatch) -> Callable[..., Run]:  # type: ignore[no-untyped-def]
    """Starts a run of the given steps; ``on_change`` hears its transitions."""
    settings.DATA_DIR = tmp_path

    def make(*steps: Scripted, by: Any = None, on_change: Callable[[Run], None] = lambda run: None) -> Run:
        pipeline = Pipeline("scripted", "Scripted", steps, on_change)
        monkeypatch.setitem(registry._pipelines, "scripted", pipeline)
        subject = {"subject_kind": "thing", "subject_id": "7", "owner_ref": "group:default/orders-team"}
        return start_run(pipeline="scripted", title="A thing", by=by, **subject)

    return make

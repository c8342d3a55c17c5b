"""What a running step holds of its run."""

import threading
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import cast

from django.conf import settings
from django.utils import timezone

from runs.beating import beating
from runs.database import database_may_be_away
from runs.logs import LogWriter
from runs.models import Run
from runs.pipeline import CancelLevel, Done, Fail, Outcome, Wait
from runs.redaction import Redactor

SHORTEST_OF_THE_PORTAL = 12


def lease_length() -> timedelta:
    """How long a worker may be silent before its run counts as lost."""
    return timedelta(seconds=settings.RUN_LEASE_SECONDS)


def workspace_of(run_id: int) -> Path:
    """The folder of a run on this machine."""
    return Path(settings.DATA_DIR) / "runs" / str(run_id)


def _secrets_of_the_portal() -> list[str]:
    """What the portal itself holds and a step may come across. Short ones are for trying things out (an emulator's key,
    a password such as ``postgres``), and would blank out ordinary words."""
    aws, database = settings.AWS_ENVIRONMENT, settings.DATABASES["default"]
    held = [
        settings.SECRET_KEY,
        *settings.ENCRYPTION_KEYS,
        *settings.WEBHOOK_SECRETS.values(),
        aws.get("AWS_SECRET_ACCESS_KEY"),
        aws.get("AWS_SESSION_TOKEN"),
        str(database.get("PASSWORD") or ""),
    ]
    return [secret for secret in held if secret and len(secret) >= SHORTEST_OF_THE_PORTAL]


class RunningStep:
    """The :class:`runs.pipeline.StepContext` of one attempt."""

    def __init__(self, run: Run) -> None:
        self.run_id = run.pk
        self.subject_id = run.subject_id
        self.epoch = run.epoch
        self.attempt = run.attempt
        self.workspace = workspace_of(run.pk)
        self.workspace.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._redactor = Redactor()
        for secret in _secrets_of_the_portal():
            self._redactor.add(secret)
        self._log = LogWriter(run.pk, run.epoch, self._redactor)
        self.fenced = threading.Event()

    def log(self, text: str, *, stream: str = "out") -> None:
        """Append to the run's log."""
        self._log.write(text)

    def redact(self, secret: str) -> None:
        """Keep ``secret`` out of the log from now on."""
        self._redactor.add(secret)

    def clean(self, text: str) -> str:
        """``text`` as the log would hold it."""
        return self._redactor.clean(text)

    def cleaned(self, outcome: Outcome) -> Outcome:
        """``outcome`` as it may be kept and shown: what a step answers often quotes what an outside system said."""
        match outcome:
            case Done():
                return Done(self.clean(outcome.note), self._redactor.hide_in(outcome.data))
            case Wait():
                who = tuple(self._redactor.hide(each) for each in outcome.who)
                return replace(outcome, text=self.clean(outcome.text), who=who)
            case Fail():
                return replace(outcome, message=self.clean(outcome.message), hint=self.clean(outcome.hint))

    def beat(self) -> bool:
        """Renew the lease; False once another worker owns the run. While the database is away nobody can."""
        if self.fenced.is_set():
            return False
        mine = Run.objects.filter(pk=self.run_id, epoch=self.epoch)
        with database_may_be_away():
            if not mine.update(lease_until=timezone.now() + lease_length()):
                self.fenced.set()
        return not self.fenced.is_set()

    def cancel_requested(self) -> CancelLevel:
        """What somebody asked, as the row says now; "no" while the database is away: it is asked again."""
        with database_may_be_away():
            level = Run.objects.filter(pk=self.run_id).values_list("cancel_requested", flat=True).get()
            return cast(CancelLevel, level)
        return "no"

    def flush(self) -> None:
        """Store what is left of the log."""
        self._log.flush()

    def heartbeat(self) -> AbstractContextManager[None]:
        """Renew the lease and store the log from a thread of its own while the step is busy."""
        return beating(self._beat_and_flush, every=min(1.0, settings.RUN_LEASE_SECONDS / 4))

    def _beat_and_flush(self) -> bool:
        mine = self.beat()
        with database_may_be_away():
            self.flush()
        return mine

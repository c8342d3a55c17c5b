"""How far the sync is that somebody waits for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils import timezone

from catalog.claims import REFRESH
from catalog.models import Source
from runs.models import Heartbeat
from runs.outbox import waits


class Stage(StrEnum):
    """What there is to wait for."""

    READING = "reading"
    #: A worker was called and has not come yet.
    WAITING = "waiting"
    #: No worker can be called: the broker or the workers are gone.
    UNHEARD = "unheard"
    #: The worker that read it is gone.
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Progress:
    """What a sync waits for, and since when."""

    stage: Stage
    since: datetime
    at: datetime


def progress_of(source: Source) -> Progress | None:
    """Where the sync of ``source`` stands; None when none is asked for or under way."""
    now = timezone.now()
    if source.is_read_now and source.reading_since:
        return Progress(Stage.READING, source.reading_since, now)
    if source.asked_at is None:
        return None
    if not Heartbeat.objects.workers_live() or waits(REFRESH, source.pk, ""):
        return Progress(Stage.UNHEARD, source.asked_at, now)
    return Progress(Stage.LOST if source.reading_since else Stage.WAITING, source.asked_at, now)

"""Whose turn it is: of the runs that a worker could take, one of the team that has the fewest under way, oldest first.

So a team that asks for fifty things at once waits for itself, and nobody else waits for it.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.permissions import short
from runs.actions import enqueue
from runs.models import Heartbeat, Run
from runs.registry import known_pipelines
from runs.states import LEASED, QUEUED
from runs.transition import ADVANCE

#: Held while a run is chosen and taken, so that two workers do not give one team a place too many.
LOCK = "runs.line"
#: So many are looked at when the first ones cannot be taken by this worker.
MOST = 20
ADMIN = "role:platform-admin"


def turns(queue: str, now: datetime) -> QuerySet[Any]:
    """The runs of ``queue`` that could be taken, in their order, with how many of their team are ``under_way``."""
    team = Run.objects.filter(state__in=LEASED, owner_ref=OuterRef("owner_ref")).exclude(owner_ref="").order_by()
    count = team.values("owner_ref").annotate(count=Count("*")).values("count")
    waiting = Run.objects.due(now).filter(state=QUEUED, queue=queue, pipeline__in=known_pipelines())
    return waiting.annotate(under_way=Coalesce(Subquery(count), Value(0))).order_by("under_way", "pk")


def next_in_line(queue: str) -> list[int]:
    """The runs that have a turn now. Needs an open transaction that holds :data:`LOCK`."""
    free = turns(queue, timezone.now()).filter(under_way__lt=settings.RUN_SLOTS_PER_TEAM)
    return list(free.values_list("pk", flat=True)[:MOST])


def give_way(run: Run) -> None:
    """Call a worker for the team of ``run``, which has just left a place, when somebody was waiting for that."""
    rows = turns(run.queue, timezone.now()).filter(owner_ref=run.owner_ref, under_way=settings.RUN_SLOTS_PER_TEAM - 1)
    if following := rows.values_list("pk", flat=True).first():
        enqueue(ADVANCE, following, queue=run.queue)


def waits_for(run: Run) -> list[dict[str, Any]]:
    """What ``run`` waits for, in words, with whom; empty while a worker is busy with it and at its end."""
    if run.state != QUEUED or run.waiting_for:
        return list(run.waiting_for)
    if not Heartbeat.objects.workers_live():
        return [
            _wait("worker", "No worker has been heard of lately. It goes on when one is there.", "role:platform-admin")
        ]
    mine = turns(run.queue, timezone.now()).filter(pk=run.pk).values_list("under_way", flat=True).first()
    if mine is None:
        return [
            _wait("worker", "No worker that runs now knows how to do this; a newer one may.", "role:platform-admin")
        ]
    if mine >= settings.RUN_SLOTS_PER_TEAM:
        return [_wait("slot", _full(run, mine))]
    before = Q(under_way__lt=mine) | Q(under_way=mine, pk__lt=run.pk)
    return [_wait("slot", _place(turns(run.queue, timezone.now()).filter(before).count()))]


def _full(run: Run, count: int) -> str:
    busy = Run.objects.filter(state__in=LEASED, owner_ref=run.owner_ref).order_by("pk")
    titles = ", ".join(busy.values_list("title", flat=True)[:3])
    return f"{short(run.owner_ref)} has {count} runs under way, as many as a team may have at once: {titles}."


def _place(before: int) -> str:
    others = "1 run is" if before == 1 else f"{before} runs are"
    return f"A free worker. {others} before it." if before else "A free worker. It is the next."


def _wait(kind: str, text: str, *who: str) -> dict[str, Any]:
    return {"kind": kind, "text": text, "who": list(who), "until": None}

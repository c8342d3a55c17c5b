"""Sending what the outbox holds. Rows are the truth; a broker that is gone only delays."""

import logging
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from runs.models import OutboxMessage

log = logging.getLogger(__name__)
KEPT = timedelta(hours=1)
BATCH = 200


def enqueue(task: str, *args: Any, queue: str = "control") -> None:
    """Have ``task`` called with ``args`` (JSON values) once the transaction is committed.

    The message is a row of this transaction. It is sent at commit when the broker is there, else by the sweep.
    """
    message = OutboxMessage.objects.create(task=task, args=list(args), queue=queue)
    transaction.on_commit(lambda: send([message.pk]), robust=True)


def send(ids: Iterable[int] | None = None) -> int:
    """Send unsent messages (those of ``ids``, or all) and return how many went out; stops where the broker is gone."""
    sent = 0
    with transaction.atomic():
        rows = OutboxMessage.objects.filter(sent_at=None).select_for_update(skip_locked=True).order_by("pk")
        for message in (rows.filter(pk__in=list(ids)) if ids is not None else rows)[:BATCH]:
            if not _send(message):
                break
            OutboxMessage.objects.filter(pk=message.pk).update(sent_at=timezone.now())
            sent += 1
    return sent


def waits(task: str, *args: Any) -> bool:
    """Whether a message that calls ``task`` with ``args`` has not gone out, as when the broker is gone."""
    return OutboxMessage.objects.filter(task=task, args=list(args), sent_at=None).exists()


def _send(message: OutboxMessage) -> bool:
    try:
        current_app.send_task(message.task, args=message.args, queue=message.queue)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("the broker does not answer; message %s waits: %s", message.pk, error)
        return False
    return True


def prune() -> None:
    """Forget messages that went out long ago."""
    OutboxMessage.objects.filter(sent_at__lt=timezone.now() - KEPT).delete()

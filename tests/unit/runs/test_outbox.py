"""Messages are rows first."""

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from runs import outbox
from runs.models import OutboxMessage

pytestmark = pytest.mark.django_db


@pytest.fixture
def broker(monkeypatch) -> list[str]:  # type: ignore[no-untyped-def]
    """What reached the broker; it is away while ``"down"`` stands in it."""
    reached: list[str] = []

    def send_task(task: str, args: list[int], queue: str) -> None:
        if "down" in reached:
            raise ConnectionRefusedError
        reached.append(task)

    monkeypatch.setattr(outbox.current_app, "send_task", send_task)
    return reached


def test_a_message_leaves_at_commit(broker, django_capture_on_commit_callbacks) -> None:  # type: ignore[no-untyped-def]
    with django_capture_on_commit_callbacks(execute=True):
        outbox.enqueue("a.task", 1)
        assert broker == []
    assert broker == ["a.task"]
    assert OutboxMessage.objects.get().sent_at is not None


def test_a_change_that_is_rolled_back_announces_nothing(broker) -> None:  # type: ignore[no-untyped-def]
    @transaction.atomic
    def change() -> None:
        outbox.enqueue("a.task", 1)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        change()
    outbox.send()
    assert broker == []


def test_messages_wait_for_a_broker_that_is_away(broker, django_capture_on_commit_callbacks) -> None:  # type: ignore[no-untyped-def]
    broker.append("down")
    with django_capture_on_commit_callbacks(execute=True):
        outbox.enqueue("a.task", 1)
    assert OutboxMessage.objects.get().sent_at is None
    broker.clear()
    assert outbox.send() == 1
    assert outbox.send() == 0
    assert broker == ["a.task"]


def test_messages_sent_long_ago_are_forgotten_and_others_kept() -> None:
    past = timezone.now() - timedelta(days=1)
    OutboxMessage.objects.create(task="old", queue="runs", created_at=past, sent_at=past)
    OutboxMessage.objects.create(task="unsent", queue="runs", created_at=past)
    outbox.prune()
    assert OutboxMessage.objects.get().task == "unsent"

"""What there is to hear of, and saying it. Called in the transaction of what happened."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from runs.models import WebhookDelivery, WebhookEndpoint
from runs.outbox import enqueue
from runs.states import STATES

DELIVER = "runs.tasks.deliver_webhook"
TEST = "webhook.test"
_topics: dict[str, tuple[str, ...]] = {"run": STATES}


def register_topics(noun: str, words: Iterable[str]) -> None:
    """Let endpoints hear that a ``noun`` has become one of ``words``. Called in ``ready()``."""
    _topics[noun] = tuple(words)


def known_topics() -> list[str]:
    """Every topic, such as ``run.failed``."""
    return [f"{noun}.{word}" for noun, words in sorted(_topics.items()) for word in words]


def announce(topic: str, *, owner_ref: str, data: Mapping[str, Any]) -> None:
    """Tell all who listen to ``topic`` of what ``owner_ref`` owns."""
    for endpoint in WebhookEndpoint.objects.listening_to(topic, owner_ref):
        send(endpoint, topic, data)


def send(endpoint: WebhookEndpoint, topic: str, data: Mapping[str, Any]) -> WebhookDelivery:
    """Have one endpoint told, by a worker, once the transaction is committed."""
    body = json.dumps({"type": topic, "timestamp": timezone.now(), "data": data}, cls=DjangoJSONEncoder)
    delivery = WebhookDelivery.objects.create(endpoint=endpoint, topic=topic, body=body)
    enqueue(DELIVER, delivery.pk)
    return delivery

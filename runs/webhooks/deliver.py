"""Delivering: at least once, signed, again and again with growing pauses, and given up with its reason."""

from datetime import timedelta
from http import HTTPStatus

from django.db import transaction
from django.utils import timezone

from audit.record import record
from common.errors import CairnError
from common.http import fetch
from runs.models import WebhookDelivery, WebhookEndpoint
from runs.outbox import enqueue
from runs.webhooks.announce import DELIVER
from runs.webhooks.signing import signature

#: The pauses that the standard recommends: about three days in all.
PAUSES = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
#: So long nobody else takes what a worker is about to send.
LEASE = timedelta(minutes=2)
#: An endpoint to which nothing could be delivered for so long is told nothing any more.
PATIENCE = timedelta(days=5)
KEPT = timedelta(days=7)
#: Of an answer that nobody reads.
MOST_BYTES = 64 * 1024


def deliver(pk: int) -> None:
    """Send a delivery that is due, unless another worker is about to."""
    now = timezone.now()
    taken = WebhookDelivery.objects.due().filter(pk=pk)
    if not taken.update(due_at=now + LEASE):
        return
    delivery = WebhookDelivery.objects.select_related("endpoint").get(pk=pk)
    if not delivery.endpoint.is_active:
        _end(delivery, "failed", None, "The endpoint was switched off.")
        return
    try:
        status: int | None = _post(delivery)
        error = "" if status and status < 300 else f"It answered {status}."
    except CairnError as problem:
        status, error = None, problem.message
    _settle(delivery, status, error)


def deliver_due() -> None:
    """Call for what should have been sent by now; and forget what ended long ago."""
    for pk in WebhookDelivery.objects.due().order_by("due_at").values_list("pk", flat=True)[:200]:
        enqueue(DELIVER, pk)
    WebhookDelivery.objects.filter(ended_at__lt=timezone.now() - KEPT).delete()


def _post(delivery: WebhookDelivery) -> int:
    body, moment = delivery.body.encode(), int(timezone.now().timestamp())
    headers = {
        "Content-Type": "application/json",
        "webhook-id": str(delivery.message_id),
        "webhook-timestamp": str(moment),
        "webhook-signature": signature(delivery.endpoint.secret, str(delivery.message_id), moment, body),
    }
    codes = range(HTTPStatus.BAD_REQUEST, 600)
    url = delivery.endpoint.url
    return fetch(
        url, method="POST", headers=headers, body=body, max_bytes=MOST_BYTES, attempts=1, returned=codes
    ).status


@transaction.atomic
def _settle(delivery: WebhookDelivery, status: int | None, error: str) -> None:
    delivery.attempts += 1
    endpoint = WebhookEndpoint.objects.select_for_update().filter(pk=delivery.endpoint_id).first()
    if endpoint is None:
        return
    if not error:
        _end(delivery, "delivered", status, "")
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failing_since=None)
        return
    endpoint.failing_since = endpoint.failing_since or timezone.now()
    endpoint.save(update_fields=["failing_since"])
    if status == HTTPStatus.GONE:
        _stop(endpoint, "It answered that it is gone (410).")
    elif endpoint.failing_since < timezone.now() - PATIENCE:
        _stop(endpoint, f"Nothing could be delivered since {endpoint.failing_since:%-d %B}. {error}")
    if not endpoint.is_active or delivery.attempts > len(PAUSES):
        _end(delivery, "failed", status, error)
        return
    due = timezone.now() + PAUSES[delivery.attempts - 1]
    fields = {"attempts": delivery.attempts, "status": status, "error": error, "due_at": due}
    WebhookDelivery.objects.filter(pk=delivery.pk).update(**fields)


def _end(delivery: WebhookDelivery, state: str, status: int | None, error: str) -> None:
    fields = {"attempts": delivery.attempts, "status": status, "error": error, "ended_at": timezone.now()}
    WebhookDelivery.objects.filter(pk=delivery.pk).update(state=state, **fields)


def _stop(endpoint: WebhookEndpoint, why: str) -> None:
    endpoint.is_active, endpoint.stopped_because = False, why
    endpoint.save(update_fields=["is_active", "stopped_because"])
    record(
        "webhook.stopped",
        by=None,
        subject_kind="webhook",
        subject_id=str(endpoint.pk),
        subject_label=endpoint.url,
        data={"reason": why},
    )

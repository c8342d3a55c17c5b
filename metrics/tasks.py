"""Work that wakes up for deliveries. Rows hold the state; a lost message is made good by the sweep."""

from celery import shared_task

from metrics import actions
from metrics.models import Delivery, DeliveryState


@shared_task(acks_late=False, ignore_result=True)
def read_delivery(delivery_id: int) -> None:
    """Read one delivery."""
    actions.read_delivery(Delivery.objects.get(pk=delivery_id))


@shared_task(acks_late=False, ignore_result=True)
def sweep() -> None:
    """Read what was left unread, and map what the catalog has come to know."""
    for delivery in Delivery.objects.filter(state=DeliveryState.NEW).order_by("pk")[:1000]:
        actions.read_delivery(delivery)
    actions.map_unmapped_deployments()

"""Receiving deliveries and turning them into deployments."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models.functions import Greatest, Least
from django.utils import timezone

from accounts.models import User
from audit.record import record
from catalog.pushes import Push
from catalog.query import refs_by_annotation
from catalog.refresh_actions import note_push
from metrics.intake.events import DeploymentEvent, Ignored, RepositoryPush, Unreadable
from metrics.intake.sources import SOURCES, Source
from metrics.models import Delivery, DeliveryState, Deployment
from runs.actions import enqueue

SLUG_ANNOTATION = "github.com/project-slug"


@transaction.atomic
def receive(*, source: Source, headers: Mapping[str, str], body: bytes, key: str, event: str) -> tuple[Delivery, bool]:
    """Store a delivery whose signature was found good; the bool tells whether it is new."""
    kept = {name: headers[name] for name in source.kept_headers if name in headers}
    delivery, new = Delivery.objects.get_or_create(
        source=source.name, key=key, event=event, defaults={"headers": kept, "body": body}
    )
    if new:
        enqueue("metrics.tasks.read_delivery", delivery.pk)
    return delivery, new


def replay(*, delivery: Delivery, by: User) -> None:
    """Read a delivery again, with the mapper of today."""
    with transaction.atomic():
        record("delivery.replayed", by=by, subject_kind="delivery", subject_id=str(delivery.pk))
        read_delivery(delivery)


@transaction.atomic
def read_delivery(delivery: Delivery) -> None:
    """Turn a stored delivery into what it tells of. Doing it twice changes nothing."""
    source = SOURCES[delivery.source]
    delivery.state, delivery.outcome = _outcome(source, delivery)
    delivery.processed_at, delivery.mapper_version = timezone.now(), source.mapper_version
    delivery.save(update_fields=["state", "outcome", "processed_at", "mapper_version"])


def _outcome(source: Source, delivery: Delivery) -> tuple[DeliveryState, str]:
    try:
        event = source.read(delivery.event, json.loads(bytes(delivery.body)))
    except Unreadable as error:
        return DeliveryState.FAILED, str(error)
    except ValueError as error:
        return DeliveryState.FAILED, f"The body is not JSON: {error}"
    if isinstance(event, Ignored):
        return DeliveryState.IGNORED, event.reason
    if isinstance(event, RepositoryPush):
        return _pushed(event)
    deployment = apply_event(source.name, event)
    where = deployment.service_ref or f"{event.repository}, which is no service of the catalog yet"
    return DeliveryState.DONE, f"{event.moment}: {event.sha[:7]} to {event.environment}, {where}"


def _pushed(event: RepositoryPush) -> tuple[DeliveryState, str]:
    """Tell the catalog, which reads again what it has from there."""
    count = note_push(Push(event.host, event.repository, event.branch, event.is_default, event.paths))
    what = f"push to {event.branch} of {event.repository}"
    if not count:
        return DeliveryState.IGNORED, f"{what}, which touches no file of the catalog"
    return DeliveryState.DONE, f"{what}: {count} source{'s' if count > 1 else ''} of the catalog read it again"


def apply_event(source: str, event: DeploymentEvent) -> Deployment:
    """Fold ``event`` into its deployment; any order of events gives the same row."""
    deployment, _ = Deployment.objects.get_or_create(
        source=source,
        repository=event.repository,
        external_id=event.external_id,
        defaults={"environment": event.environment, "sha": event.sha, "service_ref": _service_of(event.repository)},
    )
    changes: dict[str, Any] = {_COLUMN[event.moment]: _folded(event.moment, event.at)}
    if event.url:
        changes["url"] = event.url
    Deployment.objects.filter(pk=deployment.pk).update(**changes)
    deployment.refresh_from_db()
    return deployment


_COLUMN = {"created": "created_at", "started": "started_at", "succeeded": "succeeded_at", "failed": "failed_at"}


def _folded(moment: str, at: datetime) -> Any:
    # PostgreSQL's LEAST and GREATEST pass over NULL.
    return (Greatest if moment == "failed" else Least)(_COLUMN[moment], at)


def _service_of(repository: str) -> str:
    """The one component that says it lives in ``repository``; empty for none and for several."""
    refs = refs_by_annotation(SLUG_ANNOTATION, repository, kind="component")
    return refs[0] if len(refs) == 1 else ""


def map_unmapped_deployments() -> int:
    """Give deployments whose repository has become known their service; returns how many repositories that were."""
    mapped = 0
    for repository in Deployment.objects.unmapped().values_list("repository", flat=True).distinct():
        if ref := _service_of(repository):
            Deployment.objects.unmapped().filter(repository=repository).update(service_ref=ref)
            mapped += 1
    return mapped

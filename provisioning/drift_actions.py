"""Looking for drift: on demand and by schedule, and keeping what was found. Never in the way of a request."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from common.errors import Conflict
from provisioning.backends.base import Look
from provisioning.blueprints import offered
from provisioning.models import Drift, Request, Resource
from provisioning.models.drift import DriftState
from provisioning.permissions import may_request
from provisioning.states import ACTIVE
from provisioning.telling import note, tell
from runs.actions import start_run
from runs.models import Run
from runs.models.run import RunQuerySet

PIPELINE = "drift"
#: Namespaces that one sweep compares.
BATCH = 2_000
_SOON = timedelta(minutes=15)


@transaction.atomic
def look_now(*, resource: Resource, by: User) -> Run:
    """A run that looks; the one that is looking already, if there is one."""
    require(may_request(by, resource.owner_ref))
    if not resource.is_there or resource.quarantined_until:
        raise Conflict(f"{resource.name} is not in service.", id="resource-not-there", hint="There is nothing to see.")
    Resource.objects.select_for_update().get(pk=resource.pk)
    looking = _looking().filter(subject_id=str(resource.pk)).first()
    if looking is None:
        looking = _start(resource, by)
        note("resource.look", resource, by=by, run=looking.pk)
    return looking


def claim_namespaces(now: datetime) -> list[Resource]:
    """Resources in clusters whose look is due; each is given to one who asks."""
    due = Drift.objects.due(now).filter(resource__blueprint__in=_of_backend("kubernetes")).select_related("resource")
    return [drift.resource for drift in due[:BATCH] if _claim(drift, now)]


@transaction.atomic
def start_due(now: datetime) -> int:
    """Start looks at what Terraform keeps, so many at once that a request still finds a worker."""
    free = max(1, settings.RUN_SLOTS - 1) - _looking().count()
    due = Drift.objects.due(now).filter(resource__blueprint__in=_of_backend("terraform")).select_related("resource")
    started = 0
    for drift in due[: max(0, free)]:
        if _is_busy(drift.resource):
            Drift.objects.filter(pk=drift.pk, due_at=drift.due_at).update(due_at=now + _SOON)
        elif _claim(drift, now):
            _start(drift.resource, None)
            started += 1
    return started


def remember_everything(now: datetime) -> None:
    """A row for every resource that has none: it is looked at soon."""
    missing = Resource.objects.existing().filter(drift=None).values_list("pk", flat=True)[:BATCH]
    Drift.objects.bulk_create([Drift(resource_id=pk, due_at=now) for pk in missing], ignore_conflicts=True)


@transaction.atomic
def keep(*, resource: Resource, look: Look, since: datetime) -> Drift | None:
    """Store what a look found that began at ``since``; None when the resource has changed meanwhile, because then it
    says nothing."""
    row = Resource.objects.select_for_update().get(pk=resource.pk)
    if row.changed_at > since or not row.is_there or row.quarantined_until or _is_busy(row):
        look_again_soon(row)
        return None
    state = DriftState.DRIFTED if look.changes else DriftState.CLEAN
    return _store(row, state, look.as_json(), " ".join(look.notes))


def look_again_soon(resource: Resource) -> None:
    """A look that came to nothing is not put off to the next day."""
    Drift.objects.filter(resource=resource).update(due_at=timezone.now() + _SOON)


@transaction.atomic
def keep_failure(*, resource: Resource, why: str) -> None:
    """Nothing is known, and why: shown rather than passed over."""
    _store(Resource.objects.select_for_update().get(pk=resource.pk), DriftState.FAILED, [], why)


def follow_run(run: Run) -> None:
    """A look that failed leaves its reason."""
    if run.state == "failed" and (resource := Resource.objects.filter(pk=run.subject_id).first()):
        keep_failure(resource=resource, why=str((run.error or {}).get("message", "It failed.")))


def interval() -> timedelta:
    """How long a look counts."""
    return timedelta(hours=settings.DRIFT_HOURS)


def _store(resource: Resource, state: DriftState, changes: list[dict[str, object]], note: str) -> Drift:
    now = timezone.now()
    before = Drift.objects.filter(resource=resource).values_list("state", flat=True).first()
    found = {"state": state, "changes": changes, "note": note, "checked_at": now}
    drift, _ = Drift.objects.update_or_create(
        resource=resource, defaults=found, create_defaults=found | {"due_at": now + interval()}
    )
    if state != before:
        tell(f"drift-{state}", resource, by=None, changes=[change["address"] for change in changes])
    return drift


def _claim(drift: Drift, now: datetime) -> bool:
    """One conditional UPDATE: of many who try, one gets it."""
    mine = Drift.objects.filter(pk=drift.pk, due_at=drift.due_at).update(due_at=now + interval())
    return bool(mine)


def _start(resource: Resource, by: User | None) -> Run:
    return start_run(
        pipeline=PIPELINE,
        title=f"Look for drift of {resource.name}",
        subject_kind="resource",
        subject_id=str(resource.pk),
        owner_ref=resource.owner_ref,
        by=by,
    )


def _looking() -> RunQuerySet:
    return Run.objects.active().filter(pipeline=PIPELINE)


def _is_busy(resource: Resource) -> bool:
    return Request.objects.filter(resource=resource, state__in=ACTIVE).exists()


def _of_backend(name: str) -> list[str]:
    return [blueprint.name for blueprint in offered() if blueprint.backend == name]

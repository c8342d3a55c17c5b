"""What becomes of a request: decide, take back, follow its run. ``move`` takes it from state to state."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from common.errors import Conflict, FieldError, UserError
from provisioning import intents
from provisioning.approvals import approved, counted
from provisioning.effects import abandon, forget
from provisioning.models import Request, Resource
from provisioning.models.resource import ResourceState
from provisioning.permissions import may_withdraw, open_stage
from provisioning.states import (
    ABANDONED,
    APPROVED,
    AWAITING_APPROVAL,
    EVALUATING,
    FINAL,
    NEEDS_ATTENTION,
    QUEUED,
    REJECTED,
    WITHDRAWN,
    may_change,
)
from provisioning.trail import announce_request, record_request
from runs.actions import cancel_run, enqueue, resume_run, start_run
from runs.models import Run

APPROVAL_LIFETIME = timedelta(days=7)
PIPELINE = "provision"
#: How Terraform calls the blueprint's module.
INSIDE = "module.this."
TAKE_TURNS = "provisioning.tasks.take_turns"


@transaction.atomic
def move(request: Request, after: str, *, by: User | None = None, **fields: Any) -> Request:
    """Take a request to another state, with its audit event, under its row's lock. At an end the next in line for the
    resource is called."""
    row = Request.objects.select_for_update(of=("self",)).select_related("resource").get(pk=request.pk)
    if row.state == after:
        return row
    if not may_change(row.state, after):
        raise Conflict(f"This request is {row.state} and cannot become {after}.", id="request-state")
    before, row.state = row.state, after
    for name, value in fields.items():
        setattr(row, name, value)
    if after in FINAL:
        row.finished_at = timezone.now()
    row.save()
    record_request(f"request.{after.replace('_', '-')}", row, by=by, before=before)
    announce_request(f"request.{after}", row, before=before)
    if after in FINAL and before != QUEUED and row.resource.requests.filter(state=QUEUED).exists():
        enqueue(TAKE_TURNS, row.resource_id)
    return row


def start(request: Request, by: User | None) -> None:
    """Begin the run that plans ``request``, and applies it once it is approved."""
    run = start_run(
        pipeline=PIPELINE,
        title=request.title,
        subject_kind="request",
        subject_id=str(request.pk),
        owner_ref=request.resource.owner_ref,
        by=by,
    )
    Request.objects.filter(pk=request.pk).update(run=run)
    request.run = run


@transaction.atomic
def decide(*, request: Request, by: User, decision: str, reason: str = "", digest: str = "") -> Request:
    """Approve or reject the plan. The one choke point: page, API and bulk all come through here.

    ``digest``, when given, is the plan that the person has seen; another one by now is a Conflict.
    """
    row = Request.objects.select_for_update(of=("self",)).select_related("resource", "requested_by").get(pk=request.pk)
    if row.state != AWAITING_APPROVAL:
        raise Conflict(f"This request is {row.state}; there is nothing to decide.", id="nothing-to-decide")
    if row.expires_at and row.expires_at < timezone.now():
        raise Conflict("The time to decide has passed.", id="approval-expired", hint="Ask for it again.")
    if digest and digest != row.digest:
        raise Conflict("The plan has changed since you read it.", id="plan-changed", hint="Read it again, then decide.")
    opening = open_stage(by, row, counted(row))
    require(opening.verdict)
    reason = reason.replace("\0", "").strip()
    if decision == "reject" and not reason:
        raise UserError(
            "A rejection needs a reason.", fields=[FieldError("reason", "This is needed.", "Say what should change.")]
        )
    row.approvals.create(
        by=by,
        on_behalf_of=opening.on_behalf_of,
        decision=decision,
        reason=reason,
        digest=row.digest,
        approvers=opening.stage,
    )
    stood_in = {"as": opening.on_behalf_of.entity_ref} if opening.on_behalf_of else {}
    record_request(f"request.decision-{decision}", row, by=by, reason=reason, digest=row.digest, **stood_in)
    if decision == "reject":
        row = move(row, REJECTED, by=by)
        _forget_pending(row)
    elif approved(row):
        row = move(row, APPROVED, by=by)
    if row.run_id:
        resume_run(run_id=row.run_id, by=by)
    return row


@transaction.atomic
def withdraw(*, request: Request, by: User | None) -> Request:
    """Take a request back: at once before anything was applied; what is being applied is asked to stop. ``by`` None is
    the portal itself."""
    if by:
        require(may_withdraw(by, request))
    row = Request.objects.select_for_update(of=("self",)).select_related("resource").get(pk=request.pk)
    if row.state in FINAL:
        raise Conflict(f"This request has ended already: {row.state}.", id="request-ended")
    if row.state == NEEDS_ATTENTION:
        # What exists stays as it is; the resource stays marked, so that nobody forgets it.
        abandon(row)
        return move(row, ABANDONED, by=by)
    if row.state == QUEUED:
        return move(row, WITHDRAWN, by=by)
    if row.run_id:
        cancel_run(run_id=row.run_id, by=by)
    row.refresh_from_db()
    return row


@transaction.atomic
def plan_again(*, request: Request, by: User, adopt: Mapping[str, str] | None = None) -> Request:
    """Look at what exists and make a new plan for a request that needs attention.

    What was made and is lost is taken on by the identifier that it was heard to have. ``adopt`` names, by address, the
    identifiers of others that are there, and corrects those; an empty one says that it is not there.
    """
    require(may_withdraw(by, request))
    request = Request.objects.select_for_update(of=("self",)).select_related("resource").get(pk=request.pk)
    if request.state != NEEDS_ATTENTION:
        raise Conflict("Only a request that needs attention is planned again.", id="request-state")
    parameters = request.parameters | {"adopt": _adoptable(request, adopt or {})}
    row = move(request, EVALUATING, by=by, error=None, digest="", parameters=parameters)
    start(row, by)
    return row


def _adoptable(request: Request, told: Mapping[str, str]) -> dict[str, str]:
    """``told`` by the addresses that Terraform knows inside the module; UserError for what cannot be an orphan."""
    orphans = {found.address: found.identifier for found in intents.found(request) if found.may_exist}
    strange = sorted(set(told) - set(orphans))
    if wrong := [FieldError(f"adopt.{each}", "It is not one of those that may exist.") for each in strange]:
        raise UserError("Nothing was planned.", id="request-invalid", fields=wrong)
    given = {address: identifier.strip() for address, identifier in {**orphans, **told}.items()}
    return {address.removeprefix(INSIDE): identifier for address, identifier in given.items() if identifier}


def follow_run(run: Run) -> None:
    """Move the request with its run; called inside the transaction of each of the run's transitions."""
    request = Request.objects.select_related("resource").filter(pk=run.subject_id, run=run).first()
    if request is None or request.state in FINAL:
        return
    if run.state == "cancelled":
        _stopped(request, run)
    elif run.state == "failed":
        _failed(request, run)


def _stopped(request: Request, run: Run) -> None:
    if request.state == "provisioning":
        _needs_attention(request, run)
        return
    move(request, WITHDRAWN, error=run.error)
    _forget_pending(request)


def _failed(request: Request, run: Run) -> None:
    if run.step in {"apply", "confirm", "record"}:
        _needs_attention(request, run)
    elif request.state == EVALUATING and intents.was_begun(request):
        # What was begun is still there, whatever was wrong with the plan for the rest.
        move(request, NEEDS_ATTENTION, error=run.error)
    elif request.state != REJECTED:
        after = "expired" if (run.error or {}).get("id") == "approval-expired" else "failed"
        after = "denied" if (run.error or {}).get("id") == "request-denied" else after
        move(request, after, error=run.error)
        _forget_pending(request)


def _needs_attention(request: Request, run: Run) -> None:
    if request.state == APPROVED:
        request = move(request, "provisioning")
    move(request, NEEDS_ATTENTION, error=run.error)
    Resource.objects.filter(pk=request.resource_id).update(state=ResourceState.DEGRADED, changed_at=timezone.now())


def _forget_pending(request: Request) -> None:
    """Free the name of a resource that never came to be, and whatever was prepared."""
    forget(request)
    Resource.objects.filter(pk=request.resource_id, state=ResourceState.PENDING).update(state=ResourceState.DELETED)

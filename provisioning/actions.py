"""The door to provisioning: ask, decide, take back, reveal. ``move`` is the only writer of a request's state."""

from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from common.errors import CairnError, Conflict, FieldError, UserError
from provisioning.approvals import approved, counted
from provisioning.asking import Asked, require_valid
from provisioning.budgets import require_room
from provisioning.day_two import require_possible
from provisioning.effects import abandon, begin, forget, new_resource
from provisioning.judging import judged
from provisioning.models import Request, Resource
from provisioning.models.resource import ResourceState
from provisioning.permissions import may_request, may_withdraw, open_stage
from provisioning.states import (
    ABANDONED,
    APPROVED,
    AWAITING_APPROVAL,
    EVALUATING,
    FINAL,
    NEEDS_ATTENTION,
    REJECTED,
    WITHDRAWN,
    may_change,
)
from provisioning.trail import announce_request, record_request
from runs.actions import cancel_run, resume_run, start_run
from runs.models import Run

APPROVAL_LIFETIME = timedelta(days=7)
LONGEST_KEY = 200
PIPELINE = "provision"


@transaction.atomic
def move(request: Request, after: str, *, by: User | None = None, **fields: Any) -> Request:
    """Take a request to another state, with its audit event, under its row's lock."""
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
    return row


def submit(
    *,
    asked: Asked,
    by: User | None,
    resource: Resource | None = None,
    idempotency_key: str | None = None,
    body_digest: str = "",
) -> Request:
    """Ask; ``by`` None is the portal itself, which keeps to what was agreed. Raises UserError for mistakes by field,
    PermissionRefused for another team's, Conflict for a name that was taken meanwhile and for what the resource does
    not allow, and UserError ``request-denied`` where the policy says no and ``over-budget`` where a budget does not
    suffice."""
    if idempotency_key and len(idempotency_key) > LONGEST_KEY:
        raise UserError(f"An Idempotency-Key has at most {LONGEST_KEY} characters.", id="idempotency-key")
    if idempotency_key and by and (known := _known(by, idempotency_key, body_digest)):
        return known
    if asked.owner_ref and by:
        require(may_request(by, asked.owner_ref))
    require_valid(asked)
    try:
        with transaction.atomic():
            return _submit(asked, by, resource, idempotency_key, body_digest)
    except IntegrityError as error:
        raise _collision(error, asked) from None


def _submit(asked: Asked, by: User | None, resource: Resource | None, key: str | None, body_digest: str) -> Request:
    if resource:
        resource = Resource.objects.select_for_update().get(pk=resource.pk)
        require_possible(asked, resource)
    asked, uses = judged(asked, resource, by=by, lock=True)
    decision = asked.decision
    if decision.decision == "deny":
        message = "; ".join(decision.reasons) + "."
        raise UserError(message, id="request-denied", hint="The platform's policy does not allow it.")
    require_room(uses)
    resource = resource or new_resource(asked)
    request = Request.objects.create(
        resource=resource,
        action=asked.action,
        blueprint_version=asked.blueprint.version,
        inputs=dict(asked.inputs),
        parameters=dict(asked.parameters),
        receiver_ref=asked.receiver_ref,
        policy=decision.as_json(),
        facts=asked.record,
        price=asked.price.as_json() if asked.price else None,
        requested_by=by,
        idempotency_key=key,
        body_digest=body_digest,
    )
    begin(request)
    _start(request, by)
    record_request("request.submitted", request, by=by, action=asked.action)
    announce_request(f"request.{request.state}", request)
    return request


def _start(request: Request, by: User | None) -> None:
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


def _known(by: User, key: str, body_digest: str) -> Request | None:
    known = Request.objects.filter(requested_by=by, idempotency_key=key).select_related("resource").first()
    if known and known.body_digest != body_digest:
        raise UserError(
            "This Idempotency-Key was used for another body.",
            id="idempotency-mismatch",
            hint="Take a new key for a new request.",
        )
    return known


def _collision(error: IntegrityError, asked: Asked) -> CairnError:
    """Which of the database's rules a race ran into."""
    if "one_active_request_per_resource" in str(error):
        return Conflict(
            f"Another request for {asked.name} is under way.",
            id="resource-busy",
            hint="Wait for it, or withdraw it first.",
        )
    if "one_resource_per_branch" in str(error):
        return Conflict("There is one for this branch already.", id="branch-taken", hint="Ask for it again to get it.")
    if "one_resource_per_name" in str(error):
        message = f"{asked.name} was taken in {asked.environment} meanwhile."
        return Conflict(
            message, id="name-taken", fields=[FieldError("name", message, f"Take another, such as {asked.name}-2.")]
        )
    return Conflict("The same request came in twice at once.", id="request-twice", hint="Ask again.")


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
    if row.run_id:
        cancel_run(run_id=row.run_id, by=by)
    row.refresh_from_db()
    return row


@transaction.atomic
def plan_again(*, request: Request, by: User) -> Request:
    """Look at what exists and make a new plan for a request that needs attention."""
    require(may_withdraw(by, request))
    row = move(request, EVALUATING, by=by, error=None, plan=None, digest="")
    _start(row, by)
    return row


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

"""Deciding beside the one decision on one request: several at once, without approvals in an emergency, and telling more
people when nobody decides."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from common.errors import CairnError, Conflict, FieldError, UserError
from provisioning.actions import decide, move
from provisioning.approvals import counted, glass_is_broken, missing
from provisioning.models import BreakGlass, Request
from provisioning.permissions import escalated_to, may_break_glass, may_review, visible_request
from provisioning.states import APPROVED, AWAITING_APPROVAL
from provisioning.trail import ESCALATED, LET_THROUGH, announce_request, record_request
from runs.actions import resume_run

#: So many requests are decided at once.
MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of one of several decisions: the request as it is now, or why it was refused."""

    pk: int
    request: Request | None = None
    error: CairnError | None = None


def decide_many(*, chosen: Iterable[tuple[int, str]], by: User, decision: str, reason: str = "") -> list[Decided]:
    """The same decision on each of ``chosen`` (number and digest that was read), every one through the same gate as
    alone and in a transaction of its own: one that is refused stops no other."""
    wanted = list(dict(chosen).items())
    if not wanted:
        raise UserError("Which requests?", fields=[FieldError("requests", "Choose one at least.")])
    if len(wanted) > MOST_AT_ONCE:
        raise UserError(
            f"At most {MOST_AT_ONCE} requests are decided at once.", fields=[FieldError("requests", "Choose fewer.")]
        )
    if decision == "reject" and not reason.replace("\0", "").strip():
        raise UserError(
            "A rejection needs a reason.", fields=[FieldError("reason", "This is needed.", "Say what should change.")]
        )
    return [_decided(pk, digest, by, decision, reason) for pk, digest in wanted]


def _decided(pk: int, digest: str, by: User, decision: str, reason: str) -> Decided:
    try:
        found = visible_request(by, pk)
        return Decided(pk, decide(request=found, by=by, decision=decision, reason=reason, digest=digest))
    except CairnError as error:
        return Decided(pk, error=error)


@transaction.atomic
def break_glass(*, request: Request, by: User, reason: str, incident: str = "", digest: str = "") -> BreakGlass:
    """Let this plan through without the approvals that it lacks and through a freeze. It never overcomes a rule that
    denies, nor a budget. Somebody else has to review it afterwards. Raises PermissionRefused, UserError for a missing
    reason, and Conflict for a request that waits for nothing of that kind or whose plan is another by now."""
    require(may_break_glass(by, request))
    row = Request.objects.select_for_update(of=("self",)).select_related("resource", "run").get(pk=request.pk)
    reason, incident = (text.replace("\0", "").strip() for text in (reason, incident))
    if wrong := [*_about_reason(reason, "reason", "Say why it cannot wait."), *_about_incident(incident)]:
        raise UserError("The glass stays whole.", id="break-glass-invalid", fields=wrong)
    if not can_be_let_through(row):
        raise Conflict(f"This request is {row.state}; it waits for no approval.", id="nothing-to-let-through")
    if digest and digest != row.digest:
        raise Conflict("The plan has changed since you read it.", id="plan-changed", hint="Read it again, then decide.")
    try:
        with transaction.atomic():
            glass = row.broken_glass.create(by=by, reason=reason, incident=incident, digest=row.digest)
    except IntegrityError:
        raise Conflict("Somebody let this plan through already.", id="glass-broken") from None
    lacking = [stage["approvers"] for stage in missing(row, counted(row))]
    record_request(
        "break-glass.used", row, by=by, reason=reason, incident=incident, digest=row.digest, approvals_missing=lacking
    )
    announce_request(LET_THROUGH, row, by=by.entity_ref, reason=reason, incident=incident or None)
    if row.state == AWAITING_APPROVAL:
        move(row, APPROVED, by=by)
    if row.run_id:
        resume_run(run_id=row.run_id, by=by)
    return glass


def can_be_let_through(request: Request) -> bool:
    """Whether it waits for people, or for the end of a freeze."""
    if request.state == AWAITING_APPROVAL:
        return True
    waits = bool(request.run and request.run.state == "waiting")
    return request.state == APPROVED and waits and not glass_is_broken(request)


@transaction.atomic
def review(*, glass: BreakGlass, by: User, note: str) -> BreakGlass:
    """Say what somebody thinks of it afterwards; once, and never by who did it or asked for it."""
    row = BreakGlass.objects.select_for_update(of=("self",)).select_related("request__resource").get(pk=glass.pk)
    require(may_review(by, row))
    if row.reviewed_at:
        raise Conflict("It has been reviewed already.", id="reviewed")
    note = note.replace("\0", "").strip()
    if wrong := _about_reason(note, "note", "Say what you found."):
        raise UserError("A review says something.", id="review-invalid", fields=wrong)
    row.reviewed_by, row.reviewed_at, row.note = by, timezone.now(), note
    row.save(update_fields=["reviewed_by", "reviewed_at", "note"])
    record_request("break-glass.reviewed", row.request, by=by, note=note, broken_by=row.by.entity_ref)
    return row


@transaction.atomic
def say_escalations(*, request: Request) -> None:
    """Note in the trail, once, that more people may decide because nobody did."""
    reached = [(stage["approvers"], to) for stage in request.stages for to in escalated_to(request, stage)]
    if len(reached) <= request.escalated:
        return
    Request.objects.filter(pk=request.pk).update(escalated=len(reached))
    people = [to for _, to in reached]
    record_request("request.escalated", request, by=None, to=people)
    announce_request(ESCALATED, request, to=people)


def _about_reason(text: str, path: str, hint: str) -> list[FieldError]:
    return [] if text else [FieldError(path, "This is needed.", hint)]


def _about_incident(incident: str) -> list[FieldError]:
    parts = urlsplit(incident) if incident.isascii() else None
    if not incident or (parts and parts.scheme in {"http", "https"} and parts.netloc and len(incident) <= 500):
        return []
    return [FieldError("incident", "It is no link.", "Give an address such as https://incidents.example.com/42.")]

"""Letting somebody else decide in one's stead for a while."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import may_write, require
from audit.record import record
from common.errors import Conflict, FieldError, UserError
from provisioning.models import Delegation
from provisioning.permissions import may_end

LONGEST = timedelta(days=366)


@transaction.atomic
def delegate(*, to: str, begin: datetime | None, end: datetime | None, reason: str, by: User) -> Delegation:
    """Let the person called ``to`` (a username) decide as ``by`` would, from ``begin`` (None is now) until ``end``.
    What ``by`` was lent by others is not lent on. UserError names the fields that are wrong."""
    require(may_write(by))
    now = timezone.now()
    person = User.objects.filter(username=to.replace("\0", "").strip(), is_active=True).first()
    reason = reason.replace("\0", "").strip()
    wrong = [*_about_person(person, to, by), *_about_time(begin or now, end, now), *_about_reason(reason)]
    if wrong or person is None or end is None:
        raise UserError("Nothing was delegated.", id="delegation-invalid", fields=wrong)
    row = Delegation.objects.create(delegator=by, delegate=person, starts_at=begin or now, ends_at=end, reason=reason)
    _record("delegation.added", row, by, reason=reason)
    return row


@transaction.atomic
def end_delegation(*, delegation: Delegation, by: User) -> Delegation:
    """Take it back; what was decided meanwhile stays."""
    require(may_end(by, delegation))
    row = (
        Delegation.objects.select_for_update(of=("self",)).select_related("delegator", "delegate").get(pk=delegation.pk)
    )
    if row.state in {"over", "taken back"}:
        raise Conflict("This delegation is over already.", id="delegation-over")
    row.ended_at = timezone.now()
    row.save(update_fields=["ended_at"])
    _record("delegation.ended", row, by)
    return row


def _about_person(person: User | None, name: str, by: User) -> list[FieldError]:
    if not name.strip():
        return [FieldError("to", "This is needed.", "Name somebody who has an account.")]
    if person is None:
        return [FieldError("to", f"There is nobody called {name.strip()[:60]}.", "Give a username.")]
    if person == by:
        return [FieldError("to", "You decide for yourself already.", "Name somebody else.")]
    return [] if may_write(person) else [FieldError("to", f"{person.display_name} is a viewer and decides nothing.")]


def _about_time(begin: datetime, end: datetime | None, now: datetime) -> list[FieldError]:
    if end is None:
        return [FieldError("until", "This is needed.", "A delegation always ends.")]
    if end <= max(begin, now):
        return [FieldError("until", "It lies before the beginning, or has passed.")]
    return [FieldError("until", "At most a year at once.")] if end - begin > LONGEST else []


def _about_reason(reason: str) -> list[FieldError]:
    if not reason:
        return [FieldError("reason", "This is needed.", "Such as: on holiday.")]
    return [FieldError("reason", "At most 300 characters.")] if len(reason) > 300 else []


def _record(verb: str, row: Delegation, by: User, **data: str) -> None:
    record(
        verb,
        by=by,
        subject_kind="delegation",
        subject_id=str(row.pk),
        subject_label=f"{row.delegate.display_name} for {row.delegator.display_name}",
        data={
            "from": row.delegator.entity_ref,
            "to": row.delegate.entity_ref,
            "starts_at": row.starts_at.isoformat(),
            "ends_at": row.ends_at.isoformat(),
            **data,
        },
    )

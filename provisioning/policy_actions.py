"""Keeping the platform's rules. For platform admins; every change is in the trail, and counts at once."""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.permissions import may_administer, require
from audit.record import record
from common.errors import Conflict, FieldError, NotFound, UserError
from common.yaml12 import YamlDocument
from provisioning.blueprints import offered
from provisioning.models import PolicyRule, Request
from provisioning.rules.definition import PlatformRule
from provisioning.rules.reading import nested, read_rule, rule_of, written
from provisioning.rules.replay import Changed, Past, replay
from provisioning.states import APPROVED, AWAITING_APPROVAL
from runs.actions import resume_run

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?")
#: So far back, and so many requests, a replay looks.
REPLAY_DAYS, REPLAY_MOST = 30, 2000


def policy_named(name: str) -> PolicyRule:
    """The rule called ``name``; NotFound with what there is."""
    found = PolicyRule.objects.filter(name=name.replace("\0", "")).first()
    if found is None:
        raise NotFound(f"There is no rule {name}.", hint="GET /api/v1/policies lists them.")
    return found


def read(*, name: str, given: Mapping[str, Any] | str) -> tuple[PlatformRule, dict[str, Any]]:
    """A rule as a text or as an object: what it means, and as an object. UserError ``policy-invalid`` names every
    mistake, by its line in a text."""
    if not NAME.fullmatch(name):
        message = "has small letters, digits and dashes, at most 60, such as production-freeze."
        raise UserError("The rule needs a name.", id="policy-invalid", fields=[FieldError("name", message)])
    document: YamlDocument | None = None
    if isinstance(given, str):
        document = read_rule(given)
        given = document.value if document.value is not None else {}
    rule = rule_of(name, given, offered(), document)
    return rule, dict(given)


@transaction.atomic
def put_policy(
    *, name: str, given: Mapping[str, Any] | str, by: User, new: bool = False, version: int | None = None
) -> tuple[PolicyRule, bool]:
    """Keep a rule, and whether there was none of its name. ``new`` refuses one that is there, ``version`` one that is
    another by now. Whoever waits for approval is judged anew."""
    require(may_administer(by))
    _, declaration = read(name=name, given=given)
    row = PolicyRule.objects.select_for_update().filter(name=name).first()
    if row and new:
        raise Conflict(
            f"There is a rule {name} already.",
            id="policy-exists",
            fields=[FieldError("name", "is taken", "Change that.")],
        )
    if row and version is not None and version != row.version:
        raise Conflict(
            "Somebody has changed this rule since you read it.", id="version-mismatch", hint="Read it again."
        )
    before, added = (row.declaration if row else None), row is None
    row = row or PolicyRule(name=name, version=0)
    row.text = given if isinstance(given, str) else written(declaration)
    row.declaration, row.enabled = declaration, declaration.get("enabled", True)
    row.version, row.changed_at, row.changed_by = row.version + 1, timezone.now(), by.entity_ref
    row.save()
    _record("policy.added" if added else "policy.changed", row, by, before=before, after=declaration)
    _judge_anew()
    return row, added


@transaction.atomic
def remove_policy(*, name: str, by: User) -> None:
    """Take a rule away."""
    require(may_administer(by))
    row = policy_named(name)
    _record("policy.removed", row, by, before=row.declaration)
    row.delete()
    _judge_anew()


def replayed(*, name: str, rule: PlatformRule | None, days: int = REPLAY_DAYS) -> tuple[list[Changed], int]:
    """Requests of the last ``days`` that would be decided otherwise if ``rule`` stood in place of the one called
    ``name`` (None takes that away), and how many were looked at. Refused ones were never kept: they are not among
    them."""
    before = PolicyRule.objects.in_force()
    others = [one for one in before if one.name != name]
    past = _past(days)
    return replay(past, before, [*others, rule] if rule else others), len(past)


def _past(days: int) -> list[Past]:
    since = timezone.now() - timedelta(days=days)
    rows = Request.objects.filter(created_at__gte=since).exclude(facts=None).select_related("resource").order_by("-pk")
    known = {blueprint.name: blueprint for blueprint in offered()}
    return [
        Past(row.pk, known[row.resource.blueprint], _as_facts(row.facts))
        for row in rows[:REPLAY_MOST]
        if row.resource.blueprint in known and row.facts
    ]


def _as_facts(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as they were kept: the moment is one again."""
    return {**stored, **nested({name: value for name, value in stored.items() if name == "now"})}


def _judge_anew() -> None:
    """Wake what waits, so that a rule which has a say in it makes its approvals void."""
    waiting = Request.objects.filter(state__in=[AWAITING_APPROVAL, APPROVED]).exclude(run=None)
    for run_id in waiting.order_by("pk").values_list("run_id", flat=True):
        resume_run(run_id=run_id)


def _record(verb: str, row: PolicyRule, by: User, **data: Any) -> None:
    record(
        verb,
        by=by,
        subject_kind="policy",
        subject_id=row.name,
        subject_label=row.name,
        data={"version": row.version, **data},
    )

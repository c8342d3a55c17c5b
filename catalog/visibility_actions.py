"""Changes to the rules of who sees which entities. Each counts at once; no source is read anew."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from audit.record import record
from catalog.declared_rows import FILE, follow, require_not_in_file, require_own_name
from catalog.model.visibility import Rule, complaints, declaration_of, rule_of
from catalog.models import VisibilityRule
from catalog.visibility import forget
from common.errors import Conflict, FieldError, NotFound, UserError
from common.locks import hold

LOCK = KEY = "catalog.visibility"


@transaction.atomic
def add_rule(*, declaration: Mapping[str, Any], by: User | None, origin: str) -> VisibilityRule:
    """Add a rule. UserError with every field that is wrong; Conflict where there is one of this name."""
    hold(LOCK)
    rule = _usable(declaration)
    if _row(rule.name):
        taken = FieldError("name", f"there is a rule {rule.name} already", "Change that one.")
        raise Conflict(f"There is a rule {rule.name} already.", id="rule-exists", fields=[taken])
    return _write(None, rule, by, origin)


@transaction.atomic
def put_rule(*, name: str, declaration: Mapping[str, Any], by: User | None, origin: str) -> tuple[VisibilityRule, bool]:
    """Add the rule ``name``, or change it; answers its row and whether it is new.

    Raises UserError with every field that is wrong, and Conflict for a rule that stands in a file.
    """
    hold(LOCK)
    row = _row(name)
    require_not_in_file(row, "rule", KEY)
    given = {"name": name, **declaration}
    require_own_name(given["name"], name, "rule")
    return _write(row, _usable(given), by, origin), row is None


@transaction.atomic
def remove_rule(*, name: str, by: User | None) -> None:
    """Take a rule away: what it alone hid is seen by everybody. Conflict for one that stands in a file."""
    hold(LOCK)
    row = visibility_rule(name)
    require_not_in_file(row, "rule", KEY)
    _remove(row, by)


@transaction.atomic
def follow_rules(declared: Sequence[Rule]) -> None:
    """Make the rules that stand in files rows, and forget those that no longer stand there."""
    hold(LOCK)
    follow(
        VisibilityRule.objects.all(),
        {rule.name: rule for rule in declared},
        same=lambda row, rule: row.rule == rule,
        write=lambda row, rule: _write(row, rule, None, FILE),
        remove=lambda row: _remove(row, None),
    )


def visibility_rule(name: str) -> VisibilityRule:
    """The row of a rule; NotFound where there is none."""
    row = _row(name)
    if row is None:
        raise NotFound(f"There is no rule of visibility {name}.", id="no-rule")
    return row


def _row(name: str) -> VisibilityRule | None:
    return None if "\x00" in name else VisibilityRule.objects.filter(name=name).first()


def _usable(declaration: Mapping[str, Any]) -> Rule:
    if wrong := complaints(declaration):
        raise UserError("The rule cannot be used.", id="rule-not-usable", fields=wrong)
    return rule_of(declaration)


def _write(row: VisibilityRule | None, rule: Rule, by: User | None, origin: str) -> VisibilityRule:
    written = row or VisibilityRule(name=rule.name)
    written.filters, written.visible_to = list(rule.filters), sorted(rule.visible_to)
    written.origin, written.changed_at = origin, timezone.now()
    written.save()
    declared = declaration_of(rule)
    data = {"origin": origin, "filter": declared["filter"], "visibleTo": declared["visibleTo"]}
    _record("visibility_rule.changed" if row else "visibility_rule.added", rule.name, by, data)
    _forget()
    return written


def _remove(row: VisibilityRule, by: User | None) -> None:
    row.delete()
    _record("visibility_rule.removed", row.name, by, {"filter": row.filters, "visibleTo": row.visible_to})
    _forget()


def _forget() -> None:
    forget()
    transaction.on_commit(forget)


def _record(verb: str, name: str, by: User | None, data: dict[str, Any]) -> None:
    record(verb, by=by, subject_kind="visibility-rule", subject_id=name, subject_label=name, data=data)

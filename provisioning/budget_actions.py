"""Setting budgets. For platform admins; every change is in the trail."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Team, User
from accounts.permissions import may_administer, require
from audit.record import record
from common.errors import Conflict, FieldError, NotFound, UserError
from common.quantities import QuantityError, parse_quantity
from provisioning.blueprints import blueprint_named, offered
from provisioning.budgets import words
from provisioning.conditions import COUNT, MONEY
from provisioning.measures import INPUT, input_of
from provisioning.models import Budget

LARGEST = Decimal(10) ** 20


@transaction.atomic
def put_budget(*, given: Mapping[str, Any], by: User, budget: Budget | None = None) -> Budget:
    """Add a budget, or change ``budget``. ``given`` has ``owner``, ``measure``, ``blueprint`` and ``limit`` as texts.

    UserError names the fields that are wrong; Conflict when the same is limited already. What is there already stays,
    even where the limit is lower.
    """
    require(may_administer(by))
    wrong = [*_owner(given), *_measure(given), *_limit(given)]
    if wrong:
        raise UserError("The budget cannot be used.", id="budget-invalid", fields=wrong)
    row = budget or Budget()
    before = row.limit if row.pk else None
    row.owner_ref, row.measure, row.blueprint = given["owner"], given["measure"], given.get("blueprint", "")
    row.limit, row.changed_at = _quantity(given["limit"]), timezone.now()
    same = Budget.objects.filter(owner_ref=row.owner_ref, measure=row.measure, blueprint=row.blueprint)
    if other := same.exclude(pk=row.pk).first():
        raise Conflict(
            f"There is a budget for that already: {words(other, other.limit)}.",
            id="budget-exists",
            fields=[FieldError("measure", "limited already", "Change that one.")],
        )
    row.save()
    _record("budget.changed" if before is not None else "budget.added", row, by, before=str(before or ""))
    return row


@transaction.atomic
def remove_budget(*, budget: Budget, by: User) -> None:
    """Let the team have as much as it asks for."""
    require(may_administer(by))
    _record("budget.removed", budget, by)
    budget.delete()


def _record(verb: str, budget: Budget, by: User, **data: Any) -> None:
    record(
        verb,
        by=by,
        subject_kind="budget",
        subject_id=str(budget.pk),
        subject_label=words(budget, budget.limit),
        owner_ref=budget.owner_ref,
        data={"measure": budget.measure, "limit": str(budget.limit), **data},
    )


def _owner(given: Mapping[str, Any]) -> list[FieldError]:
    owner = given.get("owner") or ""
    if Team.objects.filter(ref=owner.replace("\0", "")).exists():
        return []
    return [FieldError("owner", f"There is no team {owner}." if owner else "This is needed.", "Choose a team.")]


def _measure(given: Mapping[str, Any]) -> list[FieldError]:
    measure, name = given.get("measure") or "", given.get("blueprint") or ""
    try:
        blueprint = blueprint_named(name) if name else None
    except NotFound as error:
        return [FieldError("blueprint", error.message, error.hint)]
    if measure in {MONEY, COUNT}:
        return []
    part = input_of(measure, blueprint) if measure.startswith(INPUT) else {}
    if part.get("type") in {"integer", "number", "string"}:
        return []
    hint = "Write money, count, or inputs. and the name of an input of the blueprint, such as inputs.allocated_storage."
    return [FieldError("measure", f"{measure or 'Nothing'} cannot be counted.", hint)]


def _limit(given: Mapping[str, Any]) -> list[FieldError]:
    try:
        limit = _quantity(given.get("limit"))
    except QuantityError as error:
        return [FieldError("limit", error.message, error.hint)]
    return [FieldError("limit", "It is more than can be kept.")] if limit > LARGEST else []


def _quantity(text: object) -> Decimal:
    return parse_quantity(text).value


def countable_inputs() -> list[tuple[str, str, str]]:
    """What a form offers beside money and count: blueprint, measure and title of every input that is an amount."""
    return [
        (blueprint.name, f"{INPUT}{path}", f"{blueprint.title}: {title}")
        for blueprint in offered()
        for path, title in _amounts(blueprint.inputs)
    ]


def _amounts(schema: Mapping[str, Any], before: str = "") -> list[tuple[str, str]]:
    found = []
    for name, part in schema.get("properties", {}).items():
        if part.get("type") == "object":
            found += _amounts(part, f"{before}{name}.")
        elif part.get("type") in {"integer", "number"} or _is_quantity(part):
            found.append((f"{before}{name}", str(part.get("title") or name)))
    return found


def _is_quantity(part: Mapping[str, Any]) -> bool:
    """Whether a text is an amount: its default is one, and no list of choices."""
    if part.get("type") != "string" or "enum" in part or "pattern" in part:
        return False
    try:
        parse_quantity(part.get("default"))
    except QuantityError:
        return False
    return True

"""How full budgets are: of what there is and of what is under way, so that nothing has to be given back.

A request counts from its submission; it stops to count when it ends without a resource, and a resource when it is gone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from accounts.models import Team
from accounts.permissions import short
from common.errors import NotFound, UserError
from provisioning.asking import Asked
from provisioning.blueprints import blueprint_named, offered
from provisioning.blueprints.definition import Blueprint
from provisioning.conditions import COUNT
from provisioning.measures import amount_of, bare, in_words
from provisioning.models import Budget, Request, Resource
from provisioning.models.resource import ResourceState
from provisioning.policy import facts_of
from provisioning.states import ACTIVE

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Line:
    """What one resource takes of a budget. ``pending`` says that a request is under way for it, ``coming`` that it is
    still somebody else's."""

    resource: Resource
    amount: Decimal
    pending: bool
    coming: bool = False


@dataclass(frozen=True, slots=True)
class Use:
    """A budget as a request would leave it: what others take, and this one before and after."""

    budget: Budget
    others: tuple[Line, ...]
    before: Decimal
    amount: Decimal

    @property
    def now(self) -> Decimal:
        """What is taken without the request."""
        return total(self.others) + self.before

    @property
    def after(self) -> Decimal:
        """What would be taken."""
        return total(self.others) + self.amount

    @property
    def in_words(self) -> tuple[str, str]:
        """What would be taken, and the limit."""
        return bare_words(self.budget, self.after), words(self.budget, self.budget.limit)

    @property
    def share(self) -> float:
        """What would be taken, in per cent."""
        return share_of(self.after, self.budget.limit)

    @property
    def exceeds(self) -> bool:
        """Whether it takes more than there is; what only shrinks never does."""
        return self.after > self.budget.limit and self.amount > self.before


def uses_of(asked: Asked, resource: Resource | None = None, *, lock: bool = False) -> list[Use]:
    """The budgets that bind ``asked``, and what it would take of them. With ``lock`` nobody else asks of them
    meanwhile; that needs a transaction."""
    budgets = Budget.objects.binding(asked.payer_ref, asked.blueprint.name)
    rows = list(budgets.select_for_update() if lock else budgets)
    return [_use(row, lines, asked, resource) for row, lines in zip(rows, lines_of(rows), strict=True)]


def shares(uses: Iterable[Use]) -> dict[str, float]:
    """How full each measure's fullest budget would be, in per cent."""
    quota: dict[str, float] = {}
    for use in uses:
        quota[use.budget.measure] = max(use.share, quota.get(use.budget.measure, 0.0))
    return quota


def require_room(uses: Iterable[Use]) -> None:
    """Raise UserError ``over-budget`` for the first budget that does not suffice."""
    for use in uses:
        if use.exceeds:
            raise UserError(over_budget(use), id="over-budget", hint=_way_out(use))


def over_budget(use: Use) -> str:
    """By how much a budget does not suffice."""
    after, limit = use.in_words
    return f"{short(use.budget.owner_ref)} would have {after} of at most {limit}."


def lines_of(budgets: Sequence[Budget]) -> list[list[Line]]:
    """What takes how much of each of ``budgets``, the most first. Three queries, however many there are."""
    below = _below({budget.owner_ref for budget in budgets})
    held = _held_by(frozenset[str]().union(*below.values()))
    return [_lines(budget, held, below[budget.owner_ref]) for budget in budgets]


def total(lines: Iterable[Line]) -> Decimal:
    """What is taken."""
    return sum((line.amount for line in lines), Decimal(0))


def share_of(taken: Decimal, limit: Decimal) -> float:
    """``taken`` in per cent of ``limit``; anything is all of nothing."""
    return float(taken / limit * 100) if limit else 100.0 if taken else 0.0


def words(budget: Budget, amount: Decimal) -> str:
    """``amount`` of what ``budget`` counts, as people say it."""
    return in_words(budget.measure, amount, _counted(budget), _currency())


def bare_words(budget: Budget, amount: Decimal) -> str:
    """The same without what it is of."""
    return bare(budget.measure, amount, _counted(budget), _currency())


def _counted(budget: Budget) -> Blueprint | None:
    return next((blueprint for blueprint in offered() if blueprint.name == budget.blueprint), None)


def _currency() -> str:
    return next((blueprint.price.currency for blueprint in offered() if blueprint.price), "")


def _use(budget: Budget, lines: Sequence[Line], asked: Asked, resource: Resource | None) -> Use:
    before = after = Decimal(0)
    held = resource is not None and any(line.resource.pk == resource.pk and not line.coming for line in lines)
    if resource is not None and held and resource.is_there:
        before = _amount(budget, resource, resource.inputs)
    if asked.action != "delete":
        after = amount_of(budget.measure, asked.blueprint, asked.facts)
    others = tuple(line for line in lines if resource is None or line.resource.pk != resource.pk)
    return Use(budget, others, before, after)


def _below(owners: Collection[str]) -> dict[str, frozenset[str]]:
    """Each of ``owners`` with the teams that are part of it, however deep; cycles do no harm."""
    children: dict[str, list[str]] = defaultdict(list)
    for ref, parent in Team.objects.exclude(parent=None).values_list("ref", "parent__ref") if owners else ():
        children[parent].append(ref)
    return {owner: _reached(owner, children) for owner in owners}


def _reached(owner: str, children: Mapping[str, Sequence[str]]) -> frozenset[str]:
    found, waiting = {owner}, [owner]
    while waiting:
        fresh = set(children.get(waiting.pop(), ())) - found
        found |= fresh
        waiting += fresh
    return frozenset(found)


#: A resource, the inputs of the request under way for it, and whose it is then.
Held = Sequence[tuple[Resource, Mapping[str, Any] | None, str]]


def _held_by(owners: Collection[str]) -> Held:
    """What ``owners`` have or are about to have, with the inputs of the request that is under way for it."""
    if not owners:
        return []
    resources = list(Resource.objects.filter(owner_ref__in=owners).exclude(state=ResourceState.DELETED))
    active = Request.objects.filter(resource__in=resources, state__in=ACTIVE).exclude(action="delete")
    asked = dict(active.values_list("resource_id", "inputs"))
    coming = Request.objects.filter(receiver_ref__in=owners, state__in=ACTIVE).select_related("resource")
    return [
        *((resource, asked.get(resource.pk), resource.owner_ref) for resource in resources),
        *((request.resource, request.inputs, request.receiver_ref) for request in coming),
    ]


def _lines(budget: Budget, held: Held, owners: Collection[str]) -> list[Line]:
    found = []
    for resource, inputs, owner in held:
        coming = owner != resource.owner_ref
        if coming and resource.owner_ref in owners:
            continue
        if owner in owners and budget.blueprint in {"", resource.blueprint}:
            amounts = [_amount(budget, resource, resource.inputs)] if resource.is_there or inputs is None else []
            amounts += [_amount(budget, resource, inputs)] if inputs is not None else []
            found.append(Line(resource, max(amounts), inputs is not None, coming))
    return sorted((line for line in found if line.amount), key=lambda line: (-line.amount, line.resource.pk))


def _amount(budget: Budget, resource: Resource, inputs: Mapping[str, Any]) -> Decimal:
    try:
        blueprint = blueprint_named(resource.blueprint)
    except NotFound:
        return Decimal(budget.measure == COUNT)
    facts = facts_of(
        action="create",
        name=resource.name,
        owner=resource.owner_ref,
        environment=resource.environment,
        inputs=inputs,
    )
    return amount_of(budget.measure, blueprint, facts)


def _way_out(use: Use) -> str:
    names = [f"{line.resource.name} ({words(use.budget, line.amount)})" for line in use.others[:MOST_NAMED]]
    largest = f"{', '.join(names)} take the most. " if names else ""
    return f"{largest}Take less, delete something, or ask a platform admin to raise the limit."

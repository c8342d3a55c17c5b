"""What was asked with all that rules look at: its budgets, who asks, and the hour."""

from dataclasses import replace
from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.permissions import short
from provisioning.asking import Asked
from provisioning.budgets import Use, shares, uses_of
from provisioning.models import PolicyRule, Resource


def judged(
    asked: Asked, resource: Resource | None = None, *, by: User | None, lock: bool = False
) -> tuple[Asked, list[Use]]:
    """``asked`` by a person, ready for its decision, and the budgets that bind it. With ``lock`` nobody else asks of
    them meanwhile; that needs a transaction."""
    uses = uses_of(asked, resource, lock=lock)
    filled = replace(
        asked,
        quota=shares(uses),
        requester=_requester(by) if by else {},
        now=timezone.now(),
        rules=PolicyRule.objects.in_force(),
    )
    return filled, uses


def _requester(user: User) -> dict[str, Any]:
    """A person as rules see them: teams by reference and by name."""
    teams = sorted(user.team_refs())
    return {"name": user.username, "role": user.role, "teams": [*teams, *map(short, teams)]}

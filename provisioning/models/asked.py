"""Which requests ask whom."""

from django.db.models import Q

from accounts.models import Role, User
from provisioning.models.delegation import Delegation
from provisioning.states import AWAITING_APPROVAL


def asking(user: User) -> Q:
    """Requests that wait for people among whom ``user`` is, in their own right or in somebody's stead."""
    found = _stages_of(user)
    for lent in Delegation.objects.in_force().filter(delegate=user).select_related("delegator"):
        found |= _stages_of(lent.delegator)
    return Q(state=AWAITING_APPROVAL) & found


def _stages_of(user: User) -> Q:
    """Requests with a stage, or one that it escalates to, for which this person speaks."""
    if user.role == Role.PLATFORM_ADMIN:
        return ~Q(policy__stages=[])
    owners = user.owner_refs()
    found = _stage("owner") & Q(resource__owner_ref__in=owners)
    for approvers in [*owners, *(["role:approver"] if user.role == Role.APPROVER else [])]:
        found |= _stage(approvers)
    return found


def _stage(approvers: str) -> Q:
    later = {"escalations": [{"to": approvers}]}
    return Q(policy__stages__contains=[{"approvers": approvers}]) | Q(policy__stages__contains=[later])

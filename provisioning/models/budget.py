"""How much of something a team may have at once."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import Team, User


class BudgetQuerySet(models.QuerySet["Budget"]):
    """Questions about budgets."""

    def visible_to(self, user: User) -> "BudgetQuerySet":
        """Those that bind the person's teams; everything for approvers and platform admins."""
        if user.role in {"approver", "platform-admin"}:
            return self
        return self.filter(owner_ref__in=user.owner_refs())

    def binding(self, owner_ref: str, blueprint: str) -> "BudgetQuerySet":
        """Those that count what ``owner_ref`` has of ``blueprint``: its own and those of the groups above it."""
        above = Team.objects.above(owner_ref)
        return self.filter(Q(blueprint="") | Q(blueprint=blueprint), owner_ref__in=above).order_by("pk")


class Budget(models.Model):
    """At most ``limit`` of ``measure`` for ``owner_ref`` and the teams below it, together.

    ``measure`` is ``money`` (a month, of the price book), ``count`` (of resources), or an input such as
    ``inputs.allocated_storage`` or ``inputs.quota.limits.cpu``. ``blueprint`` empty counts those of all.
    """

    owner_ref = models.CharField(max_length=255)
    measure = models.CharField(max_length=200)
    blueprint = models.CharField(max_length=100, blank=True)
    limit = models.DecimalField(max_digits=24, decimal_places=3)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = BudgetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner_ref", "measure", "blueprint"], name="one_budget_per_measure")
        ]

    def __str__(self) -> str:
        return f"{self.measure} of {self.owner_ref}"

"""Who decides in whose stead, and for how long."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User


class DelegationQuerySet(models.QuerySet["Delegation"]):
    """Questions about delegations."""

    def in_force(self) -> "DelegationQuerySet":
        """Those of now, between two people who are both still here."""
        now = timezone.now()
        return self.filter(
            starts_at__lte=now,
            ends_at__gt=now,
            ended_at=None,
            delegator__is_active=True,
            delegate__is_active=True,
        )

    def visible_to(self, user: User) -> "DelegationQuerySet":
        """Those that a person gave or got; all for platform admins."""
        return self if user.is_platform_admin else self.filter(Q(delegator=user) | Q(delegate=user))


class Delegation(models.Model):
    """``delegate`` decides as ``delegator`` would, from ``starts_at`` until ``ends_at``. What somebody was lent cannot
    be lent on."""

    delegator = models.ForeignKey(User, on_delete=models.CASCADE, related_name="delegations_given")
    delegate = models.ForeignKey(User, on_delete=models.CASCADE, related_name="delegations_got")
    starts_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=timezone.now)
    #: When somebody took it back before its time.
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["delegate", "ends_at"], name="delegations_of_a_delegate")]

    def __str__(self) -> str:
        return f"{self.delegate_id} for {self.delegator_id}"

    @property
    def state(self) -> str:
        """``ahead``, ``in force``, ``over`` or ``taken back``."""
        now = timezone.now()
        if self.ended_at:
            return "taken back"
        if self.ends_at <= now:
            return "over"
        return "in force" if self.starts_at <= now else "ahead"

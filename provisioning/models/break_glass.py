"""A request that was let through without the approvals that it needed."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from provisioning.models.request import Request


class BreakGlass(models.Model):
    """Who let one plan of a request through, why, and who looked at it afterwards."""

    request = models.ForeignKey(Request, on_delete=models.CASCADE, related_name="broken_glass")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField()
    #: Where the incident is dealt with.
    incident = models.URLField(max_length=500, blank=True)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)
    reviewed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["request", "digest"], name="one_broken_glass_per_plan")]
        indexes = [models.Index(fields=["reviewed_at"], name="broken_glass_by_review")]

    def __str__(self) -> str:
        return f"request {self.request_id} by {self.by_id}"

"""What the last look found: whether the world still is as it was asked for."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from provisioning.models.resource import Resource


class DriftState(models.TextChoices):
    """What is known."""

    UNKNOWN = "unknown", "Not known"
    CLEAN = "clean", "As asked for"
    DRIFTED = "drifted", "Changed outside"
    FAILED = "failed", "Could not be checked"


class DriftQuerySet(models.QuerySet["Drift"]):
    """Questions about many."""

    def due(self, now: datetime) -> "DriftQuerySet":
        """Those of resources that are there and whose next look has come, the longest waiting first."""
        there = Q(resource__state__in=["ready", "degraded"], resource__quarantined_until=None)
        return self.filter(there, due_at__lte=now).order_by(F("due_at").asc(), "pk")


class Drift(models.Model):
    """One row per resource. ``changes`` are as in a plan, with who made them where the world tells."""

    resource = models.OneToOneField(Resource, on_delete=models.CASCADE, related_name="drift")
    state = models.CharField(max_length=10, choices=DriftState, default=DriftState.UNKNOWN)
    changes = models.JSONField(default=list)
    #: Why nothing is known, or what else was seen.
    note = models.TextField(blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    #: The next scheduled look. Whoever moves it on has claimed that look.
    due_at = models.DateTimeField()

    objects = DriftQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="drift_to_look_at")]

    def __str__(self) -> str:
        return f"resource {self.resource_id} is {self.state}"

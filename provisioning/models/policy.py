"""Rules of the platform, kept by those who run it."""

from django.db import models
from django.urls import reverse
from django.utils import timezone

from provisioning.rules.definition import PlatformRule
from provisioning.rules.reading import stored_rule


class PolicyQuerySet(models.QuerySet["PolicyRule"]):
    """Questions about rules."""

    def in_force(self) -> tuple[PlatformRule, ...]:
        """Those that count, by name."""
        return tuple(row.rule for row in self.filter(enabled=True).order_by("name"))


class PolicyRule(models.Model):
    """A rule as it was written (``text``) and as it was read (``declaration``)."""

    name = models.SlugField(max_length=60, unique=True)
    text = models.TextField()
    declaration = models.JSONField()
    enabled = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=255, blank=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of this rule."""
        return reverse("policy", args=[self.name])

    @property
    def rule(self) -> PlatformRule:
        """What it means."""
        return stored_rule(self.name, self.declaration)

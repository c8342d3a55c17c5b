"""Rules of who sees which entities."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from catalog.model.visibility import Rule


class VisibilityRule(models.Model):
    """What one of ``filters`` takes is seen by ``visible_to`` alone; see :class:`catalog.model.visibility.Rule`."""

    name = models.CharField(max_length=63, unique=True)
    filters = ArrayField(models.TextField())
    visible_to = ArrayField(models.TextField())
    #: ``page``, ``api`` or ``file``; what a file put here is changed in the file.
    origin = models.CharField(max_length=10, default="page")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def rule(self) -> Rule:
        """The rule that is kept here."""
        return Rule(self.name, tuple(self.filters), frozenset(self.visible_to))

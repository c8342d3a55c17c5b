"""Kinds that this installation adds to the built-in ones."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone


class CustomKind(models.Model):
    """A kind as data: the JSON Schema of its ``spec`` and the relations that its fields mean."""

    name = models.CharField(max_length=63, unique=True)
    versions = ArrayField(models.CharField(max_length=253))
    description = models.TextField(blank=True)
    schema = models.JSONField(default=dict)
    #: ``[{"field", "relation", "inverse", "default_kind"}]``
    relations = models.JSONField(default=list)
    #: ``page``, ``api`` or ``file``; what a file put here is changed in the file.
    origin = models.CharField(max_length=10, default="page")
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

"""What an entity was, each time that its source said something else."""

from django.db import models
from django.utils import timezone

from catalog.models.source import Source


class RevisionKind(models.TextChoices):
    """What happened to the entity."""

    ADDED = "added", "Added"
    CHANGED = "changed", "Changed"
    REMOVED = "removed", "Removed"
    RESTORED = "restored", "Restored"


class Revision(models.Model):
    """One version of an entity, as its source said it. The ids are the change feed's cursor."""

    ref = models.CharField(max_length=400)
    change = models.CharField(max_length=8, choices=RevisionKind)
    at = models.DateTimeField(default=timezone.now)
    source = models.ForeignKey(Source, null=True, on_delete=models.SET_NULL, related_name="revisions")
    #: The file that said it, and the commit where the source has one.
    location = models.TextField()
    commit = models.CharField(max_length=64, blank=True)
    #: The source's words until then, as JSON; empty when there were none. The newest words are the entity's own.
    before = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["ref", "-id"], name="revisions_of")]

    def __str__(self) -> str:
        return f"{self.ref} {self.change}"

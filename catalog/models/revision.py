"""What an entity was, each time that its source said something else."""

from django.db import models
from django.utils import timezone

from accounts.models import User
from catalog.models.entity import Entity
from catalog.models.source import Source


class RevisionKind(models.TextChoices):
    """What happened to the entity."""

    ADDED = "added", "Added"
    CHANGED = "changed", "Changed"
    REMOVED = "removed", "Removed"
    RESTORED = "restored", "Restored"


class RevisionQuerySet(models.QuerySet["Revision"]):
    """Questions about revisions."""

    def visible_to(self, user: User) -> "RevisionQuerySet":
        """Those of entities that a person may see, as the entities are now.

        What is gone for good has no text to be judged by: where a rule keeps something from a person, it is left out.
        """
        from catalog.visibility import names_nothing_hidden, rules_against  # they ask for these rows

        if not rules_against(user):
            return self
        return self.filter(names_nothing_hidden("ref", user), ref__in=Entity.objects.values("ref"))


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

    objects = RevisionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["ref", "-id"], name="revisions_of")]

    def __str__(self) -> str:
        return f"{self.ref} {self.change}"

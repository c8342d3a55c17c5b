"""Where blueprints come from beside those that ship, and every version that was read, kept as it was."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from runs.models import Run


class SourceKind(models.TextChoices):
    """How a source is read."""

    FOLDER = "folder", "Folder"
    GIT = "git", "Git repository"


class SourceState(models.TextChoices):
    """How the last sync went."""

    NEW = "new", "Not read yet"
    OK = "ok", "In sync"
    PROBLEMS = "problems", "Has problems"
    FAILED = "failed", "Could not be read"


class VersionState(models.TextChoices):
    """Whether people can ask for a version."""

    DRAFT = "draft", "Draft"
    OFFERED = "offered", "Offered"
    WITHDRAWN = "withdrawn", "Withdrawn"


class BlueprintSourceQuerySet(models.QuerySet["BlueprintSource"]):
    """Questions about sources."""

    def free(self, now: datetime) -> "BlueprintSourceQuerySet":
        """Those that no living worker reads."""
        return self.exclude(reading_until__gt=now)

    def due(self, now: datetime) -> "BlueprintSourceQuerySet":
        """Those whose time has come and that nobody reads."""
        return self.free(now).filter(next_sync_at__lte=now)


class BlueprintSource(models.Model):
    """A folder of the server, or a Git repository whose tags are versions.

    ``path`` is the folder within it that holds the blueprints. What a ``trusted`` source brings is not searched for
    what a module may not do.
    """

    kind = models.CharField(max_length=10, choices=SourceKind)
    target = models.TextField()
    path = models.CharField(max_length=200, blank=True)
    trusted = models.BooleanField(default=False)
    interval = models.DurationField(default=timedelta(minutes=5))
    state = models.CharField(max_length=10, choices=SourceState, default=SourceState.NEW)
    error = models.TextField(blank=True)
    #: What is wrong with it: ``[{"place", "file", "line", "message", "hint"}]``; ``place`` is a tag or a folder.
    problems = models.JSONField(default=list)
    #: The commit that each tag stood for when it was first read.
    tags = models.JSONField(default=dict)
    next_sync_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    last_sync_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    reading_since = models.DateTimeField(null=True, blank=True)
    reading_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = BlueprintSourceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "target", "path"], name="one_blueprint_source")]

    def __str__(self) -> str:
        return f"{self.target}, {self.path}" if self.path else self.target

    def get_absolute_url(self) -> str:
        """The page of this source."""
        return reverse("blueprint_source", args=[self.pk])

    @property
    def is_read_now(self) -> bool:
        """Whether a worker that lives reads it."""
        return self.reading_until is not None and self.reading_until > timezone.now()

    @property
    def is_pending(self) -> bool:
        """Whether a sync is asked for or under way."""
        return self.is_read_now or self.asked_at is not None


class BlueprintVersionQuerySet(models.QuerySet["BlueprintVersion"]):
    """Questions about versions."""

    def with_use(self) -> "BlueprintVersionQuerySet":
        """With ``used``: how many resources there are on each."""
        from provisioning.models.resource import Resource, ResourceState  # it asks blueprints for theirs

        there = Resource.objects.exclude(state=ResourceState.DELETED)
        on_it = there.filter(blueprint=models.OuterRef("name"), blueprint_version=models.OuterRef("version"))
        counted = on_it.order_by().values("blueprint").annotate(count=Count("pk")).values("count")
        return self.annotate(used=models.functions.Coalesce(models.Subquery(counted), 0))


class BlueprintVersion(models.Model):
    """One version of a blueprint, with its files. But for ``state`` nothing of it ever changes: the database sees to
    that. Without a source it shipped with the portal, or its source is gone."""

    source = models.ForeignKey(
        BlueprintSource, null=True, blank=True, on_delete=models.SET_NULL, related_name="versions"
    )
    name = models.CharField(max_length=100)
    version = models.CharField(max_length=20)
    #: SHA-256 over the names and contents of its files.
    digest = models.CharField(max_length=64)
    shipped = models.BooleanField(default=False)
    #: Whether its module was let in without a search for what modules may not do.
    trusted = models.BooleanField(default=False)
    #: Where it was read: a tag with its commit, or a folder.
    origin = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=VersionState, default=VersionState.DRAFT)
    read_at = models.DateTimeField(default=timezone.now)
    offered_at = models.DateTimeField(null=True, blank=True)

    objects = BlueprintVersionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "version"], name="one_row_per_blueprint_version")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def get_absolute_url(self) -> str:
        """The page of this version."""
        return reverse("blueprint_version", args=[self.name, self.version])


class BlueprintFile(models.Model):
    """A file of a version, by its path in the blueprint's folder."""

    version = models.ForeignKey(BlueprintVersion, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=400)
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "path"], name="one_row_per_blueprint_file")]

    def __str__(self) -> str:
        return self.path


class Preview(models.Model):
    """A plan of a version for made-up inputs. Nothing is ever made of it."""

    version = models.ForeignKey(BlueprintVersion, on_delete=models.CASCADE, related_name="previews")
    name = models.CharField(max_length=100)
    environment = models.CharField(max_length=100)
    owner_ref = models.CharField(max_length=255)
    inputs = models.JSONField(default=dict)
    plan = models.JSONField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True)
    run = models.ForeignKey(Run, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(plan__isnull=True) | Q(error__isnull=True), name="preview_has_a_plan_or_an_error"
            )
        ]

    def __str__(self) -> str:
        return f"Preview of {self.version}"

    def get_absolute_url(self) -> str:
        """The page that shows it."""
        return f"{self.version.get_absolute_url()}?preview={self.pk}"

    @property
    def is_under_way(self) -> bool:
        """Whether a worker is still to say something."""
        return self.plan is None and self.error is None

    @property
    def summary(self) -> dict[str, Any]:
        """What the plan would do, in numbers."""
        return dict((self.plan or {}).get("summary", {}))

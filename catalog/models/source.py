"""Where entities are read from, and what is wrong there."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts.models import User


class SourceKind(models.TextChoices):
    """How a source is read."""

    FOLDER = "folder", "Folder"
    FILE = "file", "File"
    URL = "url", "URL"
    GIT = "git", "Git repository"
    GITHUB = "github", "GitHub organisation"
    GITHUB_ORG = "github-org", "GitHub people and teams"
    GITLAB = "gitlab", "GitLab group"
    GITLAB_ORG = "gitlab-org", "GitLab people and groups"
    UPLOAD = "upload", "Uploaded file"
    PORTAL = "portal", "This portal"


#: Kinds that nobody reads: what they say is put there by people or by the portal.
PUSHED = frozenset({SourceKind.UPLOAD, SourceKind.PORTAL})
#: Kinds that take longer to read than a person waits, so that only workers do it.
SLOW = frozenset({SourceKind.GIT, SourceKind.GITHUB, SourceKind.GITHUB_ORG, SourceKind.GITLAB, SourceKind.GITLAB_ORG})

#: What was brought back by hand; any other source that says it again may have it.
RESTORED = "portal:restored"

#: Kinds that read from whatever repositories there are, so that everybody who may push to one speaks through them.
DISCOVERED = frozenset({SourceKind.GITHUB, SourceKind.GITLAB})


class SourceState(models.TextChoices):
    """How the last sync went."""

    NEW = "new", "Not read yet"
    OK = "ok", "In sync"
    FAILED = "failed", "Could not be read"
    HELD = "held", "Waits for a decision"


#: So many intervals may pass without a sync, and a while more, before what a source said counts as old.
OVERDUE_INTERVALS, SLACK = 3, timedelta(minutes=15)


def _count_of(rows: "models.QuerySet[Any]") -> Coalesce:
    """How many of ``rows`` belong to the source of the outer query."""
    counted = rows.filter(source=OuterRef("pk")).order_by().values("source").annotate(count=Count("pk"))
    return Coalesce(Subquery(counted.values("count")), 0)


def _entities_of(user: User) -> tuple["models.QuerySet[Any]", "models.QuerySet[Any]"]:
    """The entities that a person may not see, and those that they may."""
    entities = Source._meta.apps.get_model("catalog", "Entity").objects
    return entities.hidden_from(user), entities.visible_to(user)


class SourceQuerySet(models.QuerySet["Source"]):
    """Questions about sources."""

    def due(self, now: datetime) -> "SourceQuerySet":
        """Those whose time has come and that nobody reads."""
        return self.free(now).filter(next_sync_at__lte=now)

    def free(self, now: datetime) -> "SourceQuerySet":
        """Those that a worker may take: they can be read, and no worker that lives reads them."""
        return self.exclude(kind__in=PUSHED).exclude(reading_until__gt=now)

    def stale(self) -> "list[Source]":
        """Those whose entities may no longer be true."""
        read = self.exclude(kind__in=PUSHED).only("kind", "state", "interval", "good_at", "created_at")
        return [source for source in read if source.is_stale]

    def visible_to(self, user: User) -> "SourceQuerySet":
        """Those that a person may know of: all but those of whose entities they may see none."""
        from catalog.visibility import rules_against  # it asks for these rows

        if not rules_against(user):
            return self
        hidden, seen = (rows.filter(source=OuterRef("pk")) for rows in _entities_of(user))
        return self.filter(~Exists(hidden) | Exists(seen))

    def with_counts(self, user: User) -> "SourceQuerySet":
        """With ``held`` entities and ``wrong`` problems that a person may see.

        Each is counted by itself: a join would multiply them.
        """
        _, seen = _entities_of(user)
        return self.annotate(held=_count_of(seen), wrong=_count_of(Problem.objects.visible_to(user)))


class Source(models.Model):
    """One place that entities are read from. What it names (Location entities) belongs to it."""

    kind = models.CharField(max_length=10, choices=SourceKind)
    target = models.TextField()
    #: What its kind takes beside the target: a ref, filters, the name of a credential. Never a secret.
    options = models.JSONField(default=dict, blank=True)
    #: ``config``, ``page``, ``command`` or ``portal``; what configuration put here cannot be removed on a page.
    origin = models.CharField(max_length=10, default="page")
    #: Its Groups and Users say who is in which team, and so who may change and approve what.
    decides_teams = models.BooleanField(default=True)
    interval = models.DurationField(default=timedelta(minutes=5))
    next_sync_at = models.DateTimeField(null=True, blank=True, default=timezone.now)
    last_sync_at = models.DateTimeField(null=True, blank=True)
    #: When it last went well: what its entities say was true then.
    good_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=SourceState, default=SourceState.NEW)
    #: What the last sync did: added, changed, removed, unchanged, problems, seconds.
    counts = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    #: Of every byte that the last sync read, and the addresses it read beyond the source's own files.
    fingerprint = models.CharField(max_length=64, blank=True)
    reads = models.JSONField(default=list)
    #: A sync that is asked for and not done: since when, by whom, and whether it may remove more than half.
    asked_at = models.DateTimeField(null=True, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_removal = models.BooleanField(default=False)
    #: A worker reads it: since when, and until when that holds without another sign of life.
    reading_since = models.DateTimeField(null=True, blank=True)
    reading_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = SourceQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "target"], name="one_source_per_target")]

    def __str__(self) -> str:
        return self.target

    def get_absolute_url(self) -> str:
        """The page of this source."""
        return reverse("source", args=[self.pk])

    @property
    def is_stale(self) -> bool:
        """Whether what it said last may no longer be true: it fails, waits for a decision, or has not been read."""
        if self.kind in PUSHED or self.state == SourceState.NEW:
            return False
        if self.state in {SourceState.FAILED, SourceState.HELD}:
            return True
        return timezone.now() - self.fresh_at > OVERDUE_INTERVALS * self.interval + SLACK

    @property
    def fresh_at(self) -> datetime:
        """Since when nothing new is known of it: its last sync that went well; before one, its registration."""
        return self.good_at or self.created_at

    @property
    def is_read_now(self) -> bool:
        """Whether a worker that lives reads it."""
        return self.reading_until is not None and self.reading_until > timezone.now()

    @property
    def is_pending(self) -> bool:
        """Whether a sync is asked for or under way."""
        return self.is_read_now or self.asked_at is not None

    @property
    def is_restored(self) -> bool:
        """Whether it holds what was brought back by hand."""
        return self.kind == SourceKind.PORTAL and self.target == RESTORED

    @property
    def location_ref(self) -> str:
        """The location reference that its entities carry as their origin."""
        if self.kind in PUSHED:
            return self.target
        return f"{'file' if self.kind in {SourceKind.FOLDER, SourceKind.FILE} else 'url'}:{self.target}"


class ProblemQuerySet(models.QuerySet["Problem"]):
    """Questions about problems."""

    def visible_to(self, user: User) -> "ProblemQuerySet":
        """Those that tell a person of no entity that they may not see, nor of the file that says one."""
        from catalog.visibility import names_nothing_hidden, rules_against  # they ask for these rows

        if not rules_against(user):
            return self
        hidden, seen = _entities_of(user)
        in_its_file = Q(file__in=hidden.values("location")) & ~Q(entity_ref__in=seen.values("ref"))
        told = self.filter(names_nothing_hidden("entity_ref", user), source__in=Source.objects.visible_to(user))
        return told.exclude(in_its_file)

    def newest_first(self) -> "ProblemQuerySet":
        """By source, file and place."""
        return self.order_by(F("source_id"), F("file"), F("line"))


class Problem(models.Model):
    """One thing wrong with one source, file or document."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="problems")
    file = models.TextField()
    line = models.IntegerField(default=0)
    column = models.IntegerField(default=0)
    stage = models.CharField(max_length=20)
    field = models.TextField(blank=True)
    message = models.TextField()
    hint = models.TextField(blank=True)
    #: The entity concerned, as far as it can be told.
    entity_ref = models.CharField(max_length=400, blank=True, db_index=True)

    objects = ProblemQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.file}:{self.line} {self.message}"

    @property
    def web_address(self) -> str:
        """Where a browser shows the line; empty for what is not on the web."""
        if not self.file.startswith(("http://", "https://")):
            return ""
        return f"{self.file}#L{self.line}" if self.line else self.file


class ReadFile(models.Model):
    """A file of the last sync. While its bytes, and those that it names, are as they were, it is not parsed again."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="read_files")
    address = models.TextField()
    digest = models.CharField(max_length=64)
    #: Addresses that stand in its placeholders.
    reads = models.JSONField(default=list)
    #: ``[address, optional]`` of each file that its Location entities name.
    targets = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "address"], name="one_row_per_read_file")]

    def __str__(self) -> str:
        return self.address


class CachedAnswer(models.Model):
    """What an outside system answered, so that a request with its ETag is answered by 304, which costs no budget."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="cached_answers")
    address = models.TextField()
    etag = models.TextField()
    body = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "address"], name="one_answer_per_address")]

    def __str__(self) -> str:
        return self.address

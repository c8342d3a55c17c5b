"""A run, the steps it has taken, and its history."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from runs.states import ACTIVE, FINAL, LEASED, STATES


class RunQuerySet(models.QuerySet["Run"]):
    """Questions about many runs."""

    def visible_to(self, user: User) -> "RunQuerySet":
        """Runs of what the person's teams own, own runs, and everything for approvers and admins."""
        if user.role in {"approver", "platform-admin"}:
            return self
        return self.filter(Q(owner_ref__in=user.owner_refs()) | Q(requested_by=user))

    def active(self) -> "RunQuerySet":
        """Those that are not at their end."""
        return self.filter(state__in=ACTIVE)

    def lost(self, now: datetime) -> "RunQuerySet":
        """Those whose worker has not renewed its lease."""
        return self.filter(state__in=LEASED, lease_until__lt=now)

    def due(self, now: datetime) -> "RunQuerySet":
        """Those that a worker could take, or whose wait is over."""
        return self.filter(
            Q(state="queued") & (Q(due_at=None) | Q(due_at__lte=now)) | Q(state="waiting", due_at__lte=now)
        )


class Run(models.Model):
    """One execution of a pipeline for one subject. ``runs.transition`` is the only writer of ``state``."""

    pipeline = models.CharField(max_length=60)
    title = models.CharField(max_length=255)
    state = models.CharField(max_length=12, default="queued", choices=[(state, state) for state in STATES])
    #: The step to be taken, or being taken.
    step = models.CharField(max_length=60)
    waiting_for = models.JSONField(default=list)
    #: Raised each time somebody takes the run over; whoever holds an older number is a zombie.
    epoch = models.PositiveIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    #: When a wait ends by itself, or when a queued run may be taken.
    due_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.CharField(max_length=10, default="no")
    #: Somebody resumed the run while its step was still looking; the step looks once more before it rests.
    woken = models.BooleanField(default=False)
    queue = models.CharField(max_length=20, default="runs")
    subject_kind = models.CharField(max_length=50)
    subject_id = models.CharField(max_length=255)
    owner_ref = models.CharField(max_length=255, blank=True)
    requested_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    error = models.JSONField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"], condition=~Q(state__in=sorted(FINAL)), name="runs_at_work"),
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="runs_of_a_subject"),
            models.Index(fields=["owner_ref", "-id"], name="runs_of_an_owner"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"

    def get_absolute_url(self) -> str:
        """The page of this run."""
        return reverse("run", args=[self.pk])

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in FINAL

    def step_data(self, name: str) -> dict[str, Any]:
        """What the last finished ``name`` step left for later ones; empty when it has not finished."""
        done = self.steps.filter(name=name, state="succeeded").order_by("-pk").first()
        return dict(done.data) if done else {}


class StepRun(models.Model):
    """One attempt at one step."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="steps")
    name = models.CharField(max_length=60)
    title = models.CharField(max_length=255)
    state = models.CharField(max_length=12)
    epoch = models.PositiveIntegerField()
    attempt = models.PositiveIntegerField(default=1)
    note = models.TextField(blank=True)
    data = models.JSONField(default=dict)
    error = models.JSONField(null=True, blank=True)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["run", "id"], name="steps_in_order")]

    def __str__(self) -> str:
        return f"{self.name} of run {self.run_id}"


class RunEvent(models.Model):
    """One transition of a run. Rows are only added."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField(default=timezone.now)
    before = models.CharField(max_length=12)
    after = models.CharField(max_length=12)
    epoch = models.PositiveIntegerField()
    step = models.CharField(max_length=60)
    actor = models.CharField(max_length=255, blank=True)
    reason = models.CharField(max_length=255, blank=True)

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"

"""Versions of Terraform states, encrypted, and who holds the lock on one."""

from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.crypto import decrypt, encrypt
from runs.models import Run
from runs.states import FINAL


class StateVersionQuerySet(models.QuerySet["StateVersion"]):
    """Questions about the history of a workspace."""

    def latest_of(self, workspace: str) -> "StateVersion | None":
        """The version that counts; None for a workspace that never had one."""
        return self.filter(workspace=workspace).order_by("-serial").first()


class StateVersion(models.Model):
    """A state as Terraform sent it. Rows are added and pruned, never changed."""

    workspace = models.CharField(max_length=100)
    lineage = models.CharField(max_length=64)
    serial = models.PositiveBigIntegerField()
    md5 = models.CharField(max_length=32)
    size = models.PositiveIntegerField()
    #: Encrypted; holds passwords and keys in the clear underneath, so it is never shown to anybody.
    body = models.BinaryField()
    run = models.ForeignKey(Run, null=True, on_delete=models.SET_NULL, related_name="+")
    epoch = models.PositiveIntegerField()
    created_at = models.DateTimeField(default=timezone.now)

    objects = StateVersionQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "serial"], name="one_state_per_serial")]

    def __str__(self) -> str:
        return f"{self.workspace} serial {self.serial}"

    @property
    def document(self) -> bytes:
        """The state as Terraform sent it."""
        return decrypt(bytes(self.body))

    @staticmethod
    def seal(document: bytes) -> bytes:
        """What is stored for ``document``."""
        return encrypt(document)


class StateLockQuerySet(models.QuerySet["StateLock"]):
    """Questions about locks."""

    def stale(self) -> "StateLockQuerySet":
        """Locks whose holder can write no more: its run is over or has been taken over."""
        return self.filter(Q(run__state__in=FINAL) | Q(run__epoch__gt=F("epoch")))


class StateLock(models.Model):
    """The lock on a workspace, bound to the run and the epoch that took it.

    Terraform's lock has no heartbeat; ours lives as long as the run's lease does.
    """

    workspace = models.CharField(max_length=100, unique=True)
    lock_id = models.CharField(max_length=255)
    #: What Terraform said of itself; given back to whoever finds the lock taken.
    info = models.JSONField()
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    epoch = models.PositiveIntegerField()
    acquired_at = models.DateTimeField(default=timezone.now)

    objects = StateLockQuerySet.as_manager()

    def __str__(self) -> str:
        return f"lock of run {self.run_id} on {self.workspace}"

    def is_held_by(self, run: Run, lock_id: str) -> bool:
        """Whether it is this very lock of this very run."""
        return self.run_id == run.pk and self.lock_id == lock_id

    def is_stale(self) -> bool:
        """Whether its holder can write no more."""
        return StateLock.objects.stale().filter(pk=self.pk).exists()

    def public_info(self) -> dict[str, Any]:
        """Terraform's LockInfo."""
        return dict(self.info)

"""The log of a run, in chunks with byte offsets."""

from django.db import models
from django.utils import timezone

from runs.models.run import Run


class LogChunk(models.Model):
    """Text of a run's log from byte ``offset`` on. Secrets are gone before it is stored."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="log_chunks")
    offset = models.BigIntegerField()
    text = models.TextField()
    size = models.IntegerField()
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "offset"], name="one_chunk_per_offset")]

    def __str__(self) -> str:
        return f"log of run {self.run_id} from {self.offset}"

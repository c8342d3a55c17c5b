"""Messages to workers, written in the transaction of the change that they announce."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class OutboxMessage(models.Model):
    """A task to send. Sending twice is harmless, because tasks look at rows before they act."""

    task = models.CharField(max_length=200)
    args = models.JSONField(default=list)
    queue = models.CharField(max_length=20)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["id"], condition=Q(sent_at=None), name="messages_to_send")]

    def __str__(self) -> str:
        return f"{self.task}{self.args}"

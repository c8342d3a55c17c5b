"""When background work was last seen alive."""

from django.db import models
from django.utils import timezone


class Heartbeat(models.Model):
    """The last sign of life of a part that works in the background."""

    name = models.CharField(max_length=50, primary_key=True)
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"

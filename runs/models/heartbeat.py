"""When background work was last seen alive."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

#: Parts that were not heard for so long count as gone.
SILENCE = timedelta(seconds=30)


class HeartbeatQuerySet(models.QuerySet["Heartbeat"]):
    """Questions about signs of life."""

    def workers_live(self) -> bool:
        """Whether a worker has swept lately: there is a scheduler that calls for it, and a broker that carries that."""
        return self.filter(name="sweep", at__gt=timezone.now() - SILENCE).exists()


class Heartbeat(models.Model):
    """The last sign of life of a part that works in the background."""

    name = models.CharField(max_length=50, primary_key=True)
    at = models.DateTimeField(default=timezone.now)

    objects = HeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} at {self.at}"

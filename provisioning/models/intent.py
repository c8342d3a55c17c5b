"""What an apply set out to do with each object, written down before it is done."""

from django.db import models
from django.utils import timezone

from runs.models import Run


class IntentState(models.TextChoices):
    """How far it came. One that is ``begun`` when its worker and its tool are gone may have happened or not; one that
    is ``lost`` was made, and the state that was to know of it was never stored."""

    BEGUN = "begun"
    DONE = "done"
    FAILED = "failed"
    LOST = "lost"


class Intent(models.Model):
    """One object and one action of one run."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=500)
    action = models.CharField(max_length=10)
    state = models.CharField(max_length=10, choices=IntentState, default=IntentState.BEGUN)
    #: What the provider calls it, once that is known.
    identifier = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "address", "action"], name="one_intent_per_action")]

    def __str__(self) -> str:
        return f"{self.action} {self.address}: {self.state}"

"""What happened. Rows are added and never changed; a trigger of the database sees to it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.models import User


class EventQuerySet(models.QuerySet["Event"]):
    """Questions about many events."""

    def visible_to(self, user: User) -> "EventQuerySet":
        """Platform admins see everything, others what they or their teams did or own."""
        if user.is_platform_admin:
            return self
        mine = list(user.owner_refs())
        return self.filter(Q(actor=user.entity_ref) | Q(owner_ref__in=mine) | Q(subject_id__in=mine))


class Event(models.Model):
    """Somebody did something to something. Subjects are text, so that an event outlives its subject."""

    at = models.DateTimeField(default=timezone.now)
    #: The reference of the person; ``cairn`` for the portal itself.
    actor = models.CharField(max_length=255)
    verb = models.CharField(max_length=100)
    subject_kind = models.CharField(max_length=50)
    subject_id = models.CharField(max_length=255)
    subject_label = models.CharField(max_length=255, blank=True)
    owner_ref = models.CharField(max_length=255, blank=True)
    data = models.JSONField(default=dict)
    request_id = models.CharField(max_length=64, blank=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="events_of_a_subject"),
            models.Index(fields=["actor", "-id"], name="events_of_an_actor"),
            models.Index(fields=["verb", "-id"], name="events_of_a_verb"),
            models.Index(fields=["owner_ref", "-id"], name="events_of_an_owner"),
        ]

    def __str__(self) -> str:
        return f"{self.actor} {self.verb} {self.subject_label or self.subject_id}"

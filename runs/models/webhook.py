"""Whom the portal tells what happens, and each time that it did."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.crypto import decrypt


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    """Questions about endpoints."""

    def listening_to(self, topic: str, owner_ref: str) -> "WebhookEndpointQuerySet":
        """Those that want to hear of ``topic``, such as ``run.failed``, of what ``owner_ref`` owns."""
        wanted = Q(topics=[]) | Q(topics__contains=[topic])
        return self.filter(wanted, is_active=True, owner_ref__in=["", owner_ref])


class WebhookEndpoint(models.Model):
    """An address that hears what happens: without topics of everything, without an owner of everybody."""

    url = models.CharField(max_length=2000)
    description = models.CharField(max_length=200, blank=True)
    topics = ArrayField(models.CharField(max_length=60), default=list)
    owner_ref = models.CharField(max_length=255, blank=True)
    is_active = models.BooleanField(default=True)
    #: Why it is told nothing any more, when nobody has switched it off.
    stopped_because = models.TextField(blank=True)
    #: Since when nothing has arrived; None while things do.
    failing_since = models.DateTimeField(null=True, blank=True)
    ciphertext = models.BinaryField()
    created_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    objects = WebhookEndpointQuerySet.as_manager()

    def __str__(self) -> str:
        return self.url

    def get_absolute_url(self) -> str:
        """The page of this endpoint."""
        return reverse("webhook_endpoint", args=[self.pk])

    @property
    def secret(self) -> str:
        """What its messages are signed with: ``whsec_`` and base64."""
        return decrypt(bytes(self.ciphertext)).decode()


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    """Questions about deliveries."""

    def due(self) -> "WebhookDeliveryQuerySet":
        """Those that are to be tried now."""
        return self.filter(state="pending", due_at__lte=timezone.now())


class WebhookDelivery(models.Model):
    """One message to one endpoint. ``body`` is sent as it stands, however often."""

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.CASCADE, related_name="deliveries")
    message_id = models.UUIDField(default=uuid.uuid4, unique=True)
    topic = models.CharField(max_length=60)
    body = models.TextField()
    state = models.CharField(
        max_length=10,
        default="pending",
        choices=[("pending", "To be sent"), ("delivered", "Delivered"), ("failed", "Given up")],
    )
    attempts = models.PositiveIntegerField(default=0)
    #: When it is tried, or tried again.
    due_at = models.DateTimeField(default=timezone.now)
    #: What the last attempt got: an HTTP status, or why there was none.
    status = models.PositiveIntegerField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="pending"), name="webhooks_to_send"),
            models.Index(fields=["endpoint", "-id"], name="webhooks_of_an_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.topic} to {self.endpoint_id}"

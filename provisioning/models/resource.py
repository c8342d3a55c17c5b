"""Something that was provisioned, and its secrets."""

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from common.crypto import decrypt, encrypt
from provisioning.blueprints import blueprint_at
from provisioning.blueprints.definition import Blueprint
from provisioning.models.cloud_account import CloudAccount
from provisioning.models.cluster import Cluster


class ResourceState(models.TextChoices):
    """How a resource stands."""

    PENDING = "pending", "Not there yet"
    READY = "ready", "Ready"
    DEGRADED = "degraded", "Needs attention"
    DELETED = "deleted", "Deleted"


class ResourceQuerySet(models.QuerySet["Resource"]):
    """Questions about resources."""

    def visible_to(self, user: User) -> "ResourceQuerySet":
        """What the person's teams own; everything for approvers and platform admins."""
        if user.role in {"approver", "platform-admin"}:
            return self
        return self.filter(owner_ref__in=user.owner_refs())

    def existing(self) -> "ResourceQuerySet":
        """Those that are there, as far as is known."""
        return self.filter(state__in=[ResourceState.READY, ResourceState.DEGRADED])

    def ending(self, before: datetime) -> "ResourceQuerySet":
        """Those there that the portal deletes by itself ``before`` then, the first first."""
        return self.existing().filter(expires_at__lte=before).order_by("expires_at", "pk")

    def noteworthy(self) -> "ResourceQuerySet":
        """Those there that end or are in quarantine, what comes first first."""
        ends = Q(expires_at__lte=timezone.now() + timedelta(days=3)) | ~Q(quarantined_until=None)
        return self.existing().filter(ends).order_by(Coalesce("quarantined_until", "expires_at"), "pk")


class Resource(models.Model):
    """A database, a namespace, …: what its blueprint made of its inputs."""

    blueprint = models.CharField(max_length=100)
    blueprint_version = models.CharField(max_length=20)
    name = models.CharField(max_length=100)
    environment = models.CharField(max_length=100)
    owner_ref = models.CharField(max_length=255)
    #: The values that it was last made with.
    inputs = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=ResourceState, default=ResourceState.PENDING)
    outputs = models.JSONField(default=dict)
    entity_ref = models.CharField(max_length=400, blank=True)
    #: Where it was made, which never changes; without either, where the portal's own configuration leads.
    cluster = models.ForeignKey(Cluster, null=True, blank=True, on_delete=models.PROTECT, related_name="resources")
    cloud_account = models.ForeignKey(
        CloudAccount, null=True, blank=True, on_delete=models.PROTECT, related_name="resources"
    )
    #: Its deletion is refused until a request of its own has taken this away.
    protected = models.BooleanField(default=False)
    #: When the portal deletes it by itself.
    expires_at = models.DateTimeField(null=True, blank=True)
    #: The latest warning about ``expires_at``: so many hours before it.
    warned_hours = models.PositiveSmallIntegerField(null=True, blank=True)
    #: What it is for, if it only lives as long as that: ``component:default/orders@feature/x``, a component's branch.
    made_for = models.CharField(max_length=700, blank=True)
    #: It is out of service, and deleted then unless somebody brings it back.
    quarantined_until = models.DateTimeField(null=True, blank=True)
    #: When the portal last asked for its end by itself. Whoever moves it on has claimed that attempt.
    end_tried_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["blueprint", "environment", "name"], condition=~Q(state="deleted"), name="one_resource_per_name"
            ),
            models.UniqueConstraint(
                fields=["blueprint", "made_for"],
                condition=~Q(state="deleted") & ~Q(made_for=""),
                name="one_resource_per_branch",
            ),
        ]
        indexes = [
            models.Index(fields=["owner_ref", "-id"], name="resources_of_an_owner"),
            models.Index(fields=["expires_at"], condition=~Q(expires_at=None), name="resources_that_end"),
        ]

    def __str__(self) -> str:
        return f"{self.name} in {self.environment}"

    def get_absolute_url(self) -> str:
        """The page of this resource."""
        return reverse("resource", args=[self.pk])

    @property
    def is_there(self) -> bool:
        """Whether it can be changed or deleted."""
        return self.state in {ResourceState.READY, ResourceState.DEGRADED}

    @property
    def definition(self) -> Blueprint:
        """Its blueprint, at its version."""
        return blueprint_at(self.blueprint, self.blueprint_version)


class Secret(models.Model):
    """A value that only the owner may see, once. ``version`` counts its rotations; ``next_ciphertext`` is the value of
    a rotation that is under way. Version 0 is the one of an imported resource, which the portal does not know."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="secrets")
    name = models.CharField(max_length=100)
    title = models.CharField(max_length=200)
    ciphertext = models.BinaryField()
    version = models.PositiveIntegerField(default=1)
    next_ciphertext = models.BinaryField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    revealed_at = models.DateTimeField(null=True, blank=True)
    revealed_to = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["resource", "name"], name="one_secret_per_name")]

    def __str__(self) -> str:
        return f"{self.name} of resource {self.resource_id}"

    @staticmethod
    def seal(value: str) -> bytes:
        """What is stored for ``value``."""
        return encrypt(value.encode())

    @property
    def value(self) -> str:
        """The value in the clear: for the backend and for the one reveal."""
        return decrypt(bytes(self.ciphertext)).decode()

    @property
    def next_value(self) -> str:
        """The value that a rotation sets; the present one where none is under way."""
        return decrypt(bytes(self.next_ciphertext)).decode() if self.next_ciphertext else self.value

"""Something that was provisioned, and its secrets."""

from django.db import models
from django.db.models import Q
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
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["blueprint", "environment", "name"], condition=~Q(state="deleted"), name="one_resource_per_name"
            )
        ]
        indexes = [models.Index(fields=["owner_ref", "-id"], name="resources_of_an_owner")]

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
    """A value that only the owner may see, once. ``ciphertext`` is emptied when the value has been revealed and the
    resource needs it no more."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="secrets")
    name = models.CharField(max_length=100)
    title = models.CharField(max_length=200)
    ciphertext = models.BinaryField()
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

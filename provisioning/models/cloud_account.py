"""A cloud account that Terraform works on."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from integrations.aws.emulator import LABEL, REGION, is_emulated

CONFIGURED = "default"


class CredentialSource(models.TextChoices):
    """Where the credentials of an account come from. The portal stores none."""

    ENVIRONMENT = "environment", "Variables of the worker"
    FILE = "file", "A shared credentials file"
    COMMAND = "command", "A command that prints short-lived credentials"


class CloudAccountQuerySet(models.QuerySet["CloudAccount"]):
    """Questions about cloud accounts."""

    def configured(self) -> "CloudAccount":
        """The one that the worker's own AWS_* variables lead to; its row is made when it is first asked for."""
        found, _ = self.get_or_create(configured=True, defaults={"name": CONFIGURED, "region": ""})
        return found

    def usable(self) -> list["CloudAccount"]:
        """All of them, the configured one first."""
        self.configured()
        return list(self.order_by("-configured", "name"))

    def serving(self, environment: str) -> list["CloudAccount"]:
        """Those that name ``environment``; where none does, those that name none."""
        rows = self.usable()
        named = [row for row in rows if environment in row.environments]
        return named or [row for row in rows if not row.environments]


class CloudAccount(models.Model):
    """An account of AWS, and where its credentials come from.

    ``credentials`` and ``plan_credentials`` are ``{"kind": …}`` with what the kind needs: ``prefix``; ``path`` and
    ``profile``; or ``command``, a list of words. Without the latter plans are made with the former. ``environments``
    empty means: whatever no other account names.
    """

    name = models.CharField(max_length=63, unique=True)
    configured = models.BooleanField(default=False)
    provider = models.CharField(max_length=20, default="aws")
    region = models.CharField(max_length=40, blank=True)
    environments = models.JSONField(default=list)
    credentials = models.JSONField(default=dict)
    plan_credentials = models.JSONField(default=dict, blank=True)
    #: A role to assume with those credentials, for both phases unless the plan has its own.
    role_arn = models.CharField(max_length=300, blank=True)
    #: Of an emulator or a proxy in the place of AWS; what is made there is labelled as emulated.
    endpoint = models.CharField(max_length=500, blank=True)
    plan_role_arn = models.CharField(max_length=300, blank=True)
    tested = models.JSONField(null=True, blank=True)
    tested_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = CloudAccountQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["configured"], condition=Q(configured=True), name="one_configured_cloud_account"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of this account."""
        return reverse("cloud_account", args=[self.pk])

    @property
    def emulated(self) -> bool:
        """Whether it is no real account."""
        return bool(self.endpoint) or (self.configured and is_emulated(settings.AWS_ENVIRONMENT))

    @property
    def label(self) -> str:
        """What it is."""
        if self.endpoint:
            return "emulator"
        return LABEL if self.emulated else "AWS account"

    @property
    def where(self) -> str:
        """The region."""
        return self.region or settings.AWS_ENVIRONMENT.get("AWS_REGION", REGION)

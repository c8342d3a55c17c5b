"""Deliveries as they came, and the deployments that they tell of."""

from datetime import datetime

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from catalog.visibility import names_nothing_hidden, rules_against
from metrics.formulas import DeploymentFact, Status, is_production


class DeliveryState(models.TextChoices):
    """What became of a delivery."""

    NEW = "new", "Not read yet"
    DONE = "done", "Counted"
    IGNORED = "ignored", "Not counted"
    FAILED = "failed", "Could not be read"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Questions about deliveries."""

    def visible_to(self, user: User) -> "DeliveryQuerySet":
        """Those whose outcome tells a person of no entity that they may not see: its last word names it."""
        if not rules_against(user):
            return self
        text = models.TextField()
        last_word = Func(F("outcome"), Value(r"[^ ]+$"), function="substring", output_field=text)
        named = self.annotate(named=Coalesce(last_word, Value(""), output_field=text))
        return named.filter(names_nothing_hidden("named", user))


class Delivery(models.Model):
    """One webhook delivery with its raw body, so that it can be read again by a newer mapper."""

    source = models.CharField(max_length=30)
    #: The sender's id of the delivery; a redelivery has the same.
    key = models.CharField(max_length=200)
    event = models.CharField(max_length=100)
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    received_at = models.DateTimeField(default=timezone.now)
    state = models.CharField(max_length=10, choices=DeliveryState, default=DeliveryState.NEW)
    outcome = models.TextField(blank=True)
    processed_at = models.DateTimeField(null=True, blank=True)
    mapper_version = models.IntegerField(default=0)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "key", "event"], name="one_row_per_delivery")]
        indexes = [models.Index(fields=["state"], condition=Q(state="new"), name="deliveries_to_read")]

    def __str__(self) -> str:
        return f"{self.source} {self.event} {self.key}"

    def get_absolute_url(self) -> str:
        """The page of this delivery."""
        return reverse("delivery", args=[self.pk])


class DeploymentQuerySet(models.QuerySet["Deployment"]):
    """Questions about deployments."""

    def unmapped(self) -> "DeploymentQuerySet":
        """Those whose repository belongs to no service of the catalog, or to several."""
        return self.filter(service_ref="")

    def of(self, service_refs: list[str] | None) -> "DeploymentQuerySet":
        """Those of services; None means of every mapped one."""
        return self.exclude(service_ref="") if service_refs is None else self.filter(service_ref__in=service_refs)


class Deployment(models.Model):
    """A deployment, from whatever was said of it in whatever order.

    Only moments are stored, each moving one way (the earliest success, the latest failure), so that
    any order, doubling or replay of deliveries gives the same row.
    """

    source = models.CharField(max_length=30)
    external_id = models.CharField(max_length=200)
    repository = models.CharField(max_length=300)
    service_ref = models.CharField(max_length=255, blank=True, default="")
    environment = models.CharField(max_length=200)
    sha = models.CharField(max_length=64)
    url = models.TextField(blank=True)
    created_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    succeeded_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)

    objects = DeploymentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "repository", "external_id"], name="one_row_per_deployment")
        ]
        indexes = [models.Index(fields=["service_ref", "succeeded_at"], name="deployments_of_a_service")]

    def __str__(self) -> str:
        return f"{self.repository} {self.sha[:7]} to {self.environment}"

    @property
    def failed_after_success(self) -> bool:
        """Whether it failed once traffic had reached it."""
        return bool(self.succeeded_at and self.failed_at and self.failed_at > self.succeeded_at)

    @property
    def status(self) -> Status:
        """How it stands now."""
        if self.failed_after_success or (self.failed_at and not self.succeeded_at):
            return "failure"
        return "success" if self.succeeded_at else "in_progress"

    @property
    def finished_at(self) -> datetime | None:
        """When it reached its environment, or failed to."""
        return self.succeeded_at or self.failed_at

    def as_fact(self) -> DeploymentFact:
        """What formulas see."""
        return DeploymentFact(
            external_id=self.external_id,
            service=self.service_ref,
            environment=self.environment,
            sha=self.sha,
            status=self.status,
            finished_at=self.finished_at,
            reached_production=self.succeeded_at is not None and is_production(self.environment),
        )

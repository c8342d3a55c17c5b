"""A cluster that namespaces are made in."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from common.crypto import decrypt, encrypt
from provisioning.clusters.profile import ClusterProfile

CONFIGURED = "default"


class ClusterQuerySet(models.QuerySet["Cluster"]):
    """Questions about clusters."""

    def configured(self) -> "Cluster | None":
        """The one that CAIRN_KUBECONFIG leads to; None where it is not set. Its row is made when it is first asked
        for."""
        if not settings.KUBECONFIG:
            return None
        # Whoever may apply to the cluster that `make up` started is its administrator: any team can be named there.
        own = Path(settings.KUBECONFIG) == Path(settings.DATA_DIR) / "kubeconfig"
        defaults = {"name": CONFIGURED, "watched": True, "intake": {"default": "*"} if own else {}}
        found, _ = self.get_or_create(configured=True, defaults=defaults)
        return found

    def usable(self) -> list["Cluster"]:
        """All of them, the configured one first."""
        self.configured()
        rows = self.order_by("-configured", "name")
        return list(rows if settings.KUBECONFIG else rows.exclude(configured=True))

    def serving(self, environment: str) -> list["Cluster"]:
        """Those that name ``environment``; where none does, those that name none."""
        rows = self.usable()
        named = [row for row in rows if environment in row.environments]
        return named or [row for row in rows if not row.environments]


class Cluster(models.Model):
    """An API server, an account there, and whom the cluster serves.

    The ``configured`` one is where CAIRN_KUBECONFIG leads and has no credentials here. ``environments`` empty means:
    whatever no other cluster names. ``intake`` says which namespaces may hold NamespaceRequests that speak for a team:
    its reference, or ``*`` for any.
    """

    name = models.CharField(max_length=63, unique=True)
    configured = models.BooleanField(default=False)
    server = models.CharField(max_length=500, blank=True)
    #: PEM; empty trusts the authorities of the machine.
    authority = models.TextField(blank=True)
    token = models.BinaryField(default=b"")
    environments = models.JSONField(default=list)
    profile = models.JSONField(default=dict)
    watched = models.BooleanField(default=False)
    intake = models.JSONField(default=dict)
    #: What the last test of the connection found: a Probe, or ``{"error": {...}}``.
    probe = models.JSONField(null=True, blank=True)
    probed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    objects = ClusterQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["configured"], condition=Q(configured=True), name="one_configured_cluster")
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The page of this cluster."""
        return reverse("cluster", args=[self.pk])

    @property
    def rules(self) -> ClusterProfile:
        """What is particular to it."""
        return ClusterProfile.from_json(self.profile)

    def keep_token(self, token: str) -> None:
        """Encrypt ``token`` and keep it."""
        self.token = encrypt(token.encode())

    @property
    def bearer(self) -> str:
        """The token in the clear: for the connection alone."""
        return decrypt(bytes(self.token)).decode() if self.token else ""

    @property
    def label(self) -> str:
        """What it is, as far as a test of the connection has told."""
        found: dict[str, Any] = self.probe or {}
        if not found.get("version"):
            return "not tested yet" if not found else "does not answer"
        return "emulated API" if found.get("emulated") else f"Kubernetes {str(found['version']).removeprefix('v')}"

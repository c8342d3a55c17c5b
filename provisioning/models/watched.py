"""NamespaceRequests in clusters, and who watches which cluster."""

from django.db import models
from django.utils import timezone

from provisioning.models.cluster import Cluster
from provisioning.models.request import Request
from provisioning.models.resource import Resource


class WatchedRequest(models.Model):
    """One NamespaceRequest in a cluster: what was made of which generation of it.

    ``uid`` is the object's own, so another one of the same name is another row. ``problem`` is why ``generation``
    became no request: ``{"reason", "message"}``.
    """

    cluster = models.ForeignKey(Cluster, on_delete=models.CASCADE, related_name="watched_requests")
    uid = models.CharField(max_length=63)
    namespace = models.CharField(max_length=63)
    name = models.CharField(max_length=253)
    #: The last that was acted on; 0 for none yet.
    generation = models.BigIntegerField(default=0)
    resource = models.ForeignKey(Resource, null=True, blank=True, on_delete=models.SET_NULL, related_name="watched_by")
    request = models.ForeignKey(Request, null=True, blank=True, on_delete=models.SET_NULL, related_name="watched_by")
    problem = models.JSONField(null=True, blank=True)
    #: Where the request stood when its status was last written.
    told = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["cluster", "uid"], name="one_row_per_watched_request")]

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name} in {self.cluster}"


class ClusterWatch(models.Model):
    """The lease of the one process that watches a cluster, and how far it has come."""

    cluster = models.OneToOneField(Cluster, on_delete=models.CASCADE, related_name="watch")
    holder = models.CharField(max_length=100, blank=True)
    expires_at = models.DateTimeField(default=timezone.now)
    #: From which version of the cluster to go on; empty lists everything anew.
    version = models.CharField(max_length=64, blank=True)
    listed_at = models.DateTimeField(null=True, blank=True)
    #: Why it is not being watched, in words; empty while it is.
    problem = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"watch of {self.cluster}"

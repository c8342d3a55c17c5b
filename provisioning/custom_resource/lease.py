"""Who watches a cluster: one process at a time, as long as it says so."""

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from provisioning.models import Cluster, ClusterWatch

LEASE = timedelta(seconds=30)


def take(cluster: Cluster, holder: str) -> ClusterWatch | None:
    """The watch of ``cluster`` for ``holder`` for another while; None while somebody else has it."""
    ClusterWatch.objects.get_or_create(cluster=cluster)
    now = timezone.now()
    free = ClusterWatch.objects.filter(Q(holder=holder) | Q(holder="") | Q(expires_at__lt=now), cluster=cluster)
    taken = free.update(holder=holder, expires_at=now + LEASE)
    return ClusterWatch.objects.get(cluster=cluster) if taken else None


def give_back(cluster: Cluster, holder: str) -> None:
    """Let another process have it at once."""
    ClusterWatch.objects.filter(cluster=cluster, holder=holder).update(holder="")


def keep(cluster: Cluster, holder: str, **fields: object) -> bool:
    """Write how far the watch has come; False, and nothing written, once another process has it."""
    return bool(ClusterWatch.objects.filter(cluster=cluster, holder=holder).update(**fields))

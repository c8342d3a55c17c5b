"""One namespace as it is now: a list a kind, remembered for a few seconds, failures as well."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

from django.utils import timezone

from common.errors import CairnError
from provisioning.clusters.connection import QUICK, client_of
from provisioning.models import Cluster

Objects = tuple[Mapping[str, Any], ...]
#: Kind and API version of each list.
KINDS = {"Deployment": "apps/v1", "StatefulSet": "apps/v1", "DaemonSet": "apps/v1", "Pod": "v1", "Event": "v1"}
FRESH_SECONDS = 5.0
MOST_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The objects of a namespace by kind, as of a moment; ``error`` says why there are none."""

    cluster: str
    namespace: str
    at: datetime
    objects: Mapping[str, Objects]
    error: CairnError | None = None


_remembered: dict[tuple[int, str], tuple[float, Snapshot]] = {}
_locks: dict[tuple[int, str], Lock] = {}
_guard = Lock()


def snapshot_of(cluster: Cluster, namespace: str) -> Snapshot:
    """The namespace as it was at most a few seconds ago. However many ask at once, the cluster is asked once."""
    key = (cluster.pk, namespace)
    with _guard:
        lock = _locks.setdefault(key, Lock())
    with lock:
        known = _remembered.get(key)
        if known and time.monotonic() - known[0] < FRESH_SECONDS:
            return known[1]
        fresh = _read(cluster, namespace)
        with _guard:
            _remembered[key] = (time.monotonic(), fresh)
            _forget_old()
        return fresh


def forget() -> None:
    """Remember nothing: what is asked next is asked of the cluster."""
    with _guard:
        _remembered.clear()


def _forget_old() -> None:
    while len(_remembered) > MOST_REMEMBERED:
        oldest = min(_remembered, key=lambda key: _remembered[key][0])
        del _remembered[oldest]
        _locks.pop(oldest, None)


def _read(cluster: Cluster, namespace: str) -> Snapshot:
    try:
        client = client_of(cluster, timeouts=QUICK)
        found = {kind: tuple(client.list(version, kind, namespace=namespace)) for kind, version in KINDS.items()}
    except CairnError as error:
        return Snapshot(cluster.name, namespace, timezone.now(), {}, error)
    return Snapshot(cluster.name, namespace, timezone.now(), found)

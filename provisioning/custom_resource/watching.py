"""Following the NamespaceRequests of one cluster, through its outages and our own restarts.

The list and the periodic full pass are what counts; the watch only makes it quick. An object that cannot be dealt with
never keeps the others waiting.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.db import close_old_connections, connection
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from common.errors import CairnError, ProviderError
from integrations.kubernetes.errors import KubernetesRefused
from integrations.kubernetes.objects import Manifest
from provisioning.clusters.connection import client_of
from provisioning.custom_resource import lease
from provisioning.custom_resource.controller import look_at, reconcile
from provisioning.models import Cluster, ClusterWatch, WatchedRequest
from provisioning.namespace_request import API_VERSION, KIND

if TYPE_CHECKING:
    from integrations.kubernetes.client import Client

log = logging.getLogger(__name__)

FULL_PASS = timedelta(minutes=5)
WATCH_SECONDS = 60
TICK_SECONDS = 0.5
LONGEST_PAUSE = 30.0
Event = tuple[str, Manifest] | Exception | None


class Follower:
    """Follows one cluster under ``holder``'s name until ``stop`` is set or the cluster is to be followed no more."""

    def __init__(self, cluster_id: int, holder: str, stop: threading.Event) -> None:
        self._cluster_id, self._holder, self._stop = cluster_id, holder, stop

    def run(self) -> None:
        """Go on for as long as it takes; failures cost a pause that grows."""
        pause = 1.0
        try:
            while not self._stop.is_set() and (cluster := self._cluster()):
                begun = time.monotonic()
                self._once(cluster)
                pause = 1.0 if time.monotonic() - begun > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
                self._stop.wait(pause)
            if cluster := Cluster.objects.filter(pk=self._cluster_id).first():
                lease.give_back(cluster, self._holder)
        finally:
            connection.close()

    def _cluster(self) -> Cluster | None:
        close_old_connections()
        return Cluster.objects.filter(pk=self._cluster_id, watched=True).first()

    def _once(self, cluster: Cluster) -> None:
        """Follow until something goes wrong, and keep what it was where people see it."""
        try:
            if watch := lease.take(cluster, self._holder):
                self._follow(cluster, client_of(cluster), watch)
        except CairnError as error:
            self._fell(cluster, error.message)
        except Exception as error:
            log.exception("watching %s failed", cluster)
            self._fell(cluster, f"{type(error).__name__}")

    def _fell(self, cluster: Cluster, why: str) -> None:
        try:
            lease.keep(cluster, self._holder, problem=why)
        except Exception:
            log.exception("the database does not take why %s is not being watched", cluster)

    def _follow(self, cluster: Cluster, client: "Client", watch: ClusterWatch) -> None:
        version = watch.version
        if not version or _due(watch):
            version = self._full_pass(cluster, client)
        lease.keep(cluster, self._holder, problem="")
        events = _Stream(client, version)
        while not self._stop.is_set() and self._cluster():
            taken = lease.take(cluster, self._holder)
            if taken is None:
                return
            if _due(taken):
                version = self._full_pass(cluster, client)
                events = _Stream(client, version)
            try:
                for kind, found in events.waiting(TICK_SECONDS):
                    if kind in ("ADDED", "MODIFIED"):
                        _deal_with(cluster, client, found)
                    lease.keep(cluster, self._holder, version=found["metadata"]["resourceVersion"])
            except KubernetesRefused as refused:
                if refused.code != HTTPStatus.GONE:
                    raise
                events = _Stream(client, self._full_pass(cluster, client))
            for row in changed_rows(cluster):
                _look_at(cluster, client, row)

    def _full_pass(self, cluster: Cluster, client: "Client") -> str:
        """Deal with every object there is, and answer from which version to go on."""
        listing = client.listing(API_VERSION, KIND)
        for found in listing.items:
            _deal_with(cluster, client, found)
        lease.keep(cluster, self._holder, version=listing.version, listed_at=timezone.now())
        return listing.version


class _Stream:
    """What a watch says, read by a thread of its own, which ends with the connection."""

    def __init__(self, client: "Client", version: str) -> None:
        self._client, self._version = client, version
        self._events: queue.Queue[Event] = queue.Queue()
        self._begin()

    def waiting(self, seconds: float) -> Iterator[tuple[str, Manifest]]:
        """What has come by now, after waiting for the first for ``seconds``. Raises what the watch raised."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                event = self._events.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                return
            if isinstance(event, Exception):
                raise event
            if event is None:
                self._begin()
                continue
            self._version = event[1]["metadata"]["resourceVersion"]
            deadline = 0.0
            yield event

    def _begin(self) -> None:
        threading.Thread(target=self._read, args=(self._version,), daemon=True).start()

    def _read(self, version: str) -> None:
        try:
            for event in self._client.watch(API_VERSION, KIND, version, seconds=WATCH_SECONDS):
                self._events.put(event)
            self._events.put(None)
        except Exception as error:
            self._events.put(error)


def changed_rows(cluster: Cluster) -> list[WatchedRequest]:
    """Rows whose request has moved since the status in the cluster was written."""
    text = {name: Coalesce(Cast(name, CharField()), Value(empty)) for name, empty in _TOLD.items()}
    parts = [part for name in _TOLD for part in (text[name], Value(":"))][:-1]
    rows = WatchedRequest.objects.filter(cluster=cluster, request__isnull=False)
    rows = rows.annotate(now=Concat(*parts, output_field=CharField())).exclude(told=F("now"))
    return list(rows.select_related("request__run", "request__resource", "resource")[:100])


#: The parts of :func:`controller.told_by`, and what stands for none.
_TOLD = {"generation": "0", "request_id": "0", "request__state": "", "resource__state": ""}


def _due(watch: ClusterWatch) -> bool:
    return watch.listed_at is None or watch.listed_at < timezone.now() - FULL_PASS


def _deal_with(cluster: Cluster, client: "Client", found: Manifest) -> None:
    _try(cluster, found["metadata"]["name"], lambda: reconcile(cluster, client, found))


def _look_at(cluster: Cluster, client: "Client", row: WatchedRequest) -> None:
    _try(cluster, row.name, lambda: look_at(cluster, client, row))


def _try(cluster: Cluster, name: str, act: Callable[[], None]) -> None:
    """Act on one object. What may pass ends the watch, which begins anew; what may not concerns this object alone."""
    words = "the NamespaceRequest %s in %s could not be dealt with"
    try:
        act()
    except CairnError as error:
        if isinstance(error, ProviderError) and not error.permanent:
            raise
        if not (isinstance(error, KubernetesRefused) and error.code == HTTPStatus.NOT_FOUND):  # gone meanwhile
            log.warning(f"{words}: %s", name, cluster, error.message)
    except Exception:
        log.exception(words, name, cluster)

"""``watch_clusters``: follow the NamespaceRequests of every cluster that is to be followed, until stopped."""

import signal
import socket
import threading
import uuid
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections

from provisioning.custom_resource.watching import Follower
from provisioning.models import Cluster

LOOK_SECONDS = 5.0


class Command(BaseCommand):
    """A thread a cluster; each holds a lease, so several of these processes share the clusters."""

    help = "Follow the NamespaceRequests of every cluster that is to be followed, until stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        """Until SIGTERM or SIGINT."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        follow_all(stop)


def follow_all(stop: threading.Event) -> None:
    """Keep a follower for each cluster that is to be followed; one that died begins anew."""
    holder = f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}"[:100]
    followers: dict[int, threading.Thread] = {}
    while not stop.is_set():
        close_old_connections()
        for cluster in Cluster.objects.usable():
            known = followers.get(cluster.pk)
            if cluster.watched and (known is None or not known.is_alive()):
                run = Follower(cluster.pk, holder, stop).run
                followers[cluster.pk] = threading.Thread(target=run, name=f"watch-{cluster.name}", daemon=True)
                followers[cluster.pk].start()
        stop.wait(LOOK_SECONDS)
    for follower in followers.values():
        follower.join(timeout=5)

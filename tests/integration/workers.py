"""Real workers for the tests, in processes of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from celery import current_app
from django.conf import settings
from django.db import connection

from runs.sweep import sweep

LEASE = 2
Worker = subprocess.Popen[bytes]
Start = Callable[..., Worker]


def environment() -> dict[str, str]:
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    return {
        **os.environ,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "tests.integration.rehearsal.settings",
        "CAIRN_DATA": str(settings.DATA_DIR),
        "CAIRN_RUN_LEASE_SECONDS": str(LEASE),
        "CAIRN_RUN_SWEEP_SECONDS": "1",
    }


def start_worker(**more: str) -> Worker:
    """A worker on the database of the tests; ``more`` are variables of its environment."""
    command = [sys.executable, "-m", "celery", "-A", "portal", "worker", "-Q", "control,runs", "--pool", "solo"]
    flags = ["--loglevel", "warning", "--without-gossip", "--without-mingle"]
    return subprocess.Popen([*command, *flags], env={**environment(), **more}, cwd=settings.BASE_DIR)


def kill(worker: Worker) -> None:
    worker.kill()
    worker.wait()


def empty_queues() -> None:
    """Forget the messages of other tests."""
    with current_app.connection_for_write() as broker:
        for queue in ("runs", "control"):
            broker.default_channel._purge(queue)


def until(met: Callable[[], object], *, sweeping: bool = True, seconds: float = 40) -> None:
    """Wait for something to become true, while sweeps happen as they do in the portal."""
    deadline = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < deadline, "it did not happen"
        if sweeping:
            sweep()
        time.sleep(0.1)

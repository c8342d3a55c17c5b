"""The portal's own processes on one machine: how each is started."""

import sys
from collections.abc import Mapping
from pathlib import Path

from portal.supervisor import Supervisor

#: What a worker is applying when it is told to stop is given time to end.
RUNS_PATIENCE = 60.0


def start_web(supervisor: Supervisor, environment: Mapping[str, str], *, host: str, port: int, workers: int) -> None:
    """Web server processes on one port."""
    options = {
        "interface": "wsgi",
        "host": host,
        "port": str(port),
        "workers": str(workers),
        "blocking-threads": "8",
        "backlog": "512",
        "log-level": "error",
    }
    command = [sys.executable, "-m", "granian", *(f"--{name}={value}" for name, value in options.items())]
    supervisor.add("web", [*command, "--respawn-failed-workers", "portal.wsgi:application"], environment)


def start_workers(supervisor: Supervisor, environment: Mapping[str, str], *, slots: int) -> None:
    """One worker for what is quick, and one with ``slots`` places for what is slow, so that they never wait in line."""
    _worker(supervisor, environment, "control", 2, patience=15)
    _worker(supervisor, environment, "runs", slots, patience=RUNS_PATIENCE)


def start_beat(supervisor: Supervisor, environment: Mapping[str, str], data: Path) -> None:
    """The scheduler of periodic work."""
    options = ["beat", "--loglevel=WARNING", f"--schedule={data / 'celerybeat-schedule'}", "--pidfile="]
    supervisor.add("beat", [*_celery(), *options], environment)


def start_watch(supervisor: Supervisor, environment: Mapping[str, str]) -> None:
    """What follows the NamespaceRequests in clusters."""
    supervisor.add("watch", [sys.executable, "manage.py", "watch_clusters"], environment)


def _worker(
    supervisor: Supervisor, environment: Mapping[str, str], queue: str, places: int, *, patience: float
) -> None:
    options = [f"--queues={queue}", f"--concurrency={places}", f"--hostname={queue}@%h", "--loglevel=WARNING"]
    command = [*_celery(), "worker", *options, "--without-gossip", "--without-mingle"]
    supervisor.add(queue, command, environment, patience=patience)


def _celery() -> list[str]:
    # Celery warns of root with every start; whoever runs `make up` as root knows.
    quiet = ["-W", "ignore:You're running the worker with superuser"]
    return [sys.executable, *quiet, "-m", "celery", "--quiet", "--app=portal"]

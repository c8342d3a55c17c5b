"""Start everything on this machine under one supervisor."""

import contextlib
import fcntl
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from integrations.aws import emulator
from portal import embedded, env
from portal.cluster import free_port, start_cluster, write_private
from portal.supervisor import Supervisor, end_leftovers

READY_SECONDS = 120


class Command(BaseCommand):
    """``up``: PostgreSQL, Redis, emulators, web, workers, scheduler; until Ctrl-C."""

    help = "Start the portal with all it needs on this machine."
    requires_system_checks: list[str] = []  # the database is not there yet

    def handle(self, *args: Any, **options: Any) -> None:
        """Start, say where, and stay."""
        data = Path(settings.DATA_DIR)
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _only_one(data):
            _require_port(_port())
            end_leftovers(_remembered(data))
            supervisor = Supervisor(self._say)
            try:
                self._start(supervisor, data)
                supervisor.run()
            finally:
                self._say("Stopping…")
                supervisor.stop()
                _remember(data, [])
                if not env.text("DATABASE_URL"):
                    embedded.stop_postgres(data)

    def _say(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.stdout.write(line)
            self.stdout.flush()

    def _start(self, supervisor: Supervisor, data: Path) -> None:
        environment = self._services(supervisor, data)
        self._manage(environment, "migrate", "--verbosity", "0")
        self._manage(environment, "prepare")
        self._processes(supervisor, environment)
        _remember(data, supervisor.pids())
        threading.Thread(target=self._announce, args=(supervisor, environment), daemon=True).start()

    def _services(self, supervisor: Supervisor, data: Path) -> dict[str, str]:
        """Start what was not given, and answer the environment that leads to it."""
        given = {**env.environment(), "CAIRN_DATA": str(data), "PYTHONUNBUFFERED": "1", "C_FORCE_ROOT": "1"}
        if "DATABASE_URL" not in given:
            self._say("Starting PostgreSQL…")
            given["DATABASE_URL"] = embedded.start_postgres(data)
        if "REDIS_URL" not in given:
            given["REDIS_URL"] = embedded.redis_url(data)
            supervisor.add("redis", embedded.redis_command(data), given)
            embedded.wait_for_redis(data)
        if not any(name in given for name in ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ROLE_ARN")):
            given |= self._emulate_aws(supervisor, data, given)
        if not settings.KUBECONFIG:
            given["CAIRN_KUBECONFIG"] = str(start_cluster(supervisor, data, given))
        return given

    def _emulate_aws(self, supervisor: Supervisor, data: Path, given: dict[str, str]) -> dict[str, str]:
        port = free_port()
        supervisor.add("aws", emulator.command(port), given)
        reach = emulator.environment(port)
        write_private(data / "aws.env", "".join(f"{name}={value}\n" for name, value in reach.items()))
        return reach

    def _manage(self, environment: dict[str, str], *command: str) -> None:

        done = subprocess.run(
            [sys.executable, "manage.py", *command], env=environment, cwd=settings.BASE_DIR, check=False
        )
        if done.returncode:
            raise CommandError(f"manage.py {command[0]} failed; its words are above.")

    def _processes(self, supervisor: Supervisor, environment: dict[str, str]) -> None:
        python = [sys.executable, "-m"]
        celery = [*python, "celery", "--quiet", "--app", "portal"]
        worker = [
            *celery,
            "worker",
            "--loglevel",
            "WARNING",
            "--without-gossip",
            "--without-mingle",
            "--pool",
            "prefork",
        ]
        web = [
            *python,
            "granian",
            "--interface",
            "wsgi",
            "--host",
            env.text("CAIRN_HOST", "127.0.0.1"),
            "--port",
            str(_port()),
            "--workers",
            str(env.number("CAIRN_WEB_WORKERS", 2, least=1)),
            "--blocking-threads",
            "8",
            "--backlog",
            "512",
            "--respawn-failed-workers",
            "--log-level",
            "error",
            "portal.wsgi:application",
        ]
        supervisor.add("web", web, environment)
        supervisor.add(
            "control", [*worker, "--queues", "control", "--concurrency", "2", "-n", "control@%h"], environment
        )
        runs = env.number("CAIRN_RUN_SLOTS", 2, least=1)
        # What a worker is applying when it is told to stop is given time to end.
        supervisor.add(
            "runs", [*worker, "--queues", "runs", "--concurrency", str(runs), "-n", "runs@%h"], environment, patience=60
        )
        schedule = str(Path(environment["CAIRN_DATA"]) / "celerybeat-schedule")
        supervisor.add(
            "beat", [*celery, "beat", "--loglevel", "WARNING", "--schedule", schedule, "--pidfile="], environment
        )

    def _announce(self, supervisor: Supervisor, environment: dict[str, str]) -> None:
        url, deadline = f"http://127.0.0.1:{_port()}/readyz", time.monotonic() + READY_SECONDS
        while not supervisor.stopping and time.monotonic() < deadline:
            with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    self._say(f"Cairn is ready at {settings.BASE_URL}")
                    self._manage(environment, "prepare", "--sign-in")
                    return
            time.sleep(0.2)


def _port() -> int:
    return env.number("CAIRN_PORT", 8000, least=1, most=65535)


def _require_port(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((env.text("CAIRN_HOST", "127.0.0.1"), port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). Choose another: CAIRN_PORT=8001 make up"
            ) from error


@contextlib.contextmanager
def _only_one(data: Path) -> Iterator[None]:
    """Hold the data folder; the system lets go of it when we end, however that happens."""
    file: IO[str]
    with (data / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise CommandError(
                f"Another portal runs on {data}. Stop it, or set CAIRN_DATA to another folder."
            ) from None
        yield


def _remember(data: Path, pids: list[int]) -> None:
    write_private(data / "up.pids", json.dumps(pids))


def _remembered(data: Path) -> list[int]:
    file = data / "up.pids"
    try:
        pids = json.loads(file.read_text()) if file.exists() else []
    except ValueError:
        return []
    return [pid for pid in pids if _is_ours(pid)]


def _is_ours(pid: int) -> bool:
    """A number that was given to another program meanwhile must not be killed."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False
    return sys.executable.encode() in command or b"redis" in command or b"kube" in command or b"etcd" in command

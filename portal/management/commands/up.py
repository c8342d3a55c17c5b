"""Start everything on this machine under one supervisor."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from integrations.aws import emulator
from portal import data_folder, embedded, env, programs
from portal.cluster import free_port, start_cluster
from portal.supervisor import Supervisor, end_leftovers

READY_SECONDS = 120
#: Any of these says that there is an AWS account to work on.
AWS_ACCOUNT = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ROLE_ARN")


class Command(BaseCommand):
    """``up``: PostgreSQL, Redis, emulators, web, workers, scheduler; until Ctrl-C."""

    help = "Start the portal with all it needs on this machine."
    requires_system_checks: list[str] = []  # the database is not there yet

    def handle(self, *args: Any, **options: Any) -> None:
        """Start, say where, and stay."""
        data = Path(settings.DATA_DIR)
        try:
            env.complain()
            with data_folder.held(data):
                end_leftovers(data_folder.left_running(data))  # first: they may hold the port
                _require_port()
                self._stay(Supervisor(self._say, partial(data_folder.remember, data)), data)
        except env.EnvironmentProblems as problems:
            raise CommandError(str(problems)) from None
        except data_folder.FolderInUse:
            message = f"Another portal runs on {data}. Stop it, or set CAIRN_DATA to another folder."
            raise CommandError(message) from None

    def _stay(self, supervisor: Supervisor, data: Path) -> None:
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            self._start(supervisor, data)
            supervisor.run()
        except KeyboardInterrupt:
            pass  # asked to stop before everything had started
        finally:
            self._say("Stopping…")
            supervisor.stop()
            data_folder.remember(data, [])

    def _say(self, line: str) -> None:
        with contextlib.suppress(BrokenPipeError):
            self.stdout.write(line)
            self.stdout.flush()

    def _start(self, supervisor: Supervisor, data: Path) -> None:
        environment = self._services(supervisor, data)
        self._manage(environment, "prepare")
        programs.start_web(
            supervisor, environment, host=settings.HOST, port=settings.PORT, workers=settings.WEB_WORKERS
        )
        programs.start_workers(supervisor, environment, slots=settings.RUN_SLOTS)
        programs.start_beat(supervisor, environment, data)
        programs.start_watch(supervisor, environment)
        threading.Thread(target=self._announce, args=(supervisor, environment), daemon=True).start()

    def _services(self, supervisor: Supervisor, data: Path) -> dict[str, str]:
        """Start what was not given, and answer the environment that leads to it."""
        given = {**env.environment(), "CAIRN_DATA": str(data), "PYTHONUNBUFFERED": "1", "C_FORCE_ROOT": "1"}
        if not env.text("DATABASE_URL"):
            given["DATABASE_URL"] = self._start_postgres(supervisor, data, given)
        if not env.text("REDIS_URL"):
            given["REDIS_URL"] = embedded.redis_url(data)
            supervisor.add("redis", embedded.redis_command(data), given)
            embedded.wait_for_redis(data)
        if not any(given.get(name) for name in AWS_ACCOUNT):
            given |= self._emulate_aws(supervisor, given)
        if not settings.KUBECONFIG:
            given["CAIRN_KUBECONFIG"] = str(start_cluster(supervisor, data, given))
        # What was given may be secret, and whoever gave it can give it again.
        found = {name: value for name, value in given.items() if name not in env.environment()}
        data_folder.tell(data, {**found, "CAIRN_PORT": str(settings.PORT), "CAIRN_BASE_URL": settings.BASE_URL})
        return given

    def _start_postgres(self, supervisor: Supervisor, data: Path, given: dict[str, str]) -> str:
        self._say("Starting PostgreSQL…")
        postgres = embedded.prepare_postgres(data)
        # SIGINT ends sessions at once; with SIGTERM PostgreSQL would wait for people to leave.
        supervisor.add("postgres", postgres.command, given, user=postgres.user, stop_signal=signal.SIGINT)
        return postgres.wait()

    def _emulate_aws(self, supervisor: Supervisor, given: dict[str, str]) -> dict[str, str]:
        port = free_port()
        supervisor.add("aws", emulator.command(port), given)
        return emulator.environment(port)

    def _manage(self, environment: dict[str, str], *command: str) -> None:
        done = subprocess.run(
            [sys.executable, "manage.py", *command], env=environment, cwd=settings.BASE_DIR, check=False
        )
        if done.returncode:
            raise CommandError(f"manage.py {command[0]} failed; its words are above.")

    def _announce(self, supervisor: Supervisor, environment: dict[str, str]) -> None:
        deadline, missing = time.monotonic() + READY_SECONDS, "the web server"
        while not supervisor.stopping and time.monotonic() < deadline:
            missing = _missing()
            if not missing:
                self._say(f"Cairn is ready at {settings.BASE_URL}")
                self._manage(environment, "prepare", "--sign-in")
                return
            time.sleep(0.2)
        if not supervisor.stopping:
            self._say(f"Cairn is not ready after {READY_SECONDS} s; {missing} does not answer. See manage.py doctor.")


def _missing() -> str:
    """Which parts of /readyz do not answer, in words; empty when all do."""
    host = "127.0.0.1" if settings.HOST in ("0.0.0.0", "") else settings.HOST  # noqa: S104  # compared, not bound
    try:
        with urllib.request.urlopen(f"http://{host}:{settings.PORT}/readyz", timeout=5):
            return ""
    except urllib.error.HTTPError as answer:
        with contextlib.suppress(ValueError, KeyError):
            return ", ".join(name for name, part in json.load(answer)["parts"].items() if not part["ok"])
        return "the web server"
    except OSError:
        return "the web server"


def _require_port() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as error:
            raise CommandError(
                f"Port {settings.PORT} cannot be used ({error.strerror}). Choose another: CAIRN_PORT=8001 make up"
            ) from error

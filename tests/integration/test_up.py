"""``manage.py up`` for real: everything starts, stays up and leaves nothing behind."""

import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest
from django.conf import settings

GIVEN_BY_TESTS = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "KUBEBUILDER_ASSETS", "CAIRN_DEMO")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class Portal:
    """A portal of its own on a free port."""

    def __init__(self, data: Path, port: int | None = None, **more: str) -> None:
        self.data, self.port = data, port or free_port()
        own = {name: value for name, value in os.environ.items() if name not in GIVEN_BY_TESTS}
        own = {name: value for name, value in own.items() if not name.startswith(("CAIRN_", "AWS_"))}
        self.elsewhere = {**own, "CAIRN_DATA": str(data)}
        self.log = data.with_suffix(f".{self.port}.log")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=settings.BASE_DIR,
                env={**own, "CAIRN_DATA": str(data), "CAIRN_PORT": str(self.port), "CAIRN_DEMO": "0", **more},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """What somebody types in another terminal, who knows of the data folder alone."""
        command = [sys.executable, "manage.py", *words]
        return subprocess.run(command, cwd=settings.BASE_DIR, env=self.elsewhere, capture_output=True, text=True)

    def get(self, path: str) -> tuple[int, bytes]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def is_ready(self) -> bool:
        with suppress(OSError):
            return self.get("/readyz")[0] == 200
        return False

    def words(self) -> str:
        return self.log.read_text(errors="replace")

    def until(self, holds, seconds: float = 120.0) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert self.process.poll() is None, self.words()
            assert time.monotonic() < deadline, self.words()
            time.sleep(0.1)

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(60)


def processes_of(data: Path) -> list[str]:
    """Command lines of processes that carry this data folder in their environment or arguments."""
    found = []
    for folder in Path("/proc").iterdir():
        with suppress(OSError):
            if not folder.name.isdigit() or not (command := (folder / "cmdline").read_bytes()):
                continue
            if str(data).encode() in command + (folder / "environ").read_bytes():
                found.append(f"{folder.name} {command.replace(bytes(1), b' ').decode(errors='replace').strip()}")
    return found


def pid_of(data: Path, part: str) -> int:
    pids = [int(line.split()[0]) for line in processes_of(data) if part in line]
    return min(pids, default=0)


@pytest.fixture
def start():
    """Start a portal; what still runs at the end is killed.

    Not below pytest's own folder, which every other run of pytest closes to the user that PostgreSQL runs as.
    """
    begun, folder = [], Path(tempfile.mkdtemp(prefix="cairn-up-"))

    def make(name="data", **more):
        begun.append(Portal(folder / name, **more))
        return begun[-1]

    yield make
    for portal in begun:
        with suppress(ProcessLookupError):
            portal.process.kill()
        portal.process.wait()
        for line in processes_of(portal.data):
            with suppress(ProcessLookupError):
                os.kill(int(line.split()[0]), signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def test_it_starts_recovers_from_killed_parts_and_leaves_nothing_behind(start):
    portal = start()
    portal.until(lambda: "Sign in: " in portal.words())
    assert f"Cairn is ready at http://127.0.0.1:{portal.port}" in portal.words()
    status, body = portal.get("/readyz")
    assert status == 200
    assert {"database", "migrations", "redis", "workers"} <= set(json.loads(body)["parts"])
    assert re.search(rf"Sign in: http://127.0.0.1:{portal.port}/sign-in/\S+", portal.words())
    for name in ("portal.env", "kubeconfig"):
        assert stat.S_IMODE((portal.data / name).stat().st_mode) == 0o600

    assert "ok       database     PostgreSQL" in portal.command("doctor").stdout
    assert f"http://127.0.0.1:{portal.port}/sign-in/" in portal.command("create_sign_in_link", "admin").stdout

    for part in ("queues=control", "bin/postgres", "redis-server"):
        before = pid_of(portal.data, part)
        assert before, f"{part} does not run"
        os.kill(before, signal.SIGKILL)
        portal.until(lambda part=part, before=before: pid_of(portal.data, part) not in (0, before))
        portal.until(portal.is_ready)

    assert portal.stop() == 0
    assert processes_of(portal.data) == []
    afterwards = portal.command("create_sign_in_link", "admin")
    assert afterwards.returncode == 1
    assert "PostgreSQL does not answer: connection" in afterwards.stderr
    assert "make up" in afterwards.stderr
    assert "Traceback" not in afterwards.stderr


def test_after_a_kill_the_next_start_cleans_up_and_is_quick(start):
    first = start()
    first.until(lambda: "Sign in" in first.words())
    first.process.kill()
    first.process.wait()
    assert processes_of(first.data) != []
    begun = time.monotonic()
    second = start(port=first.port)
    second.until(lambda: second.words().count("Cairn is ready") == 2)
    assert time.monotonic() - begun < 60  # ten seconds on a quiet machine; benchmarks measure it
    assert second.stop(signal.SIGTERM) == 0
    assert processes_of(first.data) == []


def test_two_portals_live_side_by_side_and_refuse_to_share(start):
    one, other = start("one"), start("other")
    one.until(one.is_ready)
    other.until(other.is_ready)

    same_folder = start("one")
    assert same_folder.process.wait(60) == 1
    assert "Another portal runs on" in same_folder.words()

    same_port = start("third", port=one.port)
    assert same_port.process.wait(60) == 1
    assert f"Port {one.port} cannot be used" in same_port.words()
    assert "CAIRN_PORT=" in same_port.words()

    assert one.stop() == 0
    assert other.is_ready()
    assert other.stop() == 0


def test_it_names_what_is_wrong_with_the_environment_before_it_starts_anything(start):
    portal = start(CAIRN_DEMO="perhaps", CAIRN_PROT="8001")
    assert portal.process.wait(60) == 1
    assert "CAIRN_DEMO must be 1 or 0" in portal.words()
    assert "CAIRN_PROT is not a setting of Cairn" in portal.words()
    assert processes_of(portal.data) == []


def test_a_database_that_does_not_answer_is_named_in_one_line(start):
    portal = start(DATABASE_URL=f"postgresql://cairn:hush@127.0.0.1:{free_port()}/cairn", CAIRN_KUBECONFIG="/nowhere")
    assert portal.process.wait(60) == 1
    assert "PostgreSQL does not answer: connection" in portal.words()
    assert "change DATABASE_URL" in portal.words()
    assert "Traceback" not in portal.words()
    assert "hush" not in portal.words()
    assert processes_of(portal.data) == []

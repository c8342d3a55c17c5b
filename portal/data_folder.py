"""The data folder of one machine's portal: who holds it, and what was left running in it. Kept free of Django."""

import contextlib
import fcntl
import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

_OURS = (sys.executable.encode(), b"redis", b"kube", b"etcd", b"pginstall")


LOCK, ENVIRONMENT = "up.lock", "portal.env"
_TOLD = ("DATABASE_URL", "REDIS_URL", "CAIRN_KUBECONFIG", "CAIRN_PORT", "CAIRN_BASE_URL", "AWS_")


class FolderInUse(Exception):
    """Another portal holds the folder."""


@contextlib.contextmanager
def held(data: Path) -> Iterator[None]:
    """Hold ``data``; the system lets go of it when we end, however that happens. Raises FolderInUse."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data / LOCK).open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FolderInUse from None
        yield


def tell(data: Path, environment: Mapping[str, str]) -> None:
    """Write down how to reach what runs here, for commands in another terminal."""
    names = sorted(name for name in environment if name.startswith(_TOLD))
    write_private(data / ENVIRONMENT, "".join(f"{name}={environment[name]}\n" for name in names))


def told(data: Path) -> dict[str, str]:
    """How to reach what runs in ``data``; nothing when nobody holds it."""
    try:
        lines = (data / ENVIRONMENT).read_text().splitlines()
        with (data / LOCK).open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return dict(line.split("=", 1) for line in lines if "=" in line)
    except OSError:
        pass
    return {}


def remember(data: Path, pids: list[int]) -> None:
    """Write down the process groups that run now."""
    write_private(data / "up.pids", json.dumps(pids))


def left_running(data: Path) -> list[int]:
    """The process groups that were written down and still are ours."""
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
    return any(part in command for part in _OURS)


def write_private(file: Path, text: str) -> None:
    """Write a file that only its owner may read."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)

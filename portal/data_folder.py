"""The data folder of one machine's portal: who holds it, and what was left running in it. Kept free of Django."""

import contextlib
import fcntl
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from portal.cluster import write_private

_OURS = (sys.executable.encode(), b"redis", b"kube", b"etcd", b"pginstall")


class FolderInUse(Exception):
    """Another portal holds the folder."""


@contextlib.contextmanager
def held(data: Path) -> Iterator[None]:
    """Hold ``data``; the system lets go of it when we end, however that happens. Raises FolderInUse."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (data / "up.lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise FolderInUse from None
        yield


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

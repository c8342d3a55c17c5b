"""Where copies of repositories lie, and that one process at a time works in each."""

import fcntl
import hashlib
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from common.errors import ProviderError
from integrations.git.process import size_of

#: Copies that grew over so many fetches are made anew: it costs one fetch, and nothing else tidies up.
MOST_PACKS = 50


@contextmanager
def locked(folder: Path, *, seconds: float) -> Iterator[None]:
    """Hold the lock of ``folder``, which need not exist; ProviderError when another process keeps it too long."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = folder.with_suffix(".lock")
    lock.touch()
    with lock.open("w") as file:
        until = time.monotonic() + seconds
        while not _taken(file.fileno()):
            if time.monotonic() > until:
                message = "Another process has been reading this repository for a long time."
                hint = "It is tried again at the next sync."
                raise ProviderError(message, permanent=False, id="repository-busy", hint=hint)
            time.sleep(0.05)
        yield


def _taken(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def folder_of(root: Path, url: str) -> Path:
    """Where the copy of the repository at ``url`` lies."""
    return root / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.git"


def make_room(root: Path, most: int, *, but: Path) -> None:
    """Take copies away, those first that were used longest ago, until all are ``most`` bytes or fewer.

    A copy that somebody works in stays, as does ``but``.
    """
    sizes = {folder: size_of(folder) for folder in root.glob("*.git")}
    oldest_first = sorted(sizes, key=_used_at)
    for folder in oldest_first:
        if sum(sizes.values()) <= most:
            return
        if folder != but:
            forget(folder)
            sizes.pop(folder)


def _used_at(folder: Path) -> float:
    lock = folder.with_suffix(".lock")
    return lock.stat().st_mtime if lock.exists() else 0.0


def forget(folder: Path) -> None:
    """Take a copy away, unless somebody works in it."""
    with suppress(ProviderError), locked(folder, seconds=0):
        discard(folder)


def is_worn(folder: Path) -> bool:
    """Whether so much has been fetched into a copy that it should be made anew."""
    return sum(1 for _ in (folder / "objects/pack").glob("*.pack")) > MOST_PACKS


def discard(folder: Path) -> None:
    """Take a copy away."""
    shutil.rmtree(folder, ignore_errors=True)

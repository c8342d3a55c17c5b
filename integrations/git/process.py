"""One git command: its own process group, a limit of time, and limits of what it writes."""

import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from common.errors import ProviderError

#: Seconds between two looks at how much a command has written.
LOOK = 0.2


class GitFailed(Exception):
    """Git ended with an error; ``stderr`` is what it said."""

    def __init__(self, stderr: str) -> None:
        super().__init__(stderr)
        self.stderr = stderr


def run_git(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str],
    timeout: float,
    folder: Path | None = None,
    stdin: bytes = b"",
    most_output: int = 64 * 1024 * 1024,
    most_disk: int | None = None,
) -> bytes:
    """What ``git ARGUMENTS`` prints.

    Raises GitFailed when it fails, and ProviderError when there is no git, after ``timeout`` seconds, or once it
    prints more than ``most_output`` bytes or makes ``folder`` larger than ``most_disk``.
    """
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin)
        given.seek(0)
        process = _start(arguments, environment, folder, given, out, err)
        try:
            _watch(process, timeout, out, most_output, folder, most_disk)
        finally:
            _end(process)
        if process.returncode != 0:
            err.seek(0)
            raise GitFailed(err.read(20_000).decode("utf-8", "replace"))
        out.seek(0)
        return out.read()


def _start(
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path | None,
    stdin: IO[bytes],
    stdout: IO[bytes],
    stderr: IO[bytes],
) -> "subprocess.Popen[bytes]":
    where = ["--git-dir", str(folder)] if folder else []
    try:
        return subprocess.Popen(
            ["git", *where, *arguments],
            env=dict(environment),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            cwd="/",
            start_new_session=True,
        )
    except FileNotFoundError:
        hint = "Install git on the machines that run Cairn's workers and web processes."
        raise ProviderError("There is no git on this machine.", permanent=True, id="no-git", hint=hint) from None


def _watch(
    process: "subprocess.Popen[bytes]",
    timeout: float,
    out: IO[bytes],
    most_output: int,
    folder: Path | None,
    most_disk: int | None,
) -> None:
    until = time.monotonic() + timeout
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=LOOK)
        if os.fstat(out.fileno()).st_size > most_output:
            raise _too_large("It answers", most_output)
        if process.returncode is not None:
            return
        if folder and most_disk is not None and size_of(folder) > most_disk:
            raise _too_large("The repository takes", most_disk)
        if time.monotonic() > until:
            hint = "It is tried again at the next sync."
            message = f"git was not done within {timeout:.0f} seconds."
            raise ProviderError(message, permanent=False, id="git-timeout", hint=hint)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Also those that git has started: a helper that goes on alone would hold the connection."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def size_of(folder: Path) -> int:
    """Bytes of all files below ``folder``, which may change meanwhile."""
    total = 0
    for at, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(at, name)).st_size
            except OSError:
                continue
    return total


def _too_large(what: str, most: int) -> ProviderError:
    message = f"{what} more than {most // 1024 // 1024} MB."
    return ProviderError(message, permanent=True, id="too-large", hint="Name a smaller repository or path.")

"""A supervised process: own group, output in a file that is followed, one polite stop, then a kill.

Output goes to a file and not through a pipe, because a pipe whose reader is gone kills Terraform in the middle of an
apply. So when a worker dies, its Terraform goes on, and who comes next finds both the process (by a record of pid and
start time) and what it said. The system's signal at the death of a parent is of no use here: it comes once for every
thread of the worker, and at the second interrupt Terraform drops what it is doing.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

StopLevel = Literal["no", "graceful", "forced"]
RECORD = "terraform.pid"
OUT, ERR = "terraform.out", "terraform.err"
LONGEST_LINE = 1 << 20
POLL_SECONDS = 0.1
ASK_SECONDS = 1.0
#: For Terraform to store what it has done, when whoever watched it gives up.
KEEP_STATE_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended. ``stopped`` is the firmest stop it was sent, ``overdue`` whether for lack of time."""

    exit_code: int
    stopped: StopLevel
    overdue: bool


def supervise(
    command: Sequence[str],
    *,
    workspace: Path,
    environment: Mapping[str, str],
    on_line: Callable[[str, Literal["out", "err"]], None],
    should_stop: Callable[[], StopLevel],
    deadline: float,
    patience: float,
) -> Ended:
    """Run ``command`` to its end and hand over each line of its output.

    ``should_stop`` is asked once a second; ``graceful`` sends exactly one interrupt (a second one would make
    Terraform drop what it is doing), ``forced`` kills the group. After ``deadline`` seconds the process is interrupted,
    and killed ``patience`` seconds later. FileNotFoundError when there is no such binary.
    """
    followers = _Follower(workspace / OUT), _Follower(workspace / ERR)
    process = _start(command, workspace, environment)
    guard = _Guard(process, should_stop, deadline, patience)
    try:
        while process.poll() is None:
            _drain(followers, on_line)
            guard.look()
            time.sleep(POLL_SECONDS)
        _drain(followers, on_line, to_the_end=True)
    except BaseException:
        _end_in_order(process, guard.level, min(patience, KEEP_STATE_SECONDS))
        raise
    finally:
        kill_group(process.pid)  # grandchildren of a provisioner or a provider outlive their parent
        process.wait()
        for name in (RECORD, OUT, ERR):
            (workspace / name).unlink(missing_ok=True)
    return Ended(process.returncode, guard.level, guard.overdue)


def _end_in_order(process: subprocess.Popen[bytes], sent: StopLevel, seconds: float) -> None:
    if sent == "no":
        process.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)


def end_leftover(
    workspace: Path,
    *,
    finish: float = 0.0,
    patience: float = 30.0,
    should_stop: Callable[[], StopLevel] = lambda: "no",
) -> list[str]:
    """See what a dead worker left running in ``workspace`` to its end, and return the lines it had printed.

    It may go on for ``finish`` seconds, unless somebody asks to stop; then it is interrupted, and ``patience`` seconds
    later its group is killed.
    """
    record = _Record.read(workspace / RECORD)
    if record and record.is_alive():
        _wait(record, finish, should_stop)
        if record.is_alive():
            os.kill(record.pid, signal.SIGINT)
            _wait(record, patience, lambda: "no")
        kill_group(record.pid)
        _wait(record, patience, lambda: "no")
    lines = [line for name in (OUT, ERR) for line in _Follower(workspace / name, fresh=False).lines(to_the_end=True)]
    for name in (RECORD, OUT, ERR):
        (workspace / name).unlink(missing_ok=True)
    return lines


def _wait(record: "_Record", seconds: float, should_stop: Callable[[], StopLevel]) -> None:
    end, next_question = time.monotonic() + seconds, 0.0
    while record.is_alive() and (now := time.monotonic()) < end:
        if now >= next_question:
            next_question = now + ASK_SECONDS
            if should_stop() != "no":
                return
        time.sleep(POLL_SECONDS)


def kill_group(pid: int) -> None:
    """SIGKILL to every process of the group that ``pid`` leads, if there are any."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


class _Guard:
    """Decides when to stop the process, and sends each signal once."""

    def __init__(
        self, process: subprocess.Popen[bytes], ask: Callable[[], StopLevel], deadline: float, patience: float
    ) -> None:
        self.level: StopLevel = "no"
        self.overdue = False
        self._process, self._ask, self._patience = process, ask, patience
        self._end = time.monotonic() + deadline
        self._next_question = 0.0

    def look(self) -> None:
        now = time.monotonic()
        if now < self._next_question:
            return
        self._next_question = now + ASK_SECONDS
        wanted = self._ask()
        self.overdue = self.overdue or now > self._end
        if wanted == "forced" or now > self._end + self._patience:
            self.level = "forced"
            kill_group(self._process.pid)
        elif (wanted == "graceful" or self.overdue) and self.level == "no":
            self.level = "graceful"
            self._process.send_signal(signal.SIGINT)


class _Follower:
    """Reads whole lines of a growing file; a line past the cap is cut."""

    def __init__(self, path: Path, *, fresh: bool = True) -> None:
        self._path, self._offset, self._rest = path, 0, b""
        if fresh:
            os.close(os.open(path, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))

    def lines(self, *, to_the_end: bool = False) -> Iterator[str]:
        """What has been added since the last call; the last, unfinished line only ``to_the_end``."""
        while chunk := self._read():
            *whole, self._rest = (self._rest + chunk).split(b"\n")
            yield from (line[:LONGEST_LINE].decode("utf-8", "replace") for line in whole if line.strip())
            self._rest = self._rest[:LONGEST_LINE]
        if to_the_end and self._rest.strip():
            yield self._rest.decode("utf-8", "replace")
            self._rest = b""

    def _read(self) -> bytes:
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                chunk = file.read(LONGEST_LINE)
        except FileNotFoundError:
            return b""
        self._offset += len(chunk)
        return chunk


def _drain(
    followers: tuple[_Follower, _Follower],
    on_line: Callable[[str, Literal["out", "err"]], None],
    to_the_end: bool = False,
) -> None:
    for line in followers[0].lines(to_the_end=to_the_end):
        on_line(line, "out")
    for line in followers[1].lines(to_the_end=to_the_end):
        on_line(line, "err")


def _start(command: Sequence[str], workspace: Path, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    with (workspace / OUT).open("ab") as out, (workspace / ERR).open("ab") as err:
        process = subprocess.Popen(
            list(command),
            cwd=workspace,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,
            umask=0o077,
        )
    _Record(process.pid, _start_time(process.pid)).write(workspace / RECORD)
    return process


@dataclass(frozen=True, slots=True)
class _Record:
    """What is left on disk of a running process, to find it again and no other."""

    pid: int
    started: str

    def write(self, path: Path) -> None:
        path.touch(mode=0o600)
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "_Record | None":
        try:
            return cls(**json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None

    def is_alive(self) -> bool:
        return bool(self.started) and _start_time(self.pid) == self.started


def _start_time(pid: int) -> str:
    """What tells a process from a later one with the same number; empty for a dead one."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else fields[19]

"""Keeping the processes of one machine alive: one log, restarts with back-off, an orderly end. Kept free of Django."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

BACK_OFF = (0.5, 1.0, 2.0, 5.0, 10.0)
#: A process that ran so long is healthy again: its next restart waits the least.
STEADY_SECONDS = 30.0
PATIENCE = 15.0
_COLOURS = (36, 33, 35, 32, 34, 31)


@dataclass(slots=True)
class Program:
    """A process to keep alive."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    patience: float = PATIENCE
    user: str | None = None
    stop_signal: int = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    restart_at: float = 0.0
    colour: int = field(default=36)


class Supervisor:
    """Starts programs in order, restarts what ends, and stops everything in reverse order.

    ``remember`` is given the process groups whenever they change, for :func:`end_leftovers` of a later start.
    """

    def __init__(
        self, say: Callable[[str], None] = print, remember: Callable[[list[int]], None] = lambda pids: None
    ) -> None:
        self._programs: list[Program] = []
        self._say, self._remember = say, remember
        self._stopping, self._hurry = threading.Event(), threading.Event()

    def add(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        patience: float = PATIENCE,
        user: str | None = None,
        stop_signal: int = signal.SIGTERM,
    ) -> None:
        """Start a program, as ``user`` when one is given, and keep it alive from now on."""
        colour = _COLOURS[len(self._programs) % len(_COLOURS)]
        program = Program(name, command, environment, patience, user, stop_signal, colour=colour)
        self._programs.append(program)
        self._start(program)

    def request_stop(self, *_: object) -> None:
        """End :meth:`run`, and at the second time wait for nobody; a signal handler."""
        if self._stopping.is_set():
            self._hurry.set()
        self._stopping.set()

    def run(self) -> None:
        """Watch until asked to stop."""
        self._listen()
        while not self._stopping.wait(0.2):
            self._look_after()

    def stop(self) -> None:
        """Stop all programs, the last first, each with its patience, then by force."""
        self._stopping.set()
        self._listen()
        for program in reversed(self._programs):
            self._stop(program)

    @property
    def stopping(self) -> bool:
        """Whether the end has begun."""
        return self._stopping.is_set()

    def pids(self) -> list[int]:
        """Process groups that must be gone when we are."""
        return [program.process.pid for program in self._programs if program.process]

    def _listen(self) -> None:
        signal.signal(signal.SIGINT, self.request_stop)
        signal.signal(signal.SIGTERM, self.request_stop)

    def _start(self, program: Program) -> None:
        program.process = subprocess.Popen(
            list(program.command),
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            user=program.user,
            group=program.user,
            extra_groups=[] if program.user else None,
        )
        program.started_at = time.monotonic()
        self._remember(self.pids())
        threading.Thread(target=self._pass_on, args=(program, program.process), daemon=True).start()

    def _pass_on(self, program: Program, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout
        for line in process.stdout:
            text = line.decode("utf-8", errors="replace").rstrip()
            if text:
                self._say(f"{self._label(program)} {text}")

    def _label(self, program: Program) -> str:
        label = f"{program.name:<10}"
        return f"\033[{program.colour}m{label}\033[0m" if sys.stdout.isatty() else label

    def _look_after(self) -> None:
        now = time.monotonic()
        for program in self._programs:
            process = program.process
            if process is not None and process.poll() is not None:
                self._note_end(program, process.returncode, now)
            if program.process is None and now >= program.restart_at and not self.stopping:
                self._start(program)

    def _note_end(self, program: Program, code: int, now: float) -> None:
        steady = now - program.started_at > STEADY_SECONDS
        program.failures = 0 if steady else program.failures + 1
        delay = BACK_OFF[min(program.failures, len(BACK_OFF) - 1)]
        if program.process:
            _signal_group(program.process.pid, signal.SIGKILL)  # children of what was killed itself
        program.process, program.restart_at = None, now + delay
        self._say(f"{self._label(program)} ended with {code}; starting again in {delay:g} s")

    def _stop(self, program: Program) -> None:
        process = program.process
        if process is None or process.poll() is not None:
            return
        _signal_group(process.pid, program.stop_signal)
        deadline = time.monotonic() + program.patience
        while process.poll() is None and not self._hurry.is_set() and time.monotonic() < deadline:
            time.sleep(0.05)
        if process.poll() is None:
            self._say(f"{self._label(program)} did not stop in time and is killed")
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def end_leftovers(pids: Sequence[int]) -> int:
    """Kill process groups that a supervisor which was itself killed has left, and wait; returns how many there were."""
    found = [pid for pid in pids if _kill(pid)]
    deadline = time.monotonic() + PATIENCE
    while any(_kill(pid) for pid in found) and time.monotonic() < deadline:
        time.sleep(0.05)
    return len(found)


def _kill(pid: int) -> bool:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return False
    return True

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
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0
    restart_at: float = 0.0
    colour: int = field(default=36)


class Supervisor:
    """Starts programs in order, restarts what ends, and stops everything in reverse order."""

    def __init__(self, say: Callable[[str], None] = print) -> None:
        self._programs: list[Program] = []
        self._say = say
        self._stopping = threading.Event()
        self._lock = threading.Lock()

    def add(
        self, name: str, command: Sequence[str], environment: Mapping[str, str], patience: float = PATIENCE
    ) -> None:
        """Start a program and keep it alive from now on."""
        colour = _COLOURS[len(self._programs) % len(_COLOURS)]
        program = Program(name, command, environment, patience, colour=colour)
        with self._lock:
            self._programs.append(program)
        self._start(program)

    def request_stop(self, *_: object) -> None:
        """End :meth:`run`; a signal handler."""
        self._stopping.set()

    def run(self) -> None:
        """Watch until asked to stop, then stop everything."""
        signal.signal(signal.SIGINT, self.request_stop)
        signal.signal(signal.SIGTERM, self.request_stop)
        while not self._stopping.wait(0.2):
            self._look_after()
        self.stop()

    def stop(self) -> None:
        """Stop all programs, the last first, each with its patience, then by force."""
        self._stopping.set()
        for program in reversed(self._programs):
            self._stop(program)

    @property
    def stopping(self) -> bool:
        """Whether the end has begun."""
        return self._stopping.is_set()

    def pids(self) -> list[int]:
        """Process groups that must be gone when we are."""
        return [program.process.pid for program in self._programs if program.process]

    def _start(self, program: Program) -> None:
        program.process = subprocess.Popen(
            list(program.command),
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        program.started_at = time.monotonic()
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
        program.process, program.restart_at = None, now + delay
        self._say(f"{self._label(program)} ended with {code}; starting again in {delay:g} s")

    def _stop(self, program: Program) -> None:
        process = program.process
        if process is None or process.poll() is not None:
            return
        _signal_group(process.pid, signal.SIGTERM)
        try:
            process.wait(program.patience)
        except subprocess.TimeoutExpired:
            self._say(f"{self._label(program)} did not stop in {program.patience:g} s and is killed")
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def end_leftovers(pids: Sequence[int]) -> int:
    """Kill process groups that a supervisor which was itself killed has left; returns how many there were."""
    found = 0
    for pid in pids:
        try:
            os.killpg(pid, signal.SIGKILL)
            found += 1
        except (ProcessLookupError, PermissionError):
            continue
    return found

"""What the supervisor promises, on real processes."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from portal import data_folder
from portal.supervisor import Supervisor, end_leftovers

FOREVER = [sys.executable, "-c", "import time; time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]


@pytest.fixture
def said():
    """What was written to the log."""
    return []


@pytest.fixture
def supervisor(said, tmp_path):
    """One that remembers in ``tmp_path``; stopped at the end."""
    made = Supervisor(said.append, lambda pids: data_folder.remember(tmp_path, pids))
    yield made
    made.request_stop()
    made.request_stop()
    made.stop()


def until(holds, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def alive(pid):
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def watch(supervisor):
    """Look after the programs as ``run`` does, without taking the test's signals."""

    def look():
        while not supervisor.stopping:
            supervisor._look_after()
            time.sleep(0.05)

    threading.Thread(target=look, daemon=True).start()


def test_what_is_killed_is_started_again(supervisor, said):
    supervisor.add("sleeper", FOREVER, os.environ)
    (first,) = supervisor.pids()
    watch(supervisor)
    os.kill(first, signal.SIGKILL)
    until(lambda: supervisor.pids() not in ([], [first]))
    assert any("ended with -9; starting again" in line for line in said)


def test_what_fails_again_and_again_is_started_less_often(supervisor, said):
    supervisor.add("failing", [sys.executable, "-c", "raise SystemExit(3)"], os.environ)
    watch(supervisor)
    until(lambda: sum("ended with 3" in line for line in said) >= 2)
    delays = [float(line.rsplit(" in ", 1)[1].removesuffix(" s")) for line in said if "ended with 3" in line]
    assert delays == sorted(delays)
    assert delays[0] < delays[-1]


def test_every_line_says_whose_it_is(supervisor, said):
    supervisor.add("greeter", [sys.executable, "-c", "print('good morning')"], os.environ)
    until(lambda: any(line.startswith("greeter") and line.endswith("good morning") for line in said))


def test_what_will_not_stop_is_killed_with_its_children(supervisor, said):
    supervisor.add("stubborn", STUBBORN, os.environ, patience=0.3)
    until(lambda: any("deaf" in line for line in said))
    (pid,) = supervisor.pids()
    supervisor.stop()
    assert not alive(pid)
    assert any("did not stop in time" in line for line in said)


def test_asked_to_stop_twice_it_waits_for_nobody(supervisor, said):
    supervisor.add("stubborn", STUBBORN, os.environ, patience=600)
    until(lambda: any("deaf" in line for line in said))
    begun = time.monotonic()
    supervisor.request_stop()
    supervisor.request_stop()
    supervisor.stop()
    assert time.monotonic() - begun < 5


def test_a_later_start_ends_what_a_killed_supervisor_left(supervisor, tmp_path):
    supervisor.add("sleeper", FOREVER, os.environ)
    (pid,) = supervisor.pids()
    until(lambda: data_folder.left_running(tmp_path) == [pid])  # a program has no name while it begins
    threading.Thread(target=supervisor._programs[0].process.wait, daemon=True).start()  # a zombie holds its number
    assert end_leftovers([pid]) == 1
    assert not alive(pid)
    assert end_leftovers([2**22 + 1]) == 0


def test_a_number_that_another_program_has_now_is_left_alone(tmp_path):
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        data_folder.remember(tmp_path, [stranger.pid])
        assert data_folder.left_running(tmp_path) == []
    finally:
        stranger.kill()
        stranger.wait()


def test_one_folder_has_one_portal(tmp_path):
    with data_folder.held(tmp_path), pytest.raises(data_folder.FolderInUse), data_folder.held(tmp_path):
        pass
    with data_folder.held(tmp_path):
        pass

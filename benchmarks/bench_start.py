"""How long a start takes until /readyz answers 200: ``python benchmarks/bench_start.py``.

Starts the portal twice on an empty data folder of its own and stops it as Ctrl-C does. The aim is under 10 s for the
second start on a quiet machine.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Settings of the tests would lead the portal to their services.
FOREIGN = ("DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "KUBEBUILDER_ASSETS")
PATIENCE = 180


def seconds_to_ready(environment: dict[str, str], port: int) -> float:
    """Start, wait, stop."""
    begun = time.monotonic()
    portal = subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        while time.monotonic() - begun < PATIENCE:
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz"):
                return time.monotonic() - begun
            time.sleep(0.05)
        raise TimeoutError("the portal did not become ready")
    finally:
        portal.send_signal(signal.SIGINT)
        portal.wait()


def main() -> None:
    """Measure and print."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    folder = tempfile.mkdtemp(prefix="cairn-bench-")
    given = {name: value for name, value in os.environ.items() if name not in FOREIGN}
    given |= {"CAIRN_DATA": f"{folder}/data", "CAIRN_PORT": str(port)}
    try:
        for words in ("first start, empty data folder", "second start"):
            print(f"{words:<34} {seconds_to_ready(given, port):6.1f} s")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()

"""An AWS emulator (moto) for machines without a cloud account. Everything in it is gone when it stops."""

import socket
import sys
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

LABEL = "AWS emulator (moto)"
REGION = "eu-central-1"
ACCOUNT = "123456789012"


def command(port: int, *, host: str = "127.0.0.1") -> list[str]:
    """The command that serves the emulator, to be run by a supervisor in this environment."""
    return [sys.executable, "-m", "integrations.aws", "--host", host, "--port", str(port)]


def environment(port: int, *, host: str = "127.0.0.1") -> dict[str, str]:
    """How AWS tools reach it. The keys open nothing anywhere else."""
    return {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "emulated",
        "AWS_SECRET_ACCESS_KEY": "emulated",
    }


def is_emulated(aws: Mapping[str, str]) -> bool:
    """Whether these ``AWS_*`` variables lead to an emulator: pages must say so beside what they show."""
    return bool(aws.get("AWS_ENDPOINT_URL"))


def is_answering(url: str, *, timeout: float = 0.5) -> bool:
    """Whether something listens at ``url``."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 80), timeout).close()
    except OSError:
        return False
    return True


def wait_until_answering(url: str, *, seconds: float = 30) -> bool:
    """Wait for :func:`is_answering`; False when it never did."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if is_answering(url):
            return True
        time.sleep(0.1)
    return False

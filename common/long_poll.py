"""Answers that wait for a change: ``?wait=30``."""

import time
from collections.abc import Callable
from typing import TypeVar

from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request

from common.errors import FieldError, UserError
from common.numbers import parse_digits

LONGEST_SECONDS = 30
INTERVAL_SECONDS = 0.25
WAIT = OpenApiParameter("wait", int, description=f"Seconds to wait for a change, at most {LONGEST_SECONDS}.")

Found = TypeVar("Found")


def long_poll(request: Request, look: Callable[[], Found], enough: Callable[[Found], bool]) -> Found:
    """What ``look`` finds as soon as it is ``enough``, or when ``wait`` seconds are over; at once without ``wait``."""
    return wait_until(look, enough, wait_seconds(request))


def wait_until(look: Callable[[], Found], enough: Callable[[Found], bool], seconds: float) -> Found:
    """What ``look`` finds as soon as it is ``enough``, or when ``seconds`` are over."""
    deadline = time.monotonic() + seconds
    found = look()
    while not enough(found) and time.monotonic() < deadline:
        time.sleep(INTERVAL_SECONDS)
        found = look()
    return found


def wait_seconds(request: Request) -> int:
    """How long the caller would wait; UserError for what is no number."""
    seconds = parse_digits(request.query_params.get("wait", "0"), most=LONGEST_SECONDS)
    if seconds is None:
        raise UserError("wait must be a number.", fields=[FieldError("wait", "Give whole seconds, at most 30.")])
    return seconds

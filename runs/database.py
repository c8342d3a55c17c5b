"""Outliving a database that restarts: what was done outside must still be written down."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connection

#: How long a worker keeps what it has to say.
PATIENCE_SECONDS = 900.0
Answer = TypeVar("Answer")


def drop_dead_connection() -> None:
    """Let the next query connect anew if the server has gone; a transaction that is open cannot."""
    if not connection.in_atomic_block:
        close_old_connections()


@contextmanager
def database_may_be_away() -> Iterator[None]:
    """Go on behind the block when the database does not answer within it."""
    drop_dead_connection()
    try:
        yield
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        drop_dead_connection()


def insist(work: Callable[[], Answer]) -> Answer:
    """Do ``work``, which must bear to be done twice, as soon as the database answers; within a quarter of an hour."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        drop_dead_connection()
        try:
            return work()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > end:
                raise
            time.sleep(1)

"""Signs of life of what a worker is busy with."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def beating(beat: Callable[[], bool], *, every: float) -> Iterator[None]:
    """Call ``beat`` every so many seconds from a thread of its own while the block is busy, until it answers False."""
    done = threading.Event()
    thread = threading.Thread(target=_beat_until, args=(done, beat, every), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _beat_until(done: threading.Event, beat: Callable[[], bool], every: float) -> None:
    while not done.wait(every) and beat():
        pass
    connection.close()

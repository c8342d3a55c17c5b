"""What happened in the emulated cluster, for those who watch it."""

import copy
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from integrations.kubernetes.fake.refusals import Refusal

Object = dict[str, Any]
REMEMBERED = 1000


@dataclass(frozen=True, slots=True)
class Event:
    """One change: of the object of ``resource`` as it was after (or, deleted, before) it."""

    version: int
    type: str
    resource: str
    object: Object


class History:
    """The latest changes. Versions before the oldest remembered one are gone, as on a server that compacts."""

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._forgotten = 0
        self._news = threading.Condition()

    def add(self, version: int, type: str, resource: str, changed: Object) -> None:
        """Remember a change and wake those who watch."""
        with self._news:
            self._events.append(Event(version, type, resource, copy.deepcopy(changed)))
            while len(self._events) > REMEMBERED:
                self._forgotten = self._events.popleft().version
            self._news.notify_all()

    def forget(self, version: int) -> None:
        """Know nothing of what happened up to ``version``: after a restart, or when a test wants it."""
        with self._news:
            self._forgotten = max(self._forgotten, version)

    def follow(self, resource: str, namespace: str, after: int, seconds: float) -> Iterator[Event]:
        """What happens after a version, for so many seconds. Refusal (410) when that is forgotten."""
        deadline = time.monotonic() + seconds
        while True:
            with self._news:
                if after < self._forgotten:
                    raise expired(after, self._forgotten)
                fresh = [event for event in self._events if event.version > after]
                if not fresh and (left := deadline - time.monotonic()) > 0:
                    self._news.wait(min(left, 1.0))
            for event in fresh:
                after = event.version
                if event.resource == resource and namespace in ("", event.object["metadata"].get("namespace")):
                    yield event
            if time.monotonic() >= deadline:
                return


def expired(asked: int, oldest: int) -> Refusal:
    """The answer to a version that is too old."""
    return Refusal(HTTPStatus.GONE, f"too old resource version: {asked} ({oldest})", reason="Expired")

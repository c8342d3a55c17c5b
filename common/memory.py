"""What a process remembers of its answers, up to so many bytes."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Memory(Generic[_T]):
    """Values by key, each true of one version alone. What was used longest ago goes first. Safe between threads."""

    def __init__(self, most: int) -> None:
        self._most, self._held = most, 0
        self._values: OrderedDict[Hashable, tuple[Hashable, _T, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, version: Hashable) -> _T | None:
        """The value of ``key``, when it was put under this very ``version``."""
        with self._lock:
            found = self._values.get(key)
            if found is None or found[0] != version:
                return None
            self._values.move_to_end(key)
            return found[1]

    def holds(self, key: Hashable) -> bool:
        """Whether there is a value of ``key``, of whatever version."""
        return key in self._values

    def put(self, key: Hashable, version: Hashable, value: _T, size: int = 1) -> None:
        """Remember ``value``, which takes ``size`` of what there is room for."""
        with self._lock:
            self._forget(key)
            self._values[key] = (version, value, size)
            self._held += size
            while self._held > self._most:
                self._forget(next(iter(self._values)))

    def _forget(self, key: Hashable) -> None:
        if key in self._values:
            self._held -= self._values.pop(key)[2]

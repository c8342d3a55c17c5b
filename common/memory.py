"""What a process remembers: of its answers up to so many bytes, and of small tables all."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Told(Generic[_T]):
    version: Hashable
    value: _T
    asked: float


class Followed(Generic[_T]):
    """A value that all processes read and few change: read again when its version is another."""

    def __init__(self, version: Callable[[], Hashable], read: Callable[[], _T]) -> None:
        self._version, self._read = version, read
        self._told: _Told[_T] | None = None

    def now(self, trusted_for: float) -> _T:
        """The value; its version is asked for when that was done longer than ``trusted_for`` seconds ago."""
        told = self._told
        if told is None or time.monotonic() - told.asked > trusted_for:
            return self.at(self._version())
        return told.value

    def at(self, version: Hashable) -> _T:
        """The value, at least as new as ``version``, which somebody has just read."""
        told, now = self._told, time.monotonic()
        # The version comes first, so that a value read after it is never older than it says.
        value = told.value if told and told.version == version else self._read()
        self._told = _Told(version, value, now)
        return value

    def forget(self) -> None:
        """Look anew the next time."""
        self._told = None

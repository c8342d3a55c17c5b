"""Windows of time on the clock of a place: every Friday 16:00 to Monday 08:00, every night, or two dates. Pure.

Where a clock is put forward or back, a window is never shorter than its wall clock says.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
KEYS = ("from", "until", "days", "zone")
WEEK, DAY = timedelta(days=7), timedelta(days=1)

_WEEKLY = re.compile(rf"({'|'.join(DAYS)}) (\d\d):(\d\d)", re.IGNORECASE)
_DAILY = re.compile(r"(\d\d):(\d\d)")
_DATED = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d):(\d\d))?")
_FORMS = "Write friday 16:00, 16:00 or 2026-12-23 16:00."

Span = tuple[datetime | None, datetime | None]


class WindowError(ValueError):
    """A window that cannot be read; ``key`` is the part that is wrong."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


@dataclass(frozen=True, slots=True)
class Place:
    """A moment on a wall clock: of a weekday (0 is Monday), of any day, or of a date. ``minutes`` count from midnight,
    24 hours of which are the next one."""

    minutes: int
    weekday: int | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Window:
    """From ``begin`` to ``end`` on the clock of ``zone``, over and over, or once where they are dates. ``days`` are
    the weekdays on which a window of every day begins."""

    zone: str
    begin: Place | None
    end: Place | None
    days: tuple[int, ...] = tuple(range(7))

    def holds(self, now: datetime) -> bool:
        """Whether ``now`` lies in it; its end does not."""
        return any((not begin or begin <= now) and (not end or now < end) for begin, end in self.spans(now))

    def next_edge(self, now: datetime) -> datetime | None:
        """When it begins or ends next after ``now``; None for never."""
        edges = [edge for span in self.spans(now) for edge in span if edge and edge > now]
        return min(edges, default=None)

    def spans(self, now: datetime) -> Iterator[Span]:
        """Its beginnings and ends around ``now``, as instants; None is open."""
        if _is_dated(self.begin) or _is_dated(self.end):
            yield self._instant(self.begin, None, first=True), self._instant(self.end, None, first=False)
            return
        today = now.astimezone(ZoneInfo(self.zone)).date()
        for offset in range(-8, 9):
            day = today + timedelta(days=offset)
            if self.begin and self.end and self._begins_on(day):
                last = day + timedelta(days=self._length(self.begin, self.end))
                yield self._instant(self.begin, day, first=True), self._instant(self.end, last, first=False)

    def _begins_on(self, day: date) -> bool:
        if self.begin and self.begin.weekday is not None:
            return day.weekday() == self.begin.weekday
        return day.weekday() in self.days

    @staticmethod
    def _length(begin: Place, end: Place) -> int:
        """How many days after its beginning it ends."""
        if begin.weekday is None or end.weekday is None:
            return 0 if end.minutes > begin.minutes else 1
        days = (end.weekday - begin.weekday) % 7
        return days or (0 if end.minutes > begin.minutes else 7)

    def _instant(self, place: Place | None, day: date | None, *, first: bool) -> datetime | None:
        """The moment on the clock; of two that read the same the ``first`` or the last."""
        if place is None:
            return None
        when = (place.on or day or date.min) + timedelta(days=place.minutes // 1440)
        local = datetime.combine(when, time(place.minutes % 1440 // 60, place.minutes % 60), ZoneInfo(self.zone))
        both = [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
        return min(both) if first else max(both)


def read_windows(raw: Any) -> tuple[Window, ...]:
    """One window or a list of them, as a rule writes it; WindowError for what cannot be read."""
    return tuple(read_window(one) for one in (raw if isinstance(raw, list) else [raw]))


def read_window(raw: Any) -> Window:
    """``{from, until, days, zone}``; days alone are whole days, and an end that is a date counts whole."""
    if not isinstance(raw, Mapping):
        raise WindowError("", "A window has from and until.")
    if unknown := [key for key in raw if key not in KEYS]:
        raise WindowError(str(unknown[0]), f"is no part of a window; they are {', '.join(KEYS)}")
    zone, days = _zone(raw.get("zone", "UTC")), _days(raw.get("days"))
    begin, end = (_place(key, raw[key]) if key in raw else None for key in ("from", "until"))
    if begin is None and end is None:
        if days is None:
            raise WindowError("", "A window needs from and until, or days.")
        begin, end = Place(0), Place(1440)
    _check(begin, end, days)
    return Window(zone, begin, end, days or tuple(range(7)))


def _check(begin: Place | None, end: Place | None, days: Sequence[int] | None) -> None:
    dated = _is_dated(begin) or _is_dated(end)
    if days is not None and (dated or (begin and begin.weekday is not None)):
        raise WindowError("days", "goes with hours alone, such as from 22:00 until 06:00")
    if dated:
        if any(place and not place.on for place in (begin, end)):
            raise WindowError("until", f"must be a date as from is. {_FORMS}")
        if begin and end and _order(end) <= _order(begin):
            raise WindowError("until", "lies before from")
        return
    if begin is None or end is None:
        raise WindowError("until" if end is None else "from", f"is needed. {_FORMS}")
    if (begin.weekday is None) != (end.weekday is None):
        raise WindowError("until", "needs a weekday as from has, or neither has one")
    if (begin.weekday, begin.minutes) == (end.weekday, end.minutes):
        raise WindowError("until", "is the same as from")


def _is_dated(place: Place | None) -> bool:
    return place is not None and place.on is not None


def _order(place: Place) -> tuple[date, int]:
    return (place.on or date.min) + timedelta(days=place.minutes // 1440), place.minutes % 1440


def _place(key: str, raw: Any) -> Place:
    text = str(raw).strip()
    if found := _WEEKLY.fullmatch(text):
        return Place(_minutes(key, found[2], found[3]), DAYS.index(found[1].lower()))
    if found := _DAILY.fullmatch(text):
        return Place(_minutes(key, found[1], found[2]))
    if found := _DATED.fullmatch(text):
        whole = 1440 if key == "until" else 0
        return Place(_minutes(key, found[2], found[3]) if found[2] else whole, on=_date(key, found[1]))
    raise WindowError(key, f"{text} is no time. {_FORMS}")


def _minutes(key: str, hours: str, minutes: str) -> int:
    total = int(hours) * 60 + int(minutes)
    if int(minutes) > 59 or total > 1440:
        raise WindowError(key, f"{hours}:{minutes} is no time of day.")
    return total


def _date(key: str, text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise WindowError(key, f"{text} is no date.") from None
    if not 1990 <= found.year <= 2200:
        raise WindowError(key, f"{text} is too far away.")
    return found


def _days(raw: Any) -> tuple[int, ...] | None:
    if raw is None:
        return None
    names = [str(name).lower() for name in (raw if isinstance(raw, list) else [raw])]
    if not names or any(name not in DAYS for name in names):
        raise WindowError("days", f"must be a list of {', '.join(DAYS)}")
    return tuple(sorted({DAYS.index(name) for name in names}))


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(raw: Any) -> str:
    if not isinstance(raw, str) or raw not in _zones():
        raise WindowError("zone", f"{raw} is no time zone; write one such as Europe/Berlin.")
    return str(raw)

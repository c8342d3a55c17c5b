"""The time that a number speaks of. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from common.errors import FieldError, UserError

DEFAULT_DAYS = 30


@dataclass(frozen=True, slots=True)
class Window:
    """From ``start`` (in) to ``end`` (out), both aware; days are calendar days of ``zone``."""

    start: datetime
    end: datetime
    zone: ZoneInfo

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end

    @property
    def days(self) -> float:
        """Calendar days, a day of 23 or 25 hours being one; parts of a day count by their share of it."""
        first, last = self.start.astimezone(self.zone), self.end.astimezone(self.zone)
        whole = (last.date() - first.date()).days
        return whole + _share_of_day(last, self.zone) - _share_of_day(first, self.zone)

    def dates(self) -> list[date]:
        """Every local day that the window touches."""
        first = self.start.astimezone(self.zone).date()
        last = (self.end - timedelta(microseconds=1)).astimezone(self.zone).date()
        return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def parse_window(*, start: str, end: str, zone: str, now: datetime) -> Window:
    """A window from its texts: RFC 3339 instants, or dates that mean local midnight.

    Without ``start`` it is the 30 days before ``end``; without ``end`` it ends with today.
    """
    tz = _zone(zone or "UTC")
    today = now.astimezone(tz).date()
    until = _moment(end, "to", tz) if end else _midnight(today + timedelta(days=1), tz)
    local = until.astimezone(tz)
    before = local.date() - timedelta(days=DEFAULT_DAYS)
    since = _moment(start, "from", tz) if start else datetime.combine(before, local.time(), tz)
    if since >= until:
        raise UserError("from must lie before to.", fields=[FieldError("from", "not before `to`")])
    return Window(since.astimezone(UTC), until.astimezone(UTC), tz)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _share_of_day(local: datetime, zone: ZoneInfo) -> float:
    begin, end = _midnight(local.date(), zone), _midnight(local.date() + timedelta(days=1), zone)
    return (local.astimezone(UTC) - begin.astimezone(UTC)) / (end.astimezone(UTC) - begin.astimezone(UTC))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = f"{name} is not a time zone."
        raise UserError(
            message, hint="Give an IANA name, such as Europe/Paris.", fields=[FieldError("tz", message)]
        ) from None


def _moment(text: str, field: str, zone: ZoneInfo) -> datetime:
    try:
        if len(text) == len("2026-01-31"):
            return _midnight(date.fromisoformat(text), zone)
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        message = f"{text} is neither a date nor an instant."
        hint = "Write 2026-01-31 or 2026-01-31T12:00:00Z."
        raise UserError(message, hint=hint, fields=[FieldError(field, message)]) from None
    if moment.tzinfo is None:
        raise UserError("An instant needs an offset.", hint="End it with Z.", fields=[FieldError(field, "no offset")])
    return moment

"""When things end: first, later, and when to say so. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from common.errors import FieldError
from provisioning.blueprints.definition import Blueprint, Period

#: Hours before the end at which people are told.
WARNINGS = (72, 24, 1)
#: Of what a blueprint says nothing about.
LONGEST_HOURS = 90 * 24
SHORTEST = timedelta(minutes=10)


def first_expiry(blueprint: Blueprint, facts: Mapping[str, Any], ttl: int | None, now: datetime) -> datetime | None:
    """When something ends that is made now; None for what stays. ``ttl`` is what was asked for, in seconds."""
    period = blueprint.lifetime_of(facts)
    if ttl is not None:
        return now + timedelta(seconds=ttl)
    return now + timedelta(hours=period.hours) if period else None


def latest_expiry(blueprint: Blueprint, facts: Mapping[str, Any], made: datetime) -> datetime:
    """The end that no extension passes."""
    return made + timedelta(hours=_longest(blueprint.lifetime_of(facts)))


def wrong_ttl(ttl: object, blueprint: Blueprint, facts: Mapping[str, Any], path: str = "ttl") -> list[FieldError]:
    """What is wrong with a lifetime in seconds."""
    if not isinstance(ttl, int) or isinstance(ttl, bool):
        return [FieldError(path, "It must be a whole number of seconds.", "Such as 86400 for a day.")]
    longest = _longest(blueprint.lifetime_of(facts))
    if ttl > longest * 3600:
        return [FieldError(path, f"{in_words(ttl)} is too long.", f"The most is {in_words(longest * 3600)}.")]
    if ttl < SHORTEST.total_seconds():
        return [FieldError(path, f"{ttl} seconds is too short.", "The least is ten minutes.")]
    return []


def due_warning(expires_at: datetime, now: datetime, warned: int | None) -> int | None:
    """The warning to give now, in hours before the end; None when it was given, or none is due yet."""
    left = expires_at - now
    passed = [hours for hours in WARNINGS if left <= timedelta(hours=hours)]
    nearest = min(passed, default=None)
    return nearest if nearest is not None and (warned is None or nearest < warned) else None


def in_words(seconds: float) -> str:
    """A length of time, such as ``3 days`` or ``5 hours``."""
    hours = round(seconds / 3600)
    if seconds < 3600:
        return _counted(max(1, round(seconds / 60)), "minute")
    return _counted(hours // 24, "day") if hours >= 48 and hours % 24 == 0 else _counted(hours, "hour")


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _longest(period: Period | None) -> int:
    return LONGEST_HOURS if period is None else period.longest or period.hours

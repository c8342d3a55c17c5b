"""Filters of the trail, shared by page and API."""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta

from audit.models import EventQuerySet
from common.errors import FieldError, UserError

FILTERS = {"actor": "actor", "verb": "verb", "subject_kind": "subject_kind", "subject_id": "subject_id"}
PERIOD = ("from", "to")


def filtered(events: EventQuerySet, given: Mapping[str, str]) -> EventQuerySet:
    """``events`` narrowed by the query string; ``verb`` may end with ``.*``, ``actor`` be a name alone.

    ``from`` and ``to`` are dates in UTC, both of which count, or RFC 3339 instants. UserError for anything else.
    """
    for name, column in FILTERS.items():
        value = given.get(name, "").replace("\x00", "").strip()
        if name == "verb" and value.endswith(".*"):
            events = events.filter(verb__startswith=value.removesuffix("*"))
        elif name == "actor" and value and "/" not in value:
            events = events.filter(actor__in=[value, f"user:default/{value}".lower()])
        elif value:
            events = events.filter(**{column: value})
    if begin := given.get("from", "").strip():
        events = events.filter(at__gte=_moment("from", begin, days_after=0))
    if end := given.get("to", "").strip():
        events = events.filter(at__lt=_moment("to", end, days_after=1))
    return events


def _moment(name: str, text: str, *, days_after: int) -> datetime:
    try:
        moment = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise UserError(
            f"{text} is no date.", fields=[FieldError(name, "Give a date such as 2026-01-31, or an RFC 3339 instant.")]
        ) from None
    if len(text) == len("2026-01-31"):
        return datetime.combine(moment.date() + timedelta(days=days_after), time(), UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

"""Filters of the trail, shared by page and API."""

from collections.abc import Mapping

from audit.models import EventQuerySet

FILTERS = {"actor": "actor", "verb": "verb", "subject_kind": "subject_kind", "subject_id": "subject_id"}


def filtered(events: EventQuerySet, given: Mapping[str, str]) -> EventQuerySet:
    """``events`` narrowed by the query string; ``verb`` may end with ``.*``."""
    for name, column in FILTERS.items():
        value = given.get(name, "").strip()
        if name == "verb" and value.endswith(".*"):
            events = events.filter(verb__startswith=value.removesuffix("*"))
        elif value:
            events = events.filter(**{column: value})
    return events

"""Everything that is known of one resource, for its page and for scripts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from provisioning.conditions import holds
from provisioning.effects import facts_of_resource
from provisioning.expiry import WARNINGS, in_words
from provisioning.models import Resource, StateVersion
from provisioning.planning import Price, price_of
from runs.models import Run
from runs.models.run import RunQuerySet


@dataclass(frozen=True, slots=True)
class Banner:
    """Something about a resource that its owners should not miss."""

    tone: str
    text: str
    hint: str = ""


def price_now(resource: Resource) -> Price | None:
    """What it costs a month as it stands."""
    return price_of(resource.definition.price, facts_of_resource(resource)) if resource.is_there else None


def connecting(resource: Resource) -> list[str]:
    """Commands that reach it, with its outputs filled in; those whose outputs are not there are left out."""
    facts = facts_of_resource(resource)
    lines = [line.run for line in resource.definition.connect if holds(line.when, facts)]
    return [text for line in lines if (text := _filled(line, resource.outputs))]


def _filled(text: str, outputs: dict[str, Any]) -> str:
    for name, value in outputs.items():
        text = text.replace(f"{{{name}}}", str(value))
    return "" if "{" in text else text


def states_of(resource: Resource) -> QuerySet[StateVersion]:
    """The versions of its Terraform state, the latest first, without what is in them."""
    return (
        StateVersion.objects.filter(workspace=f"resource-{resource.pk}")
        .defer("body")
        .select_related("run")
        .order_by("-serial")
    )


def runs_of(resource: Resource) -> RunQuerySet:
    """Every run about it: of its requests, and those that looked for drift."""
    asked = [str(pk) for pk in resource.requests.values_list("pk", flat=True)]
    about = Q(subject_kind="request", subject_id__in=asked) | Q(subject_kind="resource", subject_id=str(resource.pk))
    return Run.objects.filter(about).order_by("-pk")


def warnings_of(resource: Resource, now: datetime) -> list[Banner]:
    """Its end that comes, and its quarantine."""
    if not resource.is_there:
        return []
    found = []
    if until := resource.quarantined_until:
        left = _left(until, now)
        text = f"It is out of service and is deleted {left}, on {_day(until)}."
        found.append(Banner("warn", text, "Until then it can be brought back with everything in it."))
    elif (at := resource.expires_at) and (at - now).total_seconds() <= max(WARNINGS) * 3600:
        found.append(_ending(resource, at, now))
    return found


def ending_soon(resources: Iterable[Resource], now: datetime) -> list[tuple[Resource, Banner]]:
    """Those of ``resources`` whose owners should know."""
    return [(resource, warning) for resource in resources for warning in warnings_of(resource, now)]


def _ending(resource: Resource, at: datetime, now: datetime) -> Banner:
    if resource.protected:
        text = f"Its end is on {_day(at)}; it stays as long as it is protected from deletion."
        return Banner("warn", text, "Extend it, or take the protection off.")
    if at <= now:
        return Banner("bad", f"It ended on {_day(at)} and is being deleted.", "")
    return Banner("warn", f"It is deleted {_left(at, now)}, on {_day(at)}.", "Extend it, or save what you need of it.")


def _left(at: datetime, now: datetime) -> str:
    seconds = (at - now).total_seconds()
    return f"in {in_words(seconds)}" if seconds > 0 else "now"


def _day(at: datetime) -> str:
    return f"{at:%-d %B %Y, %H:%M} UTC"

"""Definitions of the numbers, each with an id and a version. Pure: no database, no clock."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Literal

from metrics.statistics import poisson_interval
from metrics.window import Window

Status = Literal["success", "failure", "cancelled", "in_progress"]
PRODUCTION = re.compile(r"^(prod|production|live)([-_/].*)?$", re.IGNORECASE)
DEPLOYMENT_FREQUENCY = "df.v1"


@dataclass(frozen=True, slots=True)
class DeploymentFact:
    """A deployment as formulas see it. ``finished_at`` is None while it runs."""

    external_id: str
    service: str
    environment: str
    sha: str
    status: Status
    finished_at: datetime | None
    reached_production: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """A deployment, and why it is left out (empty: it counts)."""

    fact: DeploymentFact
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """A number with all that is needed to believe it. ``value`` None comes with a ``reason``."""

    value: float | None
    unit: str
    n: int
    numerator: int | None
    denominator: float | None
    ci_low: float | None
    ci_high: float | None
    definition_version: str
    excluded: dict[str, int] = field(default_factory=dict)
    reason: str = ""


def is_production(environment: str) -> bool:
    """Whether an environment of this name is production, where no mapping says otherwise."""
    return bool(PRODUCTION.match(environment))


def deployment_frequency(facts: Iterable[DeploymentFact], window: Window, *, has_source: bool) -> Result:
    """Successful production deployments a day (df.v1).

    ``has_source``: any deployment was ever received for the scope. With a source, none is 0; without, it is unknown.
    The interval is Garwood's of the count, divided by the days.
    """
    judged = list(judge_for_frequency(facts, window))
    excluded = dict(Counter(item.reason for item in judged if item.reason))
    if not has_source:
        reason = "No deployment of this scope was ever received."
        return Result(None, "per day", 0, None, None, None, None, DEPLOYMENT_FREQUENCY, excluded, reason)
    count, days = sum(not item.reason for item in judged), window.days
    low, high = poisson_interval(count)
    return Result(count / days, "per day", count, count, days, low / days, high / days, DEPLOYMENT_FREQUENCY, excluded)


def judge_for_frequency(facts: Iterable[DeploymentFact], window: Window) -> Iterator[Judged]:
    """Each deployment that finished in ``window``, oldest first within its service, with its verdict.

    ``facts`` must also hold the latest production deployment before the window, so that a redeploy is known.
    """
    finished = sorted((fact for fact in facts if fact.finished_at), key=_service_then_time)
    for _, of_service in groupby(finished, key=lambda fact: fact.service):
        yield from _judge_service(list(of_service), window)


def _service_then_time(fact: DeploymentFact) -> tuple[str, datetime, str]:
    assert fact.finished_at is not None
    return fact.service, fact.finished_at, fact.external_id


def _judge_service(facts: Sequence[DeploymentFact], window: Window) -> Iterator[Judged]:
    running = ""
    for fact in facts:
        assert fact.finished_at is not None
        if fact.finished_at in window:
            yield Judged(fact, _reason(fact, running))
        if fact.reached_production and is_production(fact.environment):
            running = fact.sha


def _reason(fact: DeploymentFact, running: str) -> str:
    if not is_production(fact.environment):
        return "not_production"
    if fact.status == "cancelled":
        return "cancelled"
    if fact.status != "success":
        return "failed"
    return "redeploy" if fact.sha and fact.sha == running else ""

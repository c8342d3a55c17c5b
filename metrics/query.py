"""Reading deployments for the formulas."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Max, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User
from catalog.query import component_refs_in
from catalog.visibility import names_nothing_hidden
from metrics.formulas import Judged, Result, deployment_frequency, judge_for_frequency
from metrics.models import Deployment, DeploymentQuerySet
from metrics.window import Window


@dataclass(frozen=True, slots=True)
class Scope:
    """What a number speaks of: one entity's services, or everything (``ref`` empty), as far as ``user`` may see."""

    ref: str
    user: User

    def deployments(self) -> DeploymentQuerySet:
        """Those of the components in the scope; of every mapped service where it names nothing."""
        found = Deployment.objects.of(component_refs_in(self.ref, self.user) if self.ref else None)
        return found.filter(names_nothing_hidden("service_ref", self.user))


@dataclass(frozen=True, slots=True)
class Frequency:
    """Deployment frequency of a scope, with every row that was looked at."""

    result: Result
    rows: dict[str, "Row"]
    judged: list[Judged]
    sources: list[str]
    freshness: datetime | None


@dataclass(frozen=True, slots=True)
class Row:
    """What a person wants to know of a deployment beside the verdict."""

    repository: str
    url: str


def frequency_of(scope: Scope, window: Window) -> Frequency:
    """Deployment frequency of ``scope`` in ``window``, with the rows behind it. Five queries at most."""
    of_scope = scope.deployments()
    found = of_scope.aggregate(newest=Max(Coalesce("succeeded_at", "failed_at", "started_at", "created_at")))
    sources = sorted(of_scope.order_by().values_list("source", flat=True).distinct())
    looked_at = list(_looked_at(of_scope, window))
    facts = [deployment.as_fact() for deployment in looked_at]
    result = deployment_frequency(facts, window, has_source=bool(sources))
    rows = {_key(deployment): Row(deployment.repository, deployment.url) for deployment in looked_at}
    return Frequency(result, rows, list(judge_for_frequency(facts, window)), sources, found["newest"])


def _key(deployment: Deployment) -> str:
    return f"{deployment.service_ref} {deployment.external_id}"


def _looked_at(of_scope: DeploymentQuerySet, window: Window) -> Iterator[Deployment]:
    finished = of_scope.annotate(finished=Coalesce("succeeded_at", "failed_at"))
    yield from finished.filter(finished__gte=window.start, finished__lt=window.end)
    yield from _running_before(finished, window)


def _running_before(finished: QuerySet[Deployment], window: Window) -> QuerySet[Deployment]:
    """Of each service, what ran in production when the window began."""
    production = finished.filter(
        succeeded_at__lt=window.start, environment__iregex=r"^(prod|production|live)([-_/].*)?$"
    )
    return production.order_by("service_ref", F("finished").desc(), "-external_id").distinct("service_ref")

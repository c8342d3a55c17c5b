"""Numbers for scripts, each with what is needed to believe it."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.permissions import may_write, require
from accounts.requests import signed_in
from common.api import cursor_page, page_limit, read_cursor, write_cursor
from common.errors import NotFound
from metrics import actions
from metrics.formulas import Judged
from metrics.models import Delivery
from metrics.query import Frequency, Scope, frequency_of
from metrics.window import Window, parse_window

METRICS = ("deployment_frequency",)
_WINDOW_PARAMETERS = [
    OpenApiParameter(
        "scope", str, description="An entity reference; without it, everything. A component, system, domain or group."
    ),
    OpenApiParameter("from", str, description="A date or an RFC 3339 instant; 30 days before `to` without it."),
    OpenApiParameter(
        "to", str, description="A date or an RFC 3339 instant, not included; the end of today without it."
    ),
    OpenApiParameter("tz", str, description="An IANA time zone, in which days begin; UTC without it."),
]
_EXAMPLE = {
    "metric": "deployment_frequency",
    "scope": "component:default/orders",
    "value": 2.6,
    "unit": "per day",
    "n": 78,
    "numerator": 78,
    "denominator": 30.0,
    "excluded": {"redeploy": 2, "not_production": 41},
    "ci_low": 2.055,
    "ci_high": 3.245,
    "coverage": {"deployments": True},
    "freshness": "2026-03-08T16:02:11Z",
    "definition_version": "df.v1",
    "window": {"from": "2026-02-07T00:00:00Z", "to": "2026-03-09T00:00:00Z", "days": 30.0},
    "tz": "UTC",
    "sources": ["github"],
    "reason": "",
}


def read_question(request: Request, metric: str) -> tuple[Scope, Window]:
    """The scope and the window that a request asks about."""
    require_scope(request, "metrics:read")
    if metric not in METRICS:
        raise NotFound(f"There is no metric {metric}.", hint=f"Metrics are {', '.join(METRICS)}.")
    asked = request.query_params
    window = parse_window(
        start=asked.get("from", ""), end=asked.get("to", ""), zone=asked.get("tz", ""), now=timezone.now()
    )
    return Scope(asked.get("scope", "").lower(), signed_in(request)), window


class Metric(APIView):
    """One number."""

    @extend_schema(
        operation_id="metrics_read",
        summary="A metric",
        description="Metrics are `deployment_frequency`. A null value comes with a `reason`.",
        tags=["metrics"],
        parameters=_WINDOW_PARAMETERS,
        responses=inline_serializer("Metric", {"value": serializers.FloatField(allow_null=True)}),
        examples=[OpenApiExample("Deployments a day", _EXAMPLE, response_only=True)],
    )
    def get(self, request: Request, metric: str) -> Response:
        """The number with n, interval, coverage, freshness and definition."""
        scope, window = read_question(request, metric)
        return Response(result_json(metric, scope, window, frequency_of(scope, window)))


class MetricRows(APIView):
    """The rows behind a number."""

    @extend_schema(
        operation_id="metrics_rows",
        summary="The rows behind a metric",
        description="`included` are the rows that `n` counts; `excluded` say why they are left out. "
        "Both are paged together by `cursor`.",
        tags=["metrics"],
        parameters=[*_WINDOW_PARAMETERS, OpenApiParameter("limit", int), OpenApiParameter("cursor", str)],
        responses=inline_serializer("MetricRows", {"next": serializers.CharField(allow_null=True)}),
    )
    def get(self, request: Request, metric: str) -> Response:
        """Deployments that finished in the window, oldest first within their service."""
        scope, window = read_question(request, metric)
        judged, limit = frequency_of(scope, window).judged, page_limit(request)
        begin = read_cursor(request.query_params.get("cursor", "")) or 0
        page = judged[begin : begin + limit]
        more = begin + limit < len(judged)
        return Response(
            {
                "included": [row_json(item) for item in page if not item.reason],
                "excluded": [row_json(item) | {"reason": item.reason} for item in page if item.reason],
                "next": write_cursor(begin + limit) if more else None,
            }
        )


class Deliveries(APIView):
    """What came in through webhooks."""

    @extend_schema(operation_id="deliveries_list", summary="Webhook deliveries", tags=["metrics"], responses=dict)
    def get(self, request: Request) -> Response:
        """Newest first, with what became of each."""
        require_scope(request, "metrics:read")
        rows = Delivery.objects.visible_to(signed_in(request)).defer("body")
        return cursor_page(rows, request._request, delivery_json)


class DeliveryReplay(APIView):
    """Read a delivery again."""

    @extend_schema(
        operation_id="deliveries_replay",
        summary="Read a delivery again",
        tags=["metrics"],
        request=None,
        responses=dict,
    )
    def post(self, request: Request, pk: int) -> Response:
        """With the mapper of today; doing it twice changes nothing."""
        require_scope(request, "metrics:write")
        user = signed_in(request)
        require(may_write(user))
        delivery = Delivery.objects.visible_to(user).filter(pk=pk).first()
        if delivery is None:
            raise NotFound("There is no such delivery.")
        actions.replay(delivery=delivery, by=user)
        return Response(delivery_json(delivery))


def result_json(metric: str, scope: Scope, window: Window, frequency: Frequency) -> dict[str, Any]:
    """A number in the shape of the door."""
    result = frequency.result
    return {
        "metric": metric,
        "scope": scope.ref or None,
        "value": result.value,
        "unit": result.unit,
        "n": result.n,
        "numerator": result.numerator,
        "denominator": result.denominator,
        "excluded": result.excluded,
        "ci_low": result.ci_low,
        "ci_high": result.ci_high,
        "coverage": {"deployments": bool(frequency.sources)},
        "freshness": frequency.freshness,
        "definition_version": result.definition_version,
        "window": {"from": window.start, "to": window.end, "days": window.days},
        "tz": window.zone.key,
        "sources": frequency.sources,
        "reason": result.reason,
    }


def row_json(item: Judged) -> dict[str, Any]:
    """A deployment as ``/rows`` shows it."""
    return {
        "kind": "deployment",
        "external_id": item.fact.external_id,
        "sha": item.fact.sha,
        "service": item.fact.service,
        "at": item.fact.finished_at,
        "value": 1,
    }


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """A delivery without its body."""
    names = ("id", "source", "event", "key", "state", "outcome", "received_at", "processed_at", "mapper_version")
    return {name: getattr(delivery, name) for name in names}

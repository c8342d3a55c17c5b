"""Runs for scripts."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.permissions import require
from accounts.requests import signed_in
from common.api import FURTHEST, cursor_page
from common.errors import FieldError, UserError
from common.long_poll import WAIT, long_poll
from common.numbers import parse_digits
from runs import actions
from runs.line import waits_for
from runs.logs import read_log
from runs.models import Run
from runs.permissions import may_cancel, visible_run

_EXAMPLE = OpenApiExample(
    "A run that waits",
    {
        "id": 7,
        "title": "Create database orders-db",
        "state": "waiting",
        "step": "approval",
        "waiting_for": [{"kind": "approval", "text": "One approval", "who": ["group:default/platform"], "until": None}],
        "error": None,
        "steps": [{"name": "plan", "title": "Making the plan", "state": "succeeded", "attempt": 1}],
    },
    response_only=True,
)


class Runs(APIView):
    """All runs I may see."""

    @extend_schema(
        operation_id="runs_list",
        summary="Runs",
        tags=["runs"],
        responses=dict,
        parameters=[OpenApiParameter("state", str), OpenApiParameter("cursor", str)],
    )
    def get(self, request: Request) -> Response:
        """Newest first."""
        require_scope(request, "runs:read")
        rows = Run.objects.visible_to(signed_in(request)).select_related("requested_by")
        if state := request.query_params.get("state"):
            rows = rows.filter(state=state)
        return cursor_page(rows, request._request, brief_json)


class RunDetail(APIView):
    """One run."""

    @extend_schema(
        operation_id="runs_read",
        summary="A run",
        tags=["runs"],
        responses=dict,
        parameters=[WAIT],
        examples=[_EXAMPLE],
    )
    def get(self, request: Request, pk: int) -> Response:
        """With ``wait`` it answers when the state has changed, or at the end."""
        require_scope(request, "runs:read")
        user = signed_in(request)
        run = visible_run(user, pk)
        before = (run.state, run.step)
        run = long_poll(
            request, lambda: visible_run(user, pk), lambda row: row.is_final or (row.state, row.step) != before
        )
        return Response(run_json(run))


class RunLog(APIView):
    """The log of a run."""

    @extend_schema(
        operation_id="runs_log",
        summary="The log of a run",
        tags=["runs"],
        parameters=[OpenApiParameter("after", int, description="The byte to begin at; 0 without it."), WAIT],
        responses={(200, "text/plain"): OpenApiTypes.STR},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        """Text from byte ``after`` on; go on from ``X-Next-Offset``. ``X-Run-State`` tells whether more can come."""
        require_scope(request, "runs:read")
        user = signed_in(request)
        after = _offset(request)

        def look() -> tuple[Run, str, int]:
            run = visible_run(user, pk)
            return run, *read_log(run.pk, after)

        run, text, following = long_poll(request, look, lambda found: bool(found[1]) or found[0].is_final)
        headers = {"X-Next-Offset": str(following), "X-Run-State": run.state, "Cache-Control": "no-store"}
        return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)


class RunCancellation(APIView):
    """Stopping a run."""

    @extend_schema(
        operation_id="runs_cancel",
        summary="Stop a run",
        tags=["runs"],
        request={"application/json": {"type": "object", "properties": {"forced": {"type": "boolean"}}}},
        responses=dict,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Gracefully first; ``forced`` kills what does not stop."""
        require_scope(request, "runs:write")
        user = signed_in(request)
        run = visible_run(user, pk)
        require(may_cancel(user, run))
        forced = bool(request.data.get("forced")) if isinstance(request.data, dict) else False
        return Response(run_json(actions.cancel_run(run_id=run.pk, by=user, forced=forced)))


def _offset(request: Request) -> int:
    after = parse_digits(request.query_params.get("after", "0"), most=FURTHEST)
    if after is None:
        raise UserError("after must be a number of bytes.", fields=[FieldError("after", "not a number")])
    return after


def brief_json(run: Run) -> dict[str, Any]:
    """A run in a list."""
    names = (
        "id",
        "pipeline",
        "title",
        "state",
        "step",
        "waiting_for",
        "subject_kind",
        "subject_id",
        "owner_ref",
        "error",
    )
    times = ("created_at", "started_at", "finished_at")
    by = run.requested_by.entity_ref if run.requested_by else None
    return {name: getattr(run, name) for name in (*names, *times)} | {"requested_by": by}


def run_json(run: Run) -> dict[str, Any]:
    """A run with its steps."""
    names = ("name", "title", "state", "attempt", "note", "error", "started_at", "finished_at")
    steps = list(run.steps.order_by("pk").values(*names))
    return brief_json(run) | {"waiting_for": waits_for(run), "steps": steps}

"""The trail for scripts."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.requests import signed_in
from audit.models import Event
from audit.query import FILTERS, PERIOD, filtered
from common.api import cursor_page


class Events(APIView):
    """What happened."""

    @extend_schema(
        operation_id="audit_list",
        summary="What happened",
        description="Newest first. Platform admins see everything, others what they or their teams did or own. "
        "`verb` may end with `.*`; `from` and `to` are dates, both of which count, or instants.",
        tags=["audit"],
        parameters=[*(OpenApiParameter(name, str) for name in (*FILTERS, *PERIOD)), OpenApiParameter("cursor", str)],
        responses=dict,
    )
    def get(self, request: Request) -> Response:
        """A page of events."""
        require_scope(request, "audit:read")
        events = filtered(Event.objects.visible_to(signed_in(request)), request.query_params.dict())
        return cursor_page(events, request._request, event_json)


def event_json(event: Event) -> dict[str, Any]:
    """An event as the API shows it."""
    names = (
        "id",
        "at",
        "actor",
        "verb",
        "subject_kind",
        "subject_id",
        "subject_label",
        "owner_ref",
        "data",
        "request_id",
    )
    return {name: getattr(event, name) for name in names}

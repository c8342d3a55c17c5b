"""Deciding on several requests, and letting one through without approval, by a script."""

from typing import Any

from django.db.models import F
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.requests import signed_in
from common.api import object_in
from common.errors import FieldError, NotFound, UserError
from provisioning.approval_actions import Decided, break_glass, decide_many, review
from provisioning.permissions import visible_request
from provisioning.presentation import glass_json, request_json


class ManyApprovals(APIView):
    """Deciding on several requests at once."""

    @extend_schema(
        operation_id="requests_approve_many",
        summary="Approve or reject several requests",
        description="Each goes through the same gate as alone, in a transaction of its own. The answer is 200 and says "
        "for each `status` with the `state` that it is in now, or with the `error`.",
        tags=["provisioning"],
        request=dict,
        responses=dict,
        examples=[
            OpenApiExample(
                "Two", {"decision": "approve", "requests": [{"id": 7, "digest": "…"}, {"id": 8}]}, request_only=True
            )
        ],
    )
    def post(self, request: ApiRequest) -> Response:
        """At most a hundred."""
        require_scope(request, "provisioning:approve")
        body = object_in(request)
        if body.get("decision") not in ("approve", "reject"):
            raise UserError("Which decision?", fields=[FieldError("decision", "approve or reject.")])
        results = decide_many(
            chosen=_chosen(body.get("requests")),
            by=signed_in(request),
            decision=body["decision"],
            reason=str(body.get("reason") or ""),
        )
        return Response({"results": [_result(result) for result in results]})


def _chosen(raw: Any) -> list[tuple[int, str]]:
    if not isinstance(raw, list):
        raise UserError("requests must be a list.", fields=[FieldError("requests", "It must be a list.")])
    wrong = [
        FieldError(f"requests[{number}]", "It must be an object with the id of a request.")
        for number, one in enumerate(raw)
        if not isinstance(one, dict) or type(one.get("id")) is not int or not 0 < one["id"] < 2**63
    ]
    if wrong:
        raise UserError("Which requests?", fields=wrong)
    return [(one["id"], str(one.get("digest") or "")) for one in raw]


def _result(result: Decided) -> dict[str, Any]:
    if result.error:
        error = {"id": result.error.id, "message": result.error.message, "hint": result.error.hint}
        return {"id": result.pk, "status": int(result.error.status), "error": error}
    return {"id": result.pk, "status": 201, "state": result.request.state if result.request else None}


class Glass(APIView):
    """Letting a request through without approval."""

    @extend_schema(
        operation_id="requests_break_glass",
        summary="Let a request through in an emergency",
        description="Without the approvals that it lacks, and through a freeze; never against a rule that denies. It "
        "is loud in the trail, and somebody else has to review it. For platform admins, never on their own request; a "
        "token needs the scope `provisioning:break-glass`.",
        tags=["provisioning"],
        request=dict,
        responses={201: dict},
        examples=[
            OpenApiExample(
                "An incident",
                {"reason": "The shop is down", "incident": "https://incidents.example.com/42", "digest": "…"},
                request_only=True,
            )
        ],
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        """Bound to the plan, as an approval is."""
        require_scope(request, "provisioning:break-glass")
        user = signed_in(request)
        found, body = visible_request(user, pk), object_in(request)
        break_glass(
            request=found,
            by=user,
            reason=str(body.get("reason") or ""),
            incident=str(body.get("incident") or ""),
            digest=str(body.get("digest") or ""),
        )
        return Response(request_json(visible_request(user, pk)), status=201)


class GlassReview(APIView):
    """Looking at it afterwards."""

    @extend_schema(
        operation_id="requests_review_break_glass",
        summary="Review what was let through",
        tags=["provisioning"],
        request=dict,
        responses=dict,
        examples=[OpenApiExample("Seen", {"note": "It was right; the rule gets an exception."}, request_only=True)],
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        """By an approver who neither did it nor asked for it."""
        require_scope(request, "provisioning:approve")
        user = signed_in(request)
        found = visible_request(user, pk)
        # What nobody has reviewed comes first.
        broken = found.broken_glass.order_by(F("reviewed_at").desc(nulls_first=True), "pk").first()
        if broken is None:
            raise NotFound("This request was not let through without approval.")
        return Response(glass_json(review(glass=broken, by=user, note=str(object_in(request).get("note") or ""))))

"""What becomes of a request, by a script."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.requests import signed_in
from common.errors import FieldError, UserError
from provisioning import actions
from provisioning.permissions import visible_request
from provisioning.presentation import request_json


class Approvals(APIView):
    """Deciding on a request."""

    @extend_schema(
        operation_id="requests_approve",
        summary="Approve or reject",
        description="Bound to the plan: send its `digest` to be sure that it is the one you read.",
        tags=["provisioning"],
        request=dict,
        responses={201: dict},
        examples=[
            OpenApiExample("Approve", {"decision": "approve", "reason": ""}, request_only=True),
            OpenApiExample("Reject", {"decision": "reject", "reason": "Take a smaller size"}, request_only=True),
        ],
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        """Nobody decides on their own request."""
        require_scope(request, "provisioning:approve")
        user = signed_in(request)
        found = visible_request(user, pk)
        body = request.data if isinstance(request.data, dict) else {}
        decision = body.get("decision")
        if decision not in ("approve", "reject"):
            raise UserError("Which decision?", fields=[FieldError("decision", "approve or reject.")])
        done = actions.decide(
            request=found,
            by=user,
            decision=decision,
            reason=str(body.get("reason") or ""),
            digest=str(body.get("digest") or ""),
        )
        return Response(request_json(done), status=201)


class Cancellation(APIView):
    """Taking a request back."""

    @extend_schema(
        operation_id="requests_cancel",
        summary="Take a request back",
        tags=["provisioning"],
        request=None,
        responses=dict,
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        """At once before anything was applied, else the worker is asked to stop."""
        require_scope(request, "provisioning:write")
        user = signed_in(request)
        return Response(request_json(actions.withdraw(request=visible_request(user, pk), by=user)))


class Plans(APIView):
    """Planning again."""

    @extend_schema(
        operation_id="requests_plan",
        summary="Plan again",
        description="For a request that needs attention: look at what exists, and plan what is left. `exists` of the "
        "request says which objects may have been made unknown to the state; `adopt` takes them on, by address, with "
        "their identifier at the provider. What is not there is left out.",
        tags=["provisioning"],
        request=dict,
        responses={201: dict},
        examples=[
            OpenApiExample("As it is", {}, request_only=True),
            OpenApiExample(
                "With one that was found",
                {"adopt": {"module.this.aws_db_instance.this": "orders-db-production"}},
                request_only=True,
            ),
        ],
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        """The same request with a run of its own; approvals of another plan are void."""
        require_scope(request, "provisioning:write")
        user = signed_in(request)
        planned = actions.plan_again(request=visible_request(user, pk), by=user, adopt=_adopt(request.data))
        return Response(request_json(planned), status=201)


def _adopt(body: Any) -> dict[str, str]:
    adopt = (body or {}).get("adopt") or {} if isinstance(body, dict | None) else None
    if not isinstance(adopt, dict) or not all(isinstance(identifier, str) for identifier in adopt.values()):
        raise UserError("The body is not valid.", fields=[FieldError("adopt", "It must be an object of texts.")])
    return adopt

"""Who decides in whose stead, for scripts."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.requests import signed_in
from common.api import Text, cursor_page
from provisioning.delegation_actions import delegate, end_delegation
from provisioning.models import Delegation
from provisioning.permissions import visible_delegation
from provisioning.presentation import delegation_json


class NewDelegation(serializers.Serializer[Any]):
    """Somebody who decides in your stead for a while."""

    to = Text(max_length=150, help_text="A username.")
    starts_at = serializers.DateTimeField(required=False, allow_null=True, default=None, help_text="Now without it.")
    ends_at = serializers.DateTimeField()
    reason = Text(max_length=300)


class Delegations(APIView):
    """Delegations."""

    @extend_schema(operation_id="delegations_list", summary="Delegations", tags=["provisioning"], responses=dict)
    def get(self, request: ApiRequest) -> Response:
        """Those that you gave or got; all for platform admins."""
        require_scope(request, "provisioning:read")
        rows = Delegation.objects.visible_to(signed_in(request)).select_related("delegator", "delegate")
        return cursor_page(rows, request._request, delegation_json)

    @extend_schema(
        operation_id="delegations_create",
        summary="Let somebody decide in your stead",
        description="They decide as you may, never on their own requests nor on yours, and cannot lend it on.",
        tags=["provisioning"],
        request=NewDelegation,
        responses={201: dict},
        examples=[
            OpenApiExample(
                "A holiday",
                {"to": "bob", "ends_at": "2026-12-24T00:00:00Z", "reason": "On holiday"},
                request_only=True,
            )
        ],
    )
    def post(self, request: ApiRequest) -> Response:
        """In your own stead alone."""
        require_scope(request, "provisioning:approve")
        read = NewDelegation(data=request.data)
        read.is_valid(raise_exception=True)
        given = read.validated_data
        made = delegate(
            to=given["to"],
            begin=given["starts_at"],
            end=given["ends_at"],
            reason=given["reason"],
            by=signed_in(request),
        )
        return Response(delegation_json(made), status=201)


class DelegationDetail(APIView):
    """One delegation."""

    @extend_schema(operation_id="delegations_read", summary="A delegation", tags=["provisioning"], responses=dict)
    def get(self, request: ApiRequest, pk: int) -> Response:
        """Of yours, or given to you."""
        require_scope(request, "provisioning:read")
        return Response(delegation_json(visible_delegation(signed_in(request), pk)))

    @extend_schema(
        operation_id="delegations_end", summary="Take a delegation back", tags=["provisioning"], responses=dict
    )
    def delete(self, request: ApiRequest, pk: int) -> Response:
        """What was decided meanwhile stays; the row does, too."""
        require_scope(request, "provisioning:approve")
        user = signed_in(request)
        return Response(delegation_json(end_delegation(delegation=visible_delegation(user, pk), by=user)))

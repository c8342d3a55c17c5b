"""What teams may have at once, for scripts."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.permissions import may_administer, require
from accounts.requests import signed_in
from common.api import Text
from provisioning.budget_actions import put_budget, remove_budget
from provisioning.budgets import lines_of
from provisioning.day_two import group_ref
from provisioning.models import Budget
from provisioning.permissions import visible_budget
from provisioning.presentation import budget_json, budget_with_lines


class NewBudget(serializers.Serializer[Any]):
    """A limit for a team and the teams below it."""

    owner = Text(max_length=255)
    measure = Text(max_length=200)
    blueprint = Text(max_length=100, required=False, allow_blank=True, default="")
    limit = Text(max_length=32, help_text="A number or a quantity, such as 500 or 64Gi.")


_EXAMPLE = OpenApiExample(
    "At most ten databases",
    {"owner": "orders-team", "measure": "count", "blueprint": "database", "limit": "10"},
    request_only=True,
)


def _given(request: ApiRequest) -> dict[str, str]:
    read = NewBudget(data=request.data)
    read.is_valid(raise_exception=True)
    return {**read.validated_data, "owner": group_ref(read.validated_data["owner"])}


class Budgets(APIView):
    """What teams may have."""

    @extend_schema(operation_id="budgets_list", summary="Budgets", tags=["provisioning"], responses=dict)
    def get(self, request: ApiRequest) -> Response:
        """Those that bind your teams, with how full they are."""
        require_scope(request, "provisioning:read")
        rows = list(Budget.objects.visible_to(signed_in(request)).order_by("pk"))
        return Response({"items": [budget_json(row, lines) for row, lines in zip(rows, lines_of(rows), strict=True)]})

    @extend_schema(
        operation_id="budgets_create",
        summary="Limit what a team may have",
        description="`measure` is `money` (a month), `count` (of resources), or an input of the `blueprint` such as "
        "`inputs.allocated_storage`. For platform admins.",
        tags=["provisioning"],
        request=NewBudget,
        responses={201: dict},
        examples=[_EXAMPLE],
    )
    def post(self, request: ApiRequest) -> Response:
        """What is there already stays."""
        require_scope(request, "admin")
        made = put_budget(given=_given(request), by=signed_in(request))
        return Response(budget_with_lines(made), status=201)


class BudgetDetail(APIView):
    """One budget."""

    @extend_schema(operation_id="budgets_read", summary="A budget", tags=["provisioning"], responses=dict)
    def get(self, request: ApiRequest, pk: int) -> Response:
        """With what takes how much of it."""
        require_scope(request, "provisioning:read")
        return Response(budget_with_lines(visible_budget(signed_in(request), pk)))

    @extend_schema(
        operation_id="budgets_replace",
        summary="Change a budget",
        tags=["provisioning"],
        request=NewBudget,
        responses=dict,
        examples=[_EXAMPLE],
    )
    def put(self, request: ApiRequest, pk: int) -> Response:
        """For platform admins."""
        require_scope(request, "admin")
        user = signed_in(request)
        budget = visible_budget(user, pk)
        require(may_administer(user))
        return Response(budget_with_lines(put_budget(given=_given(request), by=user, budget=budget)))

    @extend_schema(
        operation_id="budgets_delete", summary="Take a limit away", tags=["provisioning"], responses={204: None}
    )
    def delete(self, request: ApiRequest, pk: int) -> Response:
        """For platform admins."""
        require_scope(request, "admin")
        user = signed_in(request)
        remove_budget(budget=visible_budget(user, pk), by=user)
        return Response(status=204)

"""Rules of visibility for scripts of those who run the portal."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.models import User
from accounts.permissions import may_administer, require
from accounts.requests import signed_in
from catalog.model.visibility import declaration_of
from catalog.models import VisibilityRule
from catalog.visibility import counts_taken
from catalog.visibility_actions import add_rule, put_rule, remove_rule, visibility_rule
from common.api import object_in

_BODY = {"filter": "metadata.annotations.example.com/confidential=true", "visibleTo": ["group:default/security"]}
_NAMED = OpenApiExample("Confidential entities", {"name": "confidential", **_BODY}, request_only=True)
_WITHOUT_NAME = OpenApiExample("Confidential entities", {**_BODY, "visibleTo": ["owners"]}, request_only=True)


class VisibilityRuleList(APIView):
    """Who sees which entities."""

    @extend_schema(
        operation_id="visibility_rules_list",
        summary="Rules of visibility",
        description="For platform admins: a filter may name what it hides.",
        tags=["catalog"],
        responses=dict,
    )
    def get(self, request: Request) -> Response:
        """By name, each with how many entities it takes now."""
        _admin(request, "catalog:read")
        rows = list(VisibilityRule.objects.all())
        counts = counts_taken([row.rule for row in rows])
        items = [rule_json(row, count) for row, count in zip(rows, counts, strict=True)]
        return Response({"items": items, "next_cursor": None})

    @extend_schema(
        operation_id="visibility_rules_create",
        summary="Add a rule of visibility",
        description="Counts at once. `filter` is a text as `filter=` takes it, or a list of them: one is enough. "
        "`visibleTo` names groups, users and `owners`, who own the entity. `errors` of a 422 name what is wrong.",
        tags=["catalog"],
        request=dict,
        responses={201: dict},
        examples=[_NAMED],
    )
    def post(self, request: Request) -> Response:
        """409 where there is one of this name."""
        user = _admin(request, "catalog:write")
        return _answer(add_rule(declaration=object_in(request), by=user, origin="api"), status=201)


class VisibilityRuleDetail(APIView):
    """One rule."""

    @extend_schema(
        operation_id="visibility_rules_read", summary="A rule of visibility", tags=["catalog"], responses=dict
    )
    def get(self, request: Request, name: str) -> Response:
        """Its filter, its people, and how many entities it takes now."""
        _admin(request, "catalog:read")
        return _answer(visibility_rule(name))

    @extend_schema(
        operation_id="visibility_rules_put",
        summary="Add or replace a rule of visibility",
        tags=["catalog"],
        request=dict,
        responses={200: dict, 201: dict},
        examples=[_WITHOUT_NAME],
    )
    def put(self, request: Request, name: str) -> Response:
        """The whole rule; it counts at once."""
        user = _admin(request, "catalog:write")
        row, new = put_rule(name=name, declaration=object_in(request), by=user, origin="api")
        return _answer(row, status=201 if new else 200)

    @extend_schema(
        operation_id="visibility_rules_delete",
        summary="Take a rule of visibility away",
        tags=["catalog"],
        responses={204: None},
    )
    def delete(self, request: Request, name: str) -> Response:
        """What it alone hid is seen by everybody."""
        remove_rule(name=name, by=_admin(request, "catalog:write"))
        return Response(status=204)


def rule_json(row: VisibilityRule, count: int) -> dict[str, Any]:
    """A rule as the API shows it: its declaration, where it stands, and how many entities it takes."""
    return declaration_of(row.rule) | {"origin": row.origin, "changed_at": row.changed_at, "entities": count}


def _answer(row: VisibilityRule, status: int = 200) -> Response:
    [count] = counts_taken([row.rule])
    return Response(rule_json(row, count), status=status)


def _admin(request: Request, scope: str) -> User:
    require_scope(request, scope)
    user = signed_in(request)
    require(may_administer(user))
    return user

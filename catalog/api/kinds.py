"""Kinds of entities for scripts."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.permissions import may_administer, require
from accounts.requests import signed_in
from catalog.kind_actions import custom_kind, put_kind, remove_kind
from catalog.kinds import kind_of_row
from catalog.model.custom import declaration_of
from catalog.model.kinds import DEFAULT_KINDS, Kind
from catalog.models import CustomKind
from common.api import object_in
from common.errors import Conflict

_ENVIRONMENT = OpenApiExample(
    "Environments",
    {
        "apiVersions": ["example.com/v1"],
        "description": "Where things run",
        "schema": {
            "type": "object",
            "required": ["owner", "region"],
            "properties": {"owner": {"type": "string"}, "region": {"enum": ["eu-west-1", "us-east-1"]}},
        },
        "relations": [
            {"field": "owner", "relation": "ownedBy", "inverse": "ownerOf", "defaultKind": "Group"},
            {"field": "hosts", "relation": "hosts", "inverse": "hostedIn", "defaultKind": "Component"},
        ],
    },
    request_only=True,
)


class KindList(APIView):
    """What entities there can be."""

    @extend_schema(operation_id="kinds_list", summary="Kinds, built in and added", tags=["catalog"], responses=dict)
    def get(self, request: Request) -> Response:
        """By name, each with its schema and relations."""
        require_scope(request, "catalog:read")
        rows = [(kind_of_row(row), row) for row in CustomKind.objects.all()]
        found = [kind_json(kind, None) for kind in DEFAULT_KINDS.values()]
        found += [kind_json(kind, row) for kind, row in rows]
        return Response({"items": sorted(found, key=lambda one: str(one["name"])), "next_cursor": None})


class KindDetail(APIView):
    """One kind."""

    @extend_schema(operation_id="kinds_read", summary="A kind", tags=["catalog"], responses=dict)
    def get(self, request: Request, name: str) -> Response:
        """Its schema and relations."""
        require_scope(request, "catalog:read")
        if name in DEFAULT_KINDS:
            return Response(kind_json(DEFAULT_KINDS[name], None))
        row = custom_kind(name)
        return Response(kind_json(kind_of_row(row), row))

    @extend_schema(
        operation_id="kinds_put",
        summary="Add or change a kind",
        description="Counts at once, and sources are read anew. `errors` of a 422 name each field that is wrong.",
        tags=["catalog"],
        request=dict,
        responses={200: dict, 201: dict},
        examples=[_ENVIRONMENT],
    )
    def put(self, request: Request, name: str) -> Response:
        """The whole declaration; what is left out is empty afterwards."""
        require_scope(request, "catalog:write")
        user = signed_in(request)
        require(may_administer(user))
        row, new = put_kind(name=name, declaration=object_in(request), by=user, origin="api")
        return Response(kind_json(kind_of_row(row), row), status=201 if new else 200)

    @extend_schema(
        operation_id="kinds_delete",
        summary="Take a kind away",
        description="409 while entities are of it, unless `although_used=true`: then they stay as they were read last.",
        tags=["catalog"],
        parameters=[OpenApiParameter("although_used", bool)],
        responses={204: None},
    )
    def delete(self, request: Request, name: str) -> Response:
        """Only kinds that were added."""
        require_scope(request, "catalog:write")
        user = signed_in(request)
        require(may_administer(user))
        if name in DEFAULT_KINDS:
            raise Conflict(f"{name} is built in and stays.", id="kind-built-in")
        remove_kind(name=name, by=user, although_used=request.GET.get("although_used") == "true")
        return Response(status=204)


def kind_json(kind: Kind, row: CustomKind | None) -> dict[str, Any]:
    """A kind as the API shows it: its declaration, and where it stands."""
    origin = row.origin if row else "built-in"
    return declaration_of(kind) | {"origin": origin, "changed_at": row.changed_at if row else None}

"""Sources and problems for scripts."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.permissions import require
from accounts.requests import signed_in
from catalog import actions
from catalog.models import Problem, Source
from catalog.models.source import SourceKind
from catalog.permissions import may_register, may_sync, may_unregister, source_by_id
from common.api import cursor_page


class NewSource(serializers.Serializer[Any]):
    """What a source is made of."""

    target = serializers.URLField(max_length=2000)


class Sources(APIView):
    """Where the catalog comes from."""

    @extend_schema(operation_id="sources_list", summary="Sources", tags=["catalog"], responses=dict)
    def get(self, request: Request) -> Response:
        """Newest first, with what the last sync did."""
        require_scope(request, "catalog:read")
        return cursor_page(Source.objects.all(), request._request, source_json)

    @extend_schema(
        operation_id="sources_create",
        summary="Register a URL",
        description="It is read at once; the answer says what it brought and what is wrong.",
        tags=["catalog"],
        request=NewSource,
        responses={201: dict},
        examples=[
            OpenApiExample(
                "A file on GitHub",
                {"target": "https://github.com/example-org/orders/blob/main/catalog-info.yaml"},
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Register a URL and read it."""
        require_scope(request, "catalog:write")
        user = signed_in(request)
        require(may_register(user))
        given = NewSource(data=request.data)
        given.is_valid(raise_exception=True)
        source = actions.register_source(
            kind=SourceKind.URL, target=given.validated_data["target"], by=user, origin="api"
        )
        actions.sync_source(source=source, by=user)
        return Response(source_json(source) | {"problems": _problems_of(source)}, status=201)


class SourceDetail(APIView):
    """One source."""

    @extend_schema(operation_id="sources_read", summary="A source with its problems", tags=["catalog"], responses=dict)
    def get(self, request: Request, pk: int) -> Response:
        """State, counts and problems."""
        require_scope(request, "catalog:read")
        source = source_by_id(pk)
        return Response(source_json(source) | {"problems": _problems_of(source)})

    @extend_schema(operation_id="sources_delete", summary="Forget a source", tags=["catalog"], responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """And all that it says."""
        require_scope(request, "catalog:write")
        user, source = signed_in(request), source_by_id(pk)
        require(may_unregister(user, source))
        actions.unregister_source(source=source, by=user)
        return Response(status=204)


class SourceSync(APIView):
    """Reading a source now."""

    @extend_schema(
        operation_id="sources_sync",
        summary="Read a source now",
        tags=["catalog"],
        request=inline_serializer("Sync", {"allow_removal": serializers.BooleanField(required=False)}),
        responses=dict,
    )
    def post(self, request: Request, pk: int) -> Response:
        """Answers what changed. ``allow_removal`` lets it remove more than half of the source."""
        require_scope(request, "catalog:write")
        user, source = signed_in(request), source_by_id(pk)
        require(may_sync(user))
        allow = bool(request.data.get("allow_removal")) if isinstance(request.data, dict) else False
        result = actions.sync_source(source=source, by=user, allow_removal=allow)
        changes = result.changes
        named = {"added": changes.added[:500], "changed": changes.changed[:500], "removed": changes.removed[:500]}
        return Response(source_json(source) | {"changes": named, "problems": _problems_of(source)})


class Problems(APIView):
    """Everything wrong with the catalog's files."""

    @extend_schema(operation_id="problems_list", summary="Problems of all sources", tags=["catalog"], responses=dict)
    def get(self, request: Request) -> Response:
        """With file, line and hint."""
        require_scope(request, "catalog:read")
        return cursor_page(Problem.objects.all(), request._request, problem_json)


def source_json(source: Source) -> dict[str, Any]:
    """A source as the API shows it."""
    names = ("id", "kind", "target", "origin", "state", "error", "counts", "last_sync_at", "next_sync_at")
    return {name: getattr(source, name) for name in names}


def problem_json(problem: Problem) -> dict[str, Any]:
    """A problem as the API shows it."""
    names = ("id", "source_id", "file", "line", "column", "stage", "field", "message", "hint", "entity_ref")
    return {name: getattr(problem, name) for name in names}


def _problems_of(source: Source) -> list[dict[str, Any]]:
    return [problem_json(problem) for problem in source.problems.newest_first()[:200]]

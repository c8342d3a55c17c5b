"""Where blueprints come from, for scripts of those who run the portal."""

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.permissions import may_administer, require
from accounts.requests import signed_in
from common.api import Flag, Text, cursor_page
from common.long_poll import WAIT, long_poll
from provisioning import source_actions
from provisioning.models import BlueprintSource
from provisioning.models.blueprint import SourceKind
from provisioning.permissions import blueprint_source
from provisioning.presentation import source_json


class NewBlueprintSource(serializers.Serializer[Any]):
    """A folder of the server, or a Git repository whose tags are versions."""

    kind = serializers.ChoiceField(choices=SourceKind.values, default=SourceKind.GIT.value)
    target = Text(max_length=2000)
    path = Text(max_length=200, required=False, allow_blank=True, default="", help_text="The folder in it.")
    trusted = Flag(default=False, help_text="Its modules are not searched for harm.")
    interval_seconds = serializers.IntegerField(default=300, min_value=30, max_value=7 * 86_400)


class BlueprintSourceChange(serializers.Serializer[Any]):
    """What may change of a source."""

    trusted = Flag()


_EXAMPLE = OpenApiExample(
    "A repository with several blueprints",
    {"kind": "git", "target": "https://git.example.com/platform/blueprints.git", "path": "blueprints"},
    request_only=True,
)


class BlueprintSources(APIView):
    """Where blueprints come from beside those that ship."""

    @extend_schema(
        operation_id="blueprint_sources_list", summary="Sources of blueprints", tags=["provisioning"], responses=dict
    )
    def get(self, request: ApiRequest) -> Response:
        """All of them, for platform admins."""
        require_scope(request, "admin")
        require(may_administer(signed_in(request)))
        return cursor_page(BlueprintSource.objects.all(), request._request, source_json)

    @extend_schema(
        operation_id="blueprint_sources_create",
        summary="Add a source of blueprints",
        description="A worker reads it soon: `POST …/{id}/sync?wait=30` waits for it. For platform admins.",
        tags=["provisioning"],
        request=NewBlueprintSource,
        responses={201: dict},
        examples=[_EXAMPLE],
    )
    def post(self, request: ApiRequest) -> Response:
        """What it brings are drafts until they are offered."""
        require_scope(request, "admin")
        user = signed_in(request)
        require(may_administer(user))
        read = NewBlueprintSource(data=request.data)
        read.is_valid(raise_exception=True)
        given = dict(read.validated_data)
        interval = timedelta(seconds=given.pop("interval_seconds"))
        return Response(source_json(source_actions.add_source(by=user, interval=interval, **given)), status=201)


class BlueprintSourceDetail(APIView):
    """One source of blueprints."""

    @extend_schema(
        operation_id="blueprint_sources_read", summary="A source of blueprints", tags=["provisioning"], responses=dict
    )
    def get(self, request: ApiRequest, pk: int) -> Response:
        """With what is wrong in it, by file and line."""
        require_scope(request, "admin")
        return Response(source_json(blueprint_source(signed_in(request), pk)))

    @extend_schema(
        operation_id="blueprint_sources_change",
        summary="Trust a source, or no longer",
        tags=["provisioning"],
        request=BlueprintSourceChange,
        responses=dict,
    )
    def patch(self, request: ApiRequest, pk: int) -> Response:
        """What was let in stays."""
        require_scope(request, "admin")
        user = signed_in(request)
        found = blueprint_source(user, pk)
        read = BlueprintSourceChange(data=request.data)
        read.is_valid(raise_exception=True)
        source_actions.trust_source(source=found, trusted=read.validated_data["trusted"], by=user)
        return Response(source_json(blueprint_source(user, pk)))

    @extend_schema(
        operation_id="blueprint_sources_delete",
        summary="Remove a source of blueprints",
        tags=["provisioning"],
        responses={204: None},
    )
    def delete(self, request: ApiRequest, pk: int) -> Response:
        """Its drafts go with it; what was offered is withdrawn, and resources live on."""
        require_scope(request, "admin")
        user = signed_in(request)
        source_actions.remove_source(source=blueprint_source(user, pk), by=user)
        return Response(status=204)


class BlueprintSourceSync(APIView):
    """Having a source read."""

    @extend_schema(
        operation_id="blueprint_sources_sync",
        summary="Have a source of blueprints read",
        tags=["provisioning"],
        request=None,
        responses={200: dict, 202: dict},
        parameters=[WAIT],
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        """200 once a worker has; 202 when none has within ``wait``."""
        require_scope(request, "admin")
        user = signed_in(request)
        source_actions.request_sync(source=blueprint_source(user, pk), by=user)
        found = long_poll(request, lambda: blueprint_source(user, pk), lambda source: not source.is_pending)
        return Response(source_json(found), status=202 if found.is_pending else 200)

"""What can be asked for, for scripts: at the newest version, or at one that is named."""

import hashlib
import json
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.requests import signed_in
from provisioning.blueprints import blueprint_named, offered
from provisioning.blueprints.definition import Blueprint
from provisioning.permissions import visible_blueprint, visible_versions
from provisioning.presentation import blueprint_json, version_json

VERSION = OpenApiParameter("version", str, description="Such as 1.2.0; the newest that is offered without.")
_VERSIONS = OpenApiExample(
    "Two versions",
    {
        "items": [
            {"name": "queue", "version": "1.1.0", "state": "offered", "digest": "9f2c…", "read_at": None},
            {"name": "queue", "version": "1.0.0", "state": "withdrawn", "digest": "41ab…", "read_at": None},
        ]
    },
    response_only=True,
)


def answer(request: ApiRequest, body: Any) -> Response:
    """``body`` with its ETag; 304 to who has it already."""
    text = json.dumps(body, sort_keys=True, default=str)
    etag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    known = {each.strip().removeprefix("W/") for each in request.headers.get("If-None-Match", "").split(",")}
    return Response(status=304, headers=headers) if {etag, "*"} & known else Response(body, headers=headers)


def _named(request: ApiRequest, name: str) -> Blueprint:
    version = request.query_params.get("version", "")
    return visible_blueprint(signed_in(request), name, version) if version else blueprint_named(name)


class Blueprints(APIView):
    """What can be asked for."""

    @extend_schema(
        operation_id="blueprints_list",
        summary="Blueprints",
        description="Each at its newest offered version. With an ETag, as all answers about blueprints.",
        tags=["provisioning"],
        responses={200: dict, 304: None},
    )
    def get(self, request: ApiRequest) -> Response:
        """All of them."""
        require_scope(request, "provisioning:read")
        return answer(request, {"items": [blueprint_json(blueprint) for blueprint in offered()]})


class BlueprintDetail(APIView):
    """One blueprint."""

    @extend_schema(
        operation_id="blueprints_read",
        summary="A blueprint",
        tags=["provisioning"],
        parameters=[VERSION],
        responses={200: dict, 304: None},
    )
    def get(self, request: ApiRequest, name: str) -> Response:
        """With its inputs, outputs and rules."""
        require_scope(request, "provisioning:read")
        return answer(request, blueprint_json(_named(request, name)))


class BlueprintSchema(APIView):
    """The form of a blueprint."""

    @extend_schema(
        operation_id="blueprints_schema",
        summary="The JSON Schema of a blueprint's inputs",
        tags=["provisioning"],
        parameters=[VERSION],
        responses={200: dict, 304: None},
    )
    def get(self, request: ApiRequest, name: str) -> Response:
        """As the form is made of it."""
        require_scope(request, "provisioning:read")
        return answer(request, _named(request, name).inputs)


class BlueprintVersions(APIView):
    """The versions of a blueprint."""

    @extend_schema(
        operation_id="blueprints_versions",
        summary="The versions of a blueprint",
        description="The newest first. Drafts, and how many resources are on each, are for platform admins.",
        tags=["provisioning"],
        responses={200: dict, 304: None},
        examples=[_VERSIONS],
    )
    def get(self, request: ApiRequest, name: str) -> Response:
        """Those that I may know of."""
        require_scope(request, "provisioning:read")
        user = signed_in(request)
        lines = visible_versions(user, name)
        return answer(request, {"items": [version_json(name, line, in_full=user.is_platform_admin) for line in lines]})

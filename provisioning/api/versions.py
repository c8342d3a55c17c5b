"""Offering versions of blueprints, and plans of them of which nothing is made, for scripts."""

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
from common.errors import NotFound
from common.long_poll import WAIT, long_poll
from provisioning.asking import Asked
from provisioning.blueprints import blueprint_at
from provisioning.day_two import group_ref
from provisioning.models import BlueprintVersion, Preview
from provisioning.permissions import blueprint_version
from provisioning.presentation import preview_json, stored_version_json
from provisioning.previews import start_preview
from provisioning.version_actions import offer, remove_version, withdraw_version


class VersionState(serializers.Serializer[Any]):
    """What becomes of a version."""

    state = serializers.ChoiceField(choices=["offered", "withdrawn"])


class NewPreview(serializers.Serializer[Any]):
    """What a form would say."""

    name = Text(max_length=100)
    owner = Text(max_length=255)
    environment = Text(max_length=100)
    inputs = serializers.DictField(default=dict)


_PREVIEW = OpenApiExample(
    "A queue that nobody gets",
    {"name": "try-it", "owner": "platform-team", "environment": "development", "inputs": {"retention": 4}},
    request_only=True,
)


class Version(APIView):
    """One version that a source brought."""

    @extend_schema(
        operation_id="blueprints_version_change",
        summary="Offer or withdraw a version",
        description="New requests take the newest version that is offered. For platform admins.",
        tags=["provisioning"],
        request=VersionState,
        responses=dict,
        examples=[OpenApiExample("Offer it", {"state": "offered"}, request_only=True)],
    )
    def patch(self, request: ApiRequest, name: str, number: str) -> Response:
        """What there is of it lives on."""
        require_scope(request, "admin")
        user = signed_in(request)
        row = blueprint_version(user, name, number)
        read = VersionState(data=request.data)
        read.is_valid(raise_exception=True)
        turn = offer if read.validated_data["state"] == "offered" else withdraw_version
        turn(version=row, by=user)
        return Response(stored_version_json(BlueprintVersion.objects.get(pk=row.pk)))

    @extend_schema(
        operation_id="blueprints_version_delete",
        summary="Remove a draft",
        description="So that its tag or folder is read anew. For platform admins.",
        tags=["provisioning"],
        responses={204: None},
    )
    def delete(self, request: ApiRequest, name: str, number: str) -> Response:
        """What was offered stays: 409."""
        require_scope(request, "admin")
        user = signed_in(request)
        remove_version(version=blueprint_version(user, name, number), by=user)
        return Response(status=204)


class Previews(APIView):
    """Plans of a version."""

    @extend_schema(
        operation_id="previews_create",
        summary="Plan a version for made-up inputs",
        description="Nothing is ever made of it. For platform admins.",
        tags=["provisioning"],
        request=NewPreview,
        responses={201: dict},
        examples=[_PREVIEW],
    )
    def post(self, request: ApiRequest, name: str, number: str) -> Response:
        """`GET /api/v1/previews/{id}?wait=30` follows it."""
        require_scope(request, "admin")
        user = signed_in(request)
        row = blueprint_version(user, name, number)
        read = NewPreview(data=request.data)
        read.is_valid(raise_exception=True)
        given = read.validated_data
        owner = group_ref(given["owner"])
        asked = Asked(
            blueprint_at(row.name, row.version), "create", given["name"], owner, given["environment"], given["inputs"]
        )
        return Response(preview_json(start_preview(version=row, asked=asked, by=user)), status=201)


class PreviewDetail(APIView):
    """One plan of a version."""

    @extend_schema(
        operation_id="previews_read",
        summary="A preview",
        tags=["provisioning"],
        responses=dict,
        parameters=[WAIT],
    )
    def get(self, request: ApiRequest, pk: int) -> Response:
        """With its plan, or why there is none. For platform admins."""
        require_scope(request, "admin")
        require(may_administer(signed_in(request)))
        found = long_poll(request, lambda: _preview(pk), lambda preview: not preview.is_under_way)
        return Response(preview_json(found))


def _preview(pk: int) -> Preview:
    found = Preview.objects.select_related("version", "run").filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such preview; of each version the last twenty are kept.")
    return found

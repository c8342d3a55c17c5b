"""What can be asked for, for scripts."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from provisioning.blueprints import blueprint_named, offered
from provisioning.presentation import blueprint_json


class Blueprints(APIView):
    """What can be asked for."""

    @extend_schema(operation_id="blueprints_list", summary="Blueprints", tags=["provisioning"], responses=dict)
    def get(self, request: ApiRequest) -> Response:
        """All of them."""
        require_scope(request, "provisioning:read")
        return Response({"items": [blueprint_json(blueprint) for blueprint in offered()]})


class BlueprintDetail(APIView):
    """One blueprint."""

    @extend_schema(operation_id="blueprints_read", summary="A blueprint", tags=["provisioning"], responses=dict)
    def get(self, request: ApiRequest, name: str) -> Response:
        """With its inputs, outputs and rules."""
        require_scope(request, "provisioning:read")
        return Response(blueprint_json(blueprint_named(name)))


class BlueprintSchema(APIView):
    """The form of a blueprint."""

    @extend_schema(
        operation_id="blueprints_schema",
        summary="The JSON Schema of a blueprint's inputs",
        tags=["provisioning"],
        responses=dict,
    )
    def get(self, request: ApiRequest, name: str) -> Response:
        """As the form is made of it."""
        require_scope(request, "provisioning:read")
        return Response(blueprint_named(name).inputs)

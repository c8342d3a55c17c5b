"""What was provisioned, for scripts."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.requests import signed_in
from common.api import cursor_page
from provisioning.models import Resource
from provisioning.permissions import visible_resource
from provisioning.resource_presentation import resource_detail_json, resource_json
from provisioning.reveal import reveal


class Resources(APIView):
    """What was provisioned."""

    @extend_schema(operation_id="resources_list", summary="Resources", tags=["provisioning"], responses=dict)
    def get(self, request: ApiRequest) -> Response:
        """Those that I may see, newest first."""
        require_scope(request, "provisioning:read")
        rows = Resource.objects.visible_to(signed_in(request)).select_related("cluster", "cloud_account")
        return cursor_page(rows, request._request, resource_json)


class ResourceDetail(APIView):
    """One resource."""

    @extend_schema(operation_id="resources_read", summary="A resource", tags=["provisioning"], responses=dict)
    def get(self, request: ApiRequest, pk: int) -> Response:
        """With its outputs, the names of its secrets, what can be asked of it, and what depends on it."""
        require_scope(request, "provisioning:read")
        user = signed_in(request)
        return Response(resource_detail_json(visible_resource(user, pk), user))


class Reveal(APIView):
    """Showing a secret, once."""

    @extend_schema(
        operation_id="secrets_reveal",
        summary="Show a secret, once",
        tags=["provisioning"],
        request=None,
        responses=dict,
    )
    def post(self, request: ApiRequest, pk: int, name: str) -> Response:
        """To a member of the owner; 409 afterwards."""
        require_scope(request, "provisioning:write")
        user = signed_in(request)
        value = reveal(resource=visible_resource(user, pk), name=name, by=user)
        return Response({"name": name, "value": value}, headers={"Cache-Control": "no-store"})

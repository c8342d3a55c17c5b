"""What is known of a resource beside itself, for scripts; and namespaces for branches."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.requests import signed_in
from common.api import cursor_page, object_in
from provisioning.drift_actions import look_now
from provisioning.ephemeral_actions import end_ephemeral, put_ephemeral
from provisioning.models import Resource
from provisioning.overview import runs_of, states_of
from provisioning.permissions import visible_resource
from provisioning.presentation import request_json
from provisioning.resource_presentation import drift_json, resource_json, run_json, state_json


class ResourceStates(APIView):
    """Versions of a Terraform state."""

    @extend_schema(
        operation_id="resources_states",
        summary="Versions of its state",
        description="Serial, when, by which run and how large. What is in a state is never shown: it holds secrets.",
        tags=["provisioning"],
        responses=dict,
    )
    def get(self, request: ApiRequest, pk: int) -> Response:
        """The latest first; empty for what Terraform does not keep."""
        require_scope(request, "provisioning:read")
        found = states_of(visible_resource(signed_in(request), pk))
        return Response({"items": [state_json(version) for version in found]})


class ResourceRuns(APIView):
    """Runs about a resource."""

    @extend_schema(operation_id="resources_runs", summary="Its runs", tags=["provisioning"], responses=dict)
    def get(self, request: ApiRequest, pk: int) -> Response:
        """Of its requests, and those that looked for drift; the latest first."""
        require_scope(request, "provisioning:read")
        return cursor_page(runs_of(visible_resource(signed_in(request), pk)), request._request, run_json)


class ResourceRequests(APIView):
    """Requests about a resource."""

    @extend_schema(operation_id="resources_requests", summary="Its requests", tags=["provisioning"], responses=dict)
    def get(self, request: ApiRequest, pk: int) -> Response:
        """The latest first."""
        require_scope(request, "provisioning:read")
        rows = visible_resource(signed_in(request), pk).requests.select_related("resource", "requested_by", "run")
        return cursor_page(rows, request._request, request_json)


class ResourceDrift(APIView):
    """Whether a resource still is as it was asked for."""

    @extend_schema(
        operation_id="resources_drift",
        summary="Its drift",
        description="`state` is `clean`, `drifted`, `unknown` or `failed`; `changes` are what a repair would do.",
        tags=["provisioning"],
        responses=dict,
    )
    def get(self, request: ApiRequest, pk: int) -> Response:
        """As the latest look found it."""
        require_scope(request, "provisioning:read")
        return Response(drift_json(visible_resource(signed_in(request), pk)))

    @extend_schema(
        operation_id="resources_look",
        summary="Look for drift now",
        tags=["provisioning"],
        request=None,
        responses={202: dict},
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        """A run, which `GET /api/v1/runs/{id}?wait=30` follows; the one that looks already, if there is one."""
        require_scope(request, "provisioning:write")
        user = signed_in(request)
        run = look_now(resource=visible_resource(user, pk), by=user)
        return Response({"run": run_json(run)}, status=202)


_BRANCH = OpenApiExample(
    "For a day",
    {"component": "component:default/orders", "branch": "feature/checkout", "ttl": 86400},
    request_only=True,
)
_WHICH = [
    OpenApiParameter("component", str, description="A component of the catalog."),
    OpenApiParameter("repository", str, description="Instead of a component: a repository such as acme/orders."),
    OpenApiParameter("branch", str, required=True),
]


class EphemeralNamespaces(APIView):
    """Namespaces for branches."""

    @extend_schema(
        operation_id="ephemeral_list", summary="Namespaces for branches", tags=["provisioning"], responses=dict
    )
    def get(self, request: ApiRequest) -> Response:
        """Those that I may see, newest first."""
        require_scope(request, "provisioning:read")
        rows = Resource.objects.visible_to(signed_in(request)).exclude(made_for="").exclude(state="deleted")
        return cursor_page(rows, request._request, resource_json)

    @extend_schema(
        operation_id="ephemeral_create",
        summary="A namespace for a branch",
        description="One for each branch of a `component` or a `repository`, for `ttl` seconds: asking again answers "
        "the same with 200. The `owner` is the component's unless another is named. Its name is made of both.",
        tags=["provisioning"],
        request=dict,
        responses={201: dict, 200: dict},
        examples=[_BRANCH],
    )
    def post(self, request: ApiRequest) -> Response:
        """201 and a request, which `GET /api/v1/requests/{id}?wait=30` follows."""
        require_scope(request, "provisioning:write")
        made, new = put_ephemeral(given=object_in(request), by=signed_in(request))
        return Response(request_json(made), status=201 if new else 200)

    @extend_schema(
        operation_id="ephemeral_delete",
        summary="End the namespace of a branch",
        tags=["provisioning"],
        parameters=_WHICH,
        responses={202: dict},
    )
    def delete(self, request: ApiRequest) -> Response:
        """The request that deletes it; the one under way, if there is one. 404 when there is no such namespace."""
        require_scope(request, "provisioning:write")
        given: Mapping[str, Any] = request.query_params.dict() | dict(object_in(request) if request.data else {})
        return Response(request_json(end_ephemeral(given=given, by=signed_in(request))), status=202)

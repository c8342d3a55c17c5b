"""What runs of a component, for scripts."""

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.requests import signed_in
from catalog.permissions import entity_by_ref
from common.errors import FieldError, UserError
from provisioning.workloads.answer import found_json, running


class Workloads(APIView):
    """What runs."""

    @extend_schema(
        operation_id="workloads_list",
        summary="What runs of an entity",
        description="Deployments, StatefulSets, DaemonSets and pods with what is wrong with them, and recent warnings, "
        "by namespace and cluster, at most a few seconds old. Which are meant is said by Backstage's annotations "
        "`backstage.io/kubernetes-id`, `kubernetes-namespace` and `kubernetes-label-selector`.",
        tags=["catalog"],
        responses=dict,
        parameters=[OpenApiParameter("entity", str, required=True, description="Such as component:default/orders.")],
    )
    def get(self, request: ApiRequest) -> Response:
        """A cluster that does not answer is named; the others are there."""
        require_scope(request, "catalog:read")
        ref = request.query_params.get("entity", "")
        if not ref:
            raise UserError("Which entity?", fields=[FieldError("entity", "This is needed.", "kind:namespace/name")])
        return Response({"items": [found_json(each) for each in running(entity_by_ref(signed_in(request), ref))]})

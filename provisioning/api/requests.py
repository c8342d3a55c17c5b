"""Asking for things, by a script."""

import hashlib
import json
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.requests import signed_in
from common.api import cursor_page
from common.long_poll import WAIT, long_poll
from provisioning.api.asking import read_asked, read_manifest, verdict_json
from provisioning.models import Request
from provisioning.permissions import visible_request
from provisioning.presentation import request_detail_json, request_json
from provisioning.submitting import submit
from provisioning.verbs import DAY_TWO

_ASK = OpenApiExample(
    "A database",
    {
        "blueprint": "database",
        "name": "orders-db",
        "owner": "group:default/orders-team",
        "environment": "production",
        "inputs": {
            "engine": "postgres",
            "engine_version": "15.4",
            "instance_class": "db.t3.micro",
            "allocated_storage": 20,
        },
    },
    request_only=True,
)
_CHANGE = OpenApiExample(
    "More storage", {"resource": 1, "action": "update", "inputs": {"allocated_storage": 50}}, request_only=True
)
_UPGRADE = OpenApiExample(
    "Upgrade it",
    {"resource": 1, "action": "upgrade", "version": "1.2.0", "inputs": {"retention": 7}},
    request_only=True,
)
_REMOVE = OpenApiExample("Remove it", {"resource": 1, "action": "delete"}, request_only=True)
_EXTEND = OpenApiExample("Another day", {"resource": 1, "action": "extend", "ttl": 86400}, request_only=True)
_GIVE = OpenApiExample(
    "To another team", {"resource": 1, "action": "transfer", "to": "payments-team"}, request_only=True
)
_ACTIONS = "; ".join(f"`{verb.name}` ({verb.summary})" for verb in DAY_TWO)
_ANSWER = OpenApiExample(
    "It waits",
    {
        "id": 7,
        "state": "awaiting_approval",
        "waiting_for": [{"kind": "approval", "text": "Approval by an approver", "who": ["role:approver"]}],
        "policy": {"decision": "approve", "reasons": ["Production"]},
        "plan": {"summary": {"create": 4, "update": 0, "replace": 0, "delete": 0}, "changes": []},
        "run": {"id": 7, "state": "waiting"},
        "error": None,
    },
    response_only=True,
)


class Text(BaseParser):
    """Takes a manifest as the text that it is, YAML or JSON."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The text."""
        return str(stream.read().decode("utf-8", errors="replace"))


class Requests(APIView):
    """Asking for things."""

    @extend_schema(
        operation_id="requests_list",
        summary="Requests",
        tags=["provisioning"],
        responses=dict,
        parameters=[OpenApiParameter("state", str), OpenApiParameter("cursor", str)],
    )
    def get(self, request: ApiRequest) -> Response:
        """Those that I may see, newest first."""
        require_scope(request, "provisioning:read")
        rows = Request.objects.visible_to(signed_in(request)).select_related(
            "resource__cluster", "resource__cloud_account", "requested_by", "run"
        )
        if state := request.query_params.get("state"):
            rows = rows.filter(state=state)
        return cursor_page(rows, request._request, request_json)

    @extend_schema(
        operation_id="requests_create",
        summary="Ask for something",
        description="A new resource by `blueprint` (with `action: import` what is there already), or an `action` of a "
        f"`resource`: {_ACTIONS}. "
        "An `upgrade` takes the newest offered version of its blueprint, or the `version` that is named, and the "
        "inputs that are new in it. "
        "`target` names the cluster or cloud account where several serve the environment. "
        "`dry_run: true` answers what policy and price say and what is wrong, and keeps nothing. "
        "With an `Idempotency-Key` the same call twice is one.",
        tags=["provisioning"],
        request=dict,
        responses={201: dict},
        examples=[_ASK, _CHANGE, _UPGRADE, _REMOVE, _EXTEND, _GIVE, _ANSWER],
    )
    def post(self, request: ApiRequest) -> Response:
        """Answers the request; `GET …/{id}?wait=30` follows it."""
        require_scope(request, "provisioning:write")
        user, body = signed_in(request), request.data
        asked, resource = read_asked(body, user)
        if isinstance(body, dict) and body.get("dry_run") is True:
            return Response(verdict_json(asked, resource, by=user))
        made = submit(
            asked=asked,
            by=user,
            resource=resource,
            idempotency_key=request.headers.get("Idempotency-Key"),
            body_digest=hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(),
        )
        return Response(request_json(made), status=201)


class NamespaceRequests(APIView):
    """Asking for a namespace by manifest."""

    parser_classes = (Text,)

    @extend_schema(
        operation_id="namespace_requests_create",
        summary="Ask for a namespace by its manifest",
        description="Send a `NamespaceRequest` as it is, YAML or JSON: "
        "`curl --data-binary @namespace-request.yaml -H 'Content-Type: application/yaml' …`",
        tags=["provisioning"],
        request={"application/yaml": str},
        responses={201: dict},
        parameters=[
            OpenApiParameter("environment", str, description="Where the manifest names none; `development` without."),
            OpenApiParameter("target", str, description="The cluster, where several serve the environment."),
        ],
    )
    def post(self, request: ApiRequest) -> Response:
        """201 and a request; mistakes are named with their line."""
        require_scope(request, "provisioning:write")
        text = request.data if isinstance(request.data, str) else ""
        made = submit(
            asked=read_manifest(
                text, request.query_params.get("environment", ""), request.query_params.get("target", "")
            ),
            by=signed_in(request),
            idempotency_key=request.headers.get("Idempotency-Key"),
            body_digest=hashlib.sha256(text.encode()).hexdigest(),
        )
        return Response(request_json(made), status=201)


class RequestDetail(APIView):
    """One request."""

    @extend_schema(
        operation_id="requests_read",
        summary="A request",
        tags=["provisioning"],
        responses=dict,
        parameters=[WAIT],
        examples=[_ANSWER],
    )
    def get(self, request: ApiRequest, pk: int) -> Response:
        """With ``wait`` it answers when the state has changed, or at the end."""
        require_scope(request, "provisioning:read")
        user = signed_in(request)
        before = visible_request(user, pk).state
        found = long_poll(request, lambda: visible_request(user, pk), lambda row: row.is_final or row.state != before)
        return Response(request_detail_json(found))

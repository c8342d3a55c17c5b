"""Blueprints, requests, approvals and resources for scripts."""

import hashlib
import json
import time
from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.parsers import BaseParser
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.requests import signed_in
from common.api import cursor_page
from common.errors import FieldError, UserError
from provisioning import actions
from provisioning.asking import Asked, mistakes
from provisioning.blueprints import blueprint_named, offered
from provisioning.blueprints.definition import Blueprint
from provisioning.models import Request, Resource
from provisioning.namespace_request import parse as parse_namespace_request
from provisioning.permissions import visible_request, visible_resource
from provisioning.presentation import blueprint_json, request_json, resource_json
from runs.api import read_wait

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
_REMOVE = OpenApiExample("Remove it", {"resource": 1, "action": "delete"}, request_only=True)
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
        rows = Request.objects.visible_to(signed_in(request)).select_related("resource", "requested_by", "run")
        if state := request.query_params.get("state"):
            rows = rows.filter(state=state)
        return cursor_page(rows, request._request, request_json)

    @extend_schema(
        operation_id="requests_create",
        summary="Ask for something",
        description="A new resource by `blueprint`, or `update` or `delete` of a `resource`. "
        "`dry_run: true` answers what policy and price say and what is wrong, and keeps nothing. "
        "With an `Idempotency-Key` the same call twice is one.",
        tags=["provisioning"],
        request=dict,
        responses={201: dict},
        examples=[_ASK, _CHANGE, _REMOVE, _ANSWER],
    )
    def post(self, request: ApiRequest) -> Response:
        """Answers the request; `GET …/{id}?wait=30` follows it."""
        require_scope(request, "provisioning:write")
        user, body = signed_in(request), request.data
        if not isinstance(body, dict):
            raise UserError("The body must be an object.")
        asked, resource = _asked(body, user)
        if body.get("dry_run") is True:
            return Response(_dry_run(asked))
        made = actions.submit(
            asked=asked,
            by=user,
            resource=resource,
            idempotency_key=request.headers.get("Idempotency-Key"),
            body_digest=hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(),
        )
        return Response(request_json(made), status=201)


def _asked(body: dict[str, Any], user: Any) -> tuple[Asked, Resource | None]:
    if (pk := body.get("resource")) is not None:
        return _day_two(body, user, pk)
    _texts(body, "blueprint", "name", "owner", "environment")
    inputs = body.get("inputs", {})
    if not isinstance(inputs, dict):
        raise UserError("inputs must be an object.", fields=[FieldError("inputs", "It must be an object.")])
    blueprint = _blueprint(body.get("blueprint", ""))
    owner = group_ref(body.get("owner", ""))
    return Asked(blueprint, "create", body.get("name", ""), owner, body.get("environment", ""), inputs), None


def _texts(body: dict[str, Any], *names: str) -> None:
    wrong = [FieldError(name, "It must be text.") for name in names if not isinstance(body.get(name, ""), str)]
    if wrong:
        raise UserError("The body is not valid.", fields=wrong)


def _blueprint(name: str) -> Blueprint:
    if not name:
        names = ", ".join(blueprint.name for blueprint in offered())
        raise UserError("Which blueprint?", fields=[FieldError("blueprint", "This is needed.", f"One of {names}.")])
    return blueprint_named(name)


def _day_two(body: dict[str, Any], user: Any, pk: Any) -> tuple[Asked, Resource]:
    if type(pk) is not int:
        raise UserError("resource must be a number.", fields=[FieldError("resource", "It must be a number.")])
    resource = visible_resource(user, pk)
    action = body.get("action")
    if action not in ("update", "delete"):
        raise UserError("Which action?", fields=[FieldError("action", f"{action} is not known.", "update or delete.")])
    given = body.get("inputs") or {}
    if not isinstance(given, dict):
        raise UserError("inputs must be an object.", fields=[FieldError("inputs", "It must be an object.")])
    return actions.asked_of(resource, action, {**resource.inputs, **given}), resource


def group_ref(text: str) -> str:
    """A team as people write it, as an entity reference; empty stays empty."""
    if not text:
        return ""
    kind, colon, rest = text.rpartition(":")
    namespace, slash, name = rest.rpartition("/")
    return f"{kind if colon else 'group'}:{namespace if slash else 'default'}/{name}".lower()


def _dry_run(asked: Asked) -> dict[str, Any]:
    found = mistakes(asked)
    return {
        "policy": {"decision": asked.decision.decision, "reasons": list(asked.decision.reasons)},
        "price": asked.price.as_json() if asked.price and not found else None,
        "errors": [{"path": error.path, "message": error.message, "hint": error.hint} for error in found],
    }


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
            OpenApiParameter("environment", str, description="Where the manifest names none; `development` without.")
        ],
    )
    def post(self, request: ApiRequest) -> Response:
        """201 and a request; mistakes are named with their line."""
        require_scope(request, "provisioning:write")
        text = request.data if isinstance(request.data, str) else ""
        manifest = parse_namespace_request(text)
        environment = manifest.environment or request.query_params.get("environment") or "development"
        asked = Asked(
            blueprint_named("namespace"), "create", manifest.name, manifest.owner_ref, environment, manifest.inputs
        )
        made = actions.submit(
            asked=asked,
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
        parameters=[OpenApiParameter("wait", int, description="Seconds to wait for a change, at most 30.")],
        examples=[_ANSWER],
    )
    def get(self, request: ApiRequest, pk: int) -> Response:
        """With ``wait`` it answers when the state has changed, or at the end."""
        require_scope(request, "provisioning:read")
        user = signed_in(request)
        found = visible_request(user, pk)
        before, deadline = found.state, time.monotonic() + read_wait(request)
        while not found.is_final and found.state == before and time.monotonic() < deadline:
            time.sleep(0.25)
            found = visible_request(user, pk)
        return Response(request_json(found))


class Approvals(APIView):
    """Deciding on a request."""

    @extend_schema(
        operation_id="requests_approve",
        summary="Approve or reject",
        description="Bound to the plan: send its `digest` to be sure that it is the one you read.",
        tags=["provisioning"],
        request=dict,
        responses={201: dict},
        examples=[
            OpenApiExample("Approve", {"decision": "approve", "reason": ""}, request_only=True),
            OpenApiExample("Reject", {"decision": "reject", "reason": "Take a smaller size"}, request_only=True),
        ],
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        """Nobody decides on their own request."""
        require_scope(request, "provisioning:approve")
        user = signed_in(request)
        found = visible_request(user, pk)
        body = request.data if isinstance(request.data, dict) else {}
        decision = body.get("decision")
        if decision not in ("approve", "reject"):
            raise UserError("Which decision?", fields=[FieldError("decision", "approve or reject.")])
        done = actions.decide(
            request=found,
            by=user,
            decision=decision,
            reason=str(body.get("reason") or ""),
            digest=str(body.get("digest") or ""),
        )
        return Response(request_json(done), status=201)


class Cancellation(APIView):
    """Taking a request back."""

    @extend_schema(
        operation_id="requests_cancel",
        summary="Take a request back",
        tags=["provisioning"],
        request=None,
        responses=dict,
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        """At once before anything was applied, else the worker is asked to stop."""
        require_scope(request, "provisioning:write")
        user = signed_in(request)
        return Response(request_json(actions.withdraw(request=visible_request(user, pk), by=user)))


class Resources(APIView):
    """What was provisioned."""

    @extend_schema(operation_id="resources_list", summary="Resources", tags=["provisioning"], responses=dict)
    def get(self, request: ApiRequest) -> Response:
        """Those that I may see, newest first."""
        require_scope(request, "provisioning:read")
        return cursor_page(Resource.objects.visible_to(signed_in(request)), request._request, resource_json)


class ResourceDetail(APIView):
    """One resource."""

    @extend_schema(operation_id="resources_read", summary="A resource", tags=["provisioning"], responses=dict)
    def get(self, request: ApiRequest, pk: int) -> Response:
        """With its outputs and the names of its secrets."""
        require_scope(request, "provisioning:read")
        return Response(resource_json(visible_resource(signed_in(request), pk)))


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
        value = actions.reveal(resource=visible_resource(user, pk), name=name, by=user)
        return Response({"name": name, "value": value}, headers={"Cache-Control": "no-store"})

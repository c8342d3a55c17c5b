"""Webhooks for scripts: whom the portal tells what happens."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.permissions import may_administer, require
from accounts.requests import signed_in
from common.api import cursor_page, object_in
from runs.models import WebhookDelivery, WebhookEndpoint
from runs.webhooks import actions

_ENDPOINT = OpenApiExample(
    "A chat that hears of what goes wrong",
    {
        "url": "https://example.com/hooks/cairn",
        "topics": ["run.failed", "run.interrupted"],
        "owner": "group:default/orders-team",
        "description": "The channel of the orders team",
    },
    request_only=True,
)


class Webhooks(APIView):
    """All endpoints."""

    @extend_schema(operation_id="webhooks_list", summary="Who is told what happens", tags=["webhooks"], responses=dict)
    def get(self, request: Request) -> Response:
        """Newest first; for platform admins."""
        require_scope(request, "admin")
        require(may_administer(signed_in(request)))
        return cursor_page(WebhookEndpoint.objects.all(), request._request, endpoint_json)

    @extend_schema(
        operation_id="webhooks_add",
        summary="Tell an address what happens",
        description="Messages are signed as Standard Webhooks has it; the answer holds the `secret`, this once.",
        tags=["webhooks"],
        request=dict,
        responses={201: dict},
        examples=[_ENDPOINT],
    )
    def post(self, request: Request) -> Response:
        """``topics`` empty are all; ``owner`` empty is everybody."""
        require_scope(request, "admin")
        made, secret = actions.add_endpoint(given=object_in(request), by=signed_in(request))
        return Response(endpoint_json(made) | {"secret": secret}, status=201)


class WebhookDetail(APIView):
    """One endpoint."""

    @extend_schema(operation_id="webhooks_read", summary="A webhook", tags=["webhooks"], responses=dict)
    def get(self, request: Request, pk: int) -> Response:
        """How it is set up, and whether things arrive."""
        require_scope(request, "admin")
        return Response(endpoint_json(actions.visible_endpoint(signed_in(request), pk)))

    @extend_schema(
        operation_id="webhooks_change", summary="Change a webhook", tags=["webhooks"], request=dict, responses=dict
    )
    def patch(self, request: Request, pk: int) -> Response:
        """Any of ``url``, ``topics``, ``owner``, ``description`` and ``active``."""
        require_scope(request, "admin")
        user = signed_in(request)
        endpoint = actions.visible_endpoint(user, pk)
        return Response(endpoint_json(actions.change_endpoint(endpoint=endpoint, given=object_in(request), by=user)))

    @extend_schema(operation_id="webhooks_remove", summary="Remove a webhook", tags=["webhooks"], responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """With all that is known of its messages."""
        require_scope(request, "admin")
        user = signed_in(request)
        actions.remove_endpoint(endpoint=actions.visible_endpoint(user, pk), by=user)
        return Response(status=204)


class WebhookSecret(APIView):
    """The secret of an endpoint."""

    @extend_schema(
        operation_id="webhooks_renew_secret",
        summary="Sign with another secret",
        tags=["webhooks"],
        request=None,
        responses={201: dict},
    )
    def post(self, request: Request, pk: int) -> Response:
        """It is told this once; the former one signs nothing any more."""
        require_scope(request, "admin")
        user = signed_in(request)
        secret = actions.renew_secret(endpoint=actions.visible_endpoint(user, pk), by=user)
        return Response({"secret": secret}, status=201)


class WebhookDeliveries(APIView):
    """What an endpoint was told."""

    @extend_schema(operation_id="webhooks_deliveries", summary="Its messages", tags=["webhooks"], responses=dict)
    def get(self, request: Request, pk: int) -> Response:
        """Newest first; they are kept for a week after their end."""
        require_scope(request, "admin")
        endpoint = actions.visible_endpoint(signed_in(request), pk)
        return cursor_page(endpoint.deliveries.all(), request._request, delivery_json)

    @extend_schema(
        operation_id="webhooks_send",
        summary="Send a test, or a message again",
        tags=["webhooks"],
        request={"application/json": {"type": "object", "properties": {"message_id": {"type": "string"}}}},
        responses={201: dict},
    )
    def post(self, request: Request, pk: int) -> Response:
        """With ``message_id`` that one again, under its id; else a test."""
        require_scope(request, "admin")
        user = signed_in(request)
        endpoint, again = actions.visible_endpoint(user, pk), object_in(request).get("message_id")
        if again is None:
            sent = actions.send_test(endpoint=endpoint, by=user)
        else:
            sent = actions.send_again(endpoint=endpoint, message_id=again, by=user)
        return Response(delivery_json(sent), status=201)


def endpoint_json(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """An endpoint without its secret."""
    return {
        "id": endpoint.pk,
        "url": endpoint.url,
        "topics": endpoint.topics,
        "owner": endpoint.owner_ref,
        "description": endpoint.description,
        "active": endpoint.is_active,
        "stopped_because": endpoint.stopped_because,
        "failing_since": endpoint.failing_since,
        "created_at": endpoint.created_at,
    }


def delivery_json(delivery: WebhookDelivery) -> dict[str, Any]:
    """One message, and what became of it."""
    names = ("topic", "state", "attempts", "status", "error", "created_at", "ended_at")
    next_at = delivery.due_at if delivery.state == "pending" else None
    message = {"message_id": delivery.message_id, "body": delivery.body, "next_attempt_at": next_at}
    return message | {name: getattr(delivery, name) for name in names}

"""The API's view of the person behind a token, and of that person's tokens."""

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiExample, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import actions
from accounts.auth import require_scope
from accounts.models import SCOPES, ApiToken, User
from accounts.requests import signed_in
from common.api import Text

#: Handed on as copies: a serializer class takes its fields out of the dict that it is made of.
_TOKEN: dict[str, serializers.Field[Any, Any, Any, Any]] = {
    "id": serializers.IntegerField(),
    "name": serializers.CharField(),
    "hint": serializers.CharField(),
    "scopes": serializers.ListField(child=serializers.CharField()),
    "created_at": serializers.DateTimeField(),
    "expires_at": serializers.DateTimeField(allow_null=True),
    "last_used_at": serializers.DateTimeField(allow_null=True),
}


class NewToken(serializers.Serializer[Any]):
    """What a new token is made of."""

    name = Text(max_length=100, default="")
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=SCOPES), min_length=1)
    days = serializers.IntegerField(min_value=1, max_value=3650, default=None, allow_null=True)


def person_json(user: User) -> dict[str, Any]:
    """A person as the API shows one."""
    return {
        "username": user.username,
        "display_name": user.display_name,
        "role": user.role,
        "entity_ref": user.entity_ref,
        "teams": sorted(user.team_refs()),
    }


def token_json(token: ApiToken) -> dict[str, Any]:
    """A token as the API shows it: never its text."""
    return {name: getattr(token, name) for name in _TOKEN}


class Me(APIView):
    """Who I am."""

    @extend_schema(
        operation_id="me",
        summary="The person behind the token",
        tags=["accounts"],
        responses=inline_serializer(
            "Me",
            {
                "username": serializers.CharField(),
                "display_name": serializers.CharField(),
                "role": serializers.CharField(),
                "entity_ref": serializers.CharField(),
                "teams": serializers.ListField(child=serializers.CharField()),
            },
        ),
    )
    def get(self, request: Request) -> Response:
        """Name, role, entity reference and teams, nested ones included."""
        return Response(person_json(signed_in(request)))


class Tokens(APIView):
    """My tokens."""

    @extend_schema(
        operation_id="tokens_list",
        summary="My tokens",
        tags=["accounts"],
        responses=inline_serializer("Tokens", {"items": inline_serializer("Token", dict(_TOKEN), many=True)}),
    )
    def get(self, request: Request) -> Response:
        """Tokens that are not revoked, newest first."""
        return Response({"items": [token_json(token) for token in signed_in(request).tokens.filter(revoked_at=None)]})

    @extend_schema(
        operation_id="tokens_create",
        summary="Make a token",
        tags=["accounts"],
        request=NewToken,
        responses={201: inline_serializer("MadeToken", {**_TOKEN, "token": serializers.CharField()})},
        examples=[OpenApiExample("For a pipeline", {"name": "ci", "scopes": ["catalog:read"], "days": 90})],
    )
    def post(self, request: Request) -> Response:
        """The text of the token is in this answer and nowhere else. Needs a session or the scope ``admin``."""
        require_scope(request, "admin")
        given = NewToken(data=request.data)
        given.is_valid(raise_exception=True)
        token, text = actions.create_token(user=signed_in(request), by=signed_in(request), **given.validated_data)
        return Response({**token_json(token), "token": text}, status=201)


class TokenDetail(APIView):
    """One of my tokens."""

    @extend_schema(operation_id="tokens_delete", summary="Revoke a token", tags=["accounts"], responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        """Ends the token at once."""
        token = signed_in(request).tokens.filter(pk=pk).first()
        if token is None:
            raise Http404
        actions.revoke_token(token=token, by=signed_in(request))
        return Response(status=204)

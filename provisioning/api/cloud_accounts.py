"""Cloud accounts that Terraform works on, for scripts. For platform admins."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.models import User
from accounts.requests import signed_in
from common.api import Text
from provisioning.account_actions import check_account, put_account, remove_account
from provisioning.models import CloudAccount
from provisioning.permissions import administered_account, require_admin
from provisioning.target_json import account_json


class NewCloudAccount(serializers.Serializer[Any]):
    """An account of AWS. The portal keeps where its keys come from, never a key."""

    name = Text(max_length=63, required=False, allow_blank=True, default="")
    region = Text(max_length=40, required=False, allow_blank=True, default="")
    environments = serializers.ListField(child=Text(max_length=100), required=False, default=list)
    credentials = serializers.DictField(required=False, default=dict)
    plan_credentials = serializers.DictField(
        required=False, allow_null=True, default=None, help_text="Read-only credentials for plans."
    )
    role_arn = Text(max_length=300, required=False, allow_blank=True, allow_null=True, default="")
    plan_role_arn = Text(max_length=300, required=False, allow_blank=True, allow_null=True, default="")
    endpoint = Text(max_length=500, required=False, allow_blank=True, allow_null=True, default="")


_EXAMPLE = OpenApiExample(
    "Production",
    {
        "name": "prod",
        "region": "eu-central-1",
        "environments": ["production"],
        "credentials": {"kind": "environment", "prefix": "PROD_"},
        "plan_credentials": {"kind": "command", "command": ["/usr/local/bin/read-only-keys", "prod"]},
    },
    request_only=True,
)
_TAGS = ["provisioning"]


def _admin(request: ApiRequest) -> User:
    require_scope(request, "admin")
    user = signed_in(request)
    require_admin(user)
    return user


def _given(request: ApiRequest) -> dict[str, Any]:
    read = NewCloudAccount(data=request.data)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)


class CloudAccounts(APIView):
    """All accounts."""

    @extend_schema(operation_id="cloud_accounts_list", summary="Cloud accounts", tags=_TAGS, responses=dict)
    def get(self, request: ApiRequest) -> Response:
        """With which keys the last test found."""
        _admin(request)
        return Response({"items": [account_json(row) for row in CloudAccount.objects.usable()]})

    @extend_schema(
        operation_id="cloud_accounts_create",
        summary="Add a cloud account",
        description="`credentials` is `{kind: environment, prefix}`, `{kind: file, path, profile}` or `{kind: command, "
        "command}`; `plan_credentials` the same, for plans alone.",
        tags=_TAGS,
        request=NewCloudAccount,
        responses={201: dict},
        examples=[_EXAMPLE],
    )
    def post(self, request: ApiRequest) -> Response:
        """Test it then: `POST …/{id}/tests`."""
        user = _admin(request)
        return Response(account_json(put_account(given=_given(request), by=user)), status=201)


class CloudAccountDetail(APIView):
    """One account."""

    @extend_schema(operation_id="cloud_accounts_read", summary="A cloud account", tags=_TAGS, responses=dict)
    def get(self, request: ApiRequest, pk: int) -> Response:
        """With where its keys come from."""
        return Response(account_json(administered_account(_admin(request), pk)))

    @extend_schema(
        operation_id="cloud_accounts_replace",
        summary="Change a cloud account",
        tags=_TAGS,
        request=NewCloudAccount,
        responses=dict,
        examples=[_EXAMPLE],
    )
    def put(self, request: ApiRequest, pk: int) -> Response:
        """What is there stays where it is."""
        user = _admin(request)
        found = administered_account(user, pk)
        return Response(account_json(put_account(given=_given(request), by=user, account=found)))

    @extend_schema(
        operation_id="cloud_accounts_delete", summary="Forget a cloud account", tags=_TAGS, responses={204: None}
    )
    def delete(self, request: ApiRequest, pk: int) -> Response:
        """409 while it is in use, with by what."""
        user = _admin(request)
        remove_account(account=administered_account(user, pk), by=user)
        return Response(status=204)


class CloudAccountTests(APIView):
    """Testing the credentials."""

    @extend_schema(
        operation_id="cloud_accounts_test",
        summary="See which keys each phase would get",
        tags=_TAGS,
        request=None,
        responses={201: dict},
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        """By the end of their names; the keys themselves are forgotten at once."""
        user = _admin(request)
        return Response(account_json(check_account(account=administered_account(user, pk), by=user)), status=201)

"""The platform's rules, for scripts."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.models import User
from accounts.permissions import may_administer, require
from accounts.requests import signed_in
from common.api import object_in, require_version
from common.errors import FieldError, UserError
from provisioning.models import PolicyRule, Request
from provisioning.policy import Decision
from provisioning.policy_actions import REPLAY_DAYS, policy_named, put_policy, read, remove_policy, replayed
from provisioning.presentation import decision_json, policy_json

_BODY = {
    "when": {
        "environment": "production",
        "time": {"from": "friday 16:00", "until": "monday 08:00", "zone": "Europe/Berlin"},
    },
    "effect": "deny",
    "reason": "Nothing is changed in production over the weekend",
    "tests": [{"given": {"environment": "production", "now": "2026-12-05T12:00:00+01:00"}, "holds": True}],
}
_NAMED = OpenApiExample("A freeze", {"name": "weekend-freeze", **_BODY}, request_only=True)
_WITHOUT_NAME = OpenApiExample("A freeze", _BODY, request_only=True)
_SHAPE = (
    "`when` is a condition as blueprints have it, `effect` is `allow`, `approve` or `deny`. `dry_run: true` keeps "
    "nothing and answers what it would have decided. For platform admins. See docs/policies.md."
)


class Policies(APIView):
    """The platform's rules."""

    @extend_schema(operation_id="policies_list", summary="Policies", tags=["provisioning"], responses=dict)
    def get(self, request: ApiRequest) -> Response:
        """All of them, by name."""
        require_scope(request, "provisioning:read")
        return Response({"items": [policy_json(row) for row in PolicyRule.objects.all()], "next_cursor": None})

    @extend_schema(
        operation_id="policies_create",
        summary="Add a policy",
        description=_SHAPE,
        tags=["provisioning"],
        request=dict,
        responses={201: dict},
        examples=[_NAMED],
    )
    def post(self, request: ApiRequest) -> Response:
        """409 where there is one of this name."""
        user, body = _admin(request), dict(object_in(request))
        name = body.pop("name", "")
        if not isinstance(name, str):
            raise UserError("name must be text.", fields=[FieldError("name", "It must be text.")])
        return _put(name, body, user, new=True)


class PolicyDetail(APIView):
    """One rule."""

    @extend_schema(operation_id="policies_read", summary="A policy", tags=["provisioning"], responses=dict)
    def get(self, request: ApiRequest, name: str) -> Response:
        """Its ETag is its version."""
        require_scope(request, "provisioning:read")
        return _answer(policy_named(name))

    @extend_schema(
        operation_id="policies_put",
        summary="Add or replace a policy",
        description=_SHAPE + " With `If-Match` a rule that somebody else has changed is refused.",
        tags=["provisioning"],
        request=dict,
        responses={200: dict, 201: dict},
        examples=[_WITHOUT_NAME],
    )
    def put(self, request: ApiRequest, name: str) -> Response:
        """The whole rule; it counts at once."""
        user, body = _admin(request), dict(object_in(request))
        if known := PolicyRule.objects.filter(name=name.replace("\0", "")).first():
            require_version(known, known.version, request._request)
        return _put(name, body, user, version=known.version if known else None)

    @extend_schema(
        operation_id="policies_delete", summary="Take a policy away", tags=["provisioning"], responses={204: None}
    )
    def delete(self, request: ApiRequest, name: str) -> Response:
        """What waits for approval because of it is judged anew."""
        remove_policy(name=name, by=_admin(request))
        return Response(status=204)


def _put(name: str, body: dict[str, Any], user: User, **how: Any) -> Response:
    if body.pop("dry_run", False) is True:
        return Response(_replay(name, body, user))
    row, added = put_policy(name=name, given=body, by=user, **how)
    return _answer(row, status=201 if added else 200)


def _replay(name: str, body: Mapping[str, Any], user: User) -> dict[str, Any]:
    rule, declaration = read(name=name, given=body)
    changed, looked_at = replayed(name=name, rule=rule if declaration.get("enabled", True) else None)
    visible = set(
        Request.objects.visible_to(user).filter(pk__in=[one.pk for one in changed]).values_list("pk", flat=True)
    )
    shown = [
        {"request": one.pk, "before": _decision(one.before), "after": _decision(one.after)}
        for one in changed
        if one.pk in visible
    ]
    return {"days": REPLAY_DAYS, "looked_at": looked_at, "changed": shown}


def _decision(decision: Decision) -> dict[str, Any]:
    return decision_json(decision.as_json())


def _answer(row: PolicyRule, status: int = 200) -> Response:
    return Response(policy_json(row), status=status, headers={"ETag": f'"{row.version}"'})


def _admin(request: ApiRequest) -> User:
    require_scope(request, "admin")
    user = signed_in(request)
    require(may_administer(user))
    return user

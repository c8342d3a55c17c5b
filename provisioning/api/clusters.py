"""Clusters that namespaces are made in, for scripts. For platform admins."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request as ApiRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.models import User
from accounts.requests import signed_in
from common.api import Flag, Text
from integrations.kubernetes.pasted import read_pasted
from provisioning.cluster_actions import probe_cluster, put_cluster, remove_cluster
from provisioning.models import Cluster
from provisioning.permissions import administered_cluster, require_admin
from provisioning.target_json import cluster_json


class NewCluster(serializers.Serializer[Any]):
    """A cluster. The token is kept encrypted and never shown again; without one the former stays."""

    name = Text(max_length=63, required=False, allow_blank=True, default="")
    server = Text(max_length=500, required=False, allow_blank=True, default="")
    authority = Text(max_length=100_000, required=False, allow_blank=True, default="", help_text="PEM")
    token = Text(max_length=16_384, required=False, allow_blank=True, default="")
    kubeconfig = Text(
        max_length=262_144, required=False, allow_blank=True, default="", help_text="Gives server, authority and token."
    )
    environments = serializers.ListField(child=Text(max_length=100), required=False, default=list)
    profile = serializers.DictField(required=False, default=dict)
    watched = Flag(required=False, default=False, help_text="Follow the NamespaceRequests in it.")
    intake = serializers.DictField(
        child=Text(max_length=255), required=False, default=dict, help_text="Namespace to team, or * for any team."
    )


_EXAMPLE = OpenApiExample(
    "A cluster for production",
    {
        "name": "prod-eu",
        "server": "https://k8s.example.com:6443",
        "authority": "-----BEGIN CERTIFICATE-----…",
        "token": "eyJhbGciOi…",
        "environments": ["production"],
        "profile": {"system_namespaces": ["istio-*"], "ingress_namespace": "ingress-nginx"},
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
    read = NewCluster(data=request.data)
    read.is_valid(raise_exception=True)
    given: dict[str, Any] = dict(read.validated_data)
    if text := given.pop("kubeconfig"):
        pasted = read_pasted(text)
        given |= {"server": pasted.server, "authority": pasted.authority, "token": pasted.token}
    return given


class Clusters(APIView):
    """All clusters."""

    @extend_schema(operation_id="clusters_list", summary="Clusters", tags=_TAGS, responses=dict)
    def get(self, request: ApiRequest) -> Response:
        """With what the last test found; never a token."""
        _admin(request)
        return Response({"items": [cluster_json(row) for row in Cluster.objects.usable()]})

    @extend_schema(
        operation_id="clusters_create",
        summary="Add a cluster",
        description="For platform admins. A `kubeconfig` gives server, authority and token of its current context; "
        "one that would run programs or read files is refused with the line.",
        tags=_TAGS,
        request=NewCluster,
        responses={201: dict},
        examples=[_EXAMPLE],
    )
    def post(self, request: ApiRequest) -> Response:
        """Test it then: `POST …/{id}/tests`."""
        user = _admin(request)
        return Response(cluster_json(put_cluster(given=_given(request), by=user)), status=201)


class ClusterDetail(APIView):
    """One cluster."""

    @extend_schema(operation_id="clusters_read", summary="A cluster", tags=_TAGS, responses=dict)
    def get(self, request: ApiRequest, pk: int) -> Response:
        """With its profile and what the last test found."""
        return Response(cluster_json(administered_cluster(_admin(request), pk)))

    @extend_schema(
        operation_id="clusters_replace",
        summary="Change a cluster",
        tags=_TAGS,
        request=NewCluster,
        responses=dict,
        examples=[_EXAMPLE],
    )
    def put(self, request: ApiRequest, pk: int) -> Response:
        """Another server needs its token anew."""
        user = _admin(request)
        found = administered_cluster(user, pk)
        return Response(cluster_json(put_cluster(given=_given(request), by=user, cluster=found)))

    @extend_schema(operation_id="clusters_delete", summary="Forget a cluster", tags=_TAGS, responses={204: None})
    def delete(self, request: ApiRequest, pk: int) -> Response:
        """409 while it is in use, with by what."""
        user = _admin(request)
        remove_cluster(cluster=administered_cluster(user, pk), by=user)
        return Response(status=204)


class ClusterTests(APIView):
    """Testing the connection."""

    @extend_schema(
        operation_id="clusters_test",
        summary="Test the connection to a cluster",
        description="What it can do, and which rights the account lacks, with the RBAC rule to add.",
        tags=_TAGS,
        request=None,
        responses={201: dict},
    )
    def post(self, request: ApiRequest, pk: int) -> Response:
        """A cluster that does not answer is an answer: `probe.error`."""
        user = _admin(request)
        return Response(cluster_json(probe_cluster(cluster=administered_cluster(user, pk), by=user)), status=201)

"""Changes of entities that stand in repositories, for scripts."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.requests import signed_in
from catalog.permissions import entity_by_ref
from catalog.proposals import MOST_BYTES, propose_change
from common.api import Text


class NewProposal(serializers.Serializer[Any]):
    """What is proposed."""

    text = Text(trim_whitespace=False, max_length=MOST_BYTES, help_text="The whole document of the entity as YAML.")
    before = Text(
        trim_whitespace=False,
        max_length=MOST_BYTES,
        required=False,
        help_text="The text that was changed; when another stands there now, the answer is 409.",
    )


class ProposalAnswer(serializers.Serializer[Any]):
    """Where the change is."""

    url = serializers.CharField(help_text="The pull or merge request; empty where only the branch tells.")
    branch = serializers.CharField()


_TEXT = """\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: orders
spec:
  type: service
  lifecycle: production
  owner: orders-team
"""


class EntityProposals(APIView):
    """Changing an entity where it stands."""

    @extend_schema(
        operation_id="entities_propose",
        summary="Propose a change to the file of an entity",
        description=(
            "The document of the entity is replaced in its file, all else stays, and the change becomes a pull "
            "request, a merge request or a pushed branch. The catalog follows when it is merged and read."
        ),
        tags=["catalog"],
        request=NewProposal,
        responses={201: ProposalAnswer},
        examples=[OpenApiExample("A component", {"text": _TEXT}, request_only=True)],
    )
    def post(self, request: Request, ref: str) -> Response:
        """Judged as a sync would; nothing is kept here."""
        require_scope(request, "catalog:write")
        user = signed_in(request)
        entity = entity_by_ref(user, ref)
        given = NewProposal(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        made = propose_change(entity=entity, text=asked["text"], by=user, before=asked.get("before"))
        return Response({"url": made.url, "branch": made.branch}, status=201)

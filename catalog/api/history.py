"""Writing entities in bulk, and what they were: for scripts."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.requests import signed_in
from catalog import entity_actions
from catalog.entity_actions import MOST_DOCUMENTS
from catalog.history import Step, steps_of
from catalog.models import Revision
from catalog.permissions import entity_by_ref
from common.api import Flag, page_limit, read_cursor, write_cursor

MOST_STEPS = 200


class SetName(serializers.RegexField):
    """A name, and no number that would be taken for one."""

    def to_internal_value(self, data: Any) -> str:
        """``data`` when it is text."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Bulk(serializers.Serializer[Any]):
    """Entities of one set."""

    entities = serializers.ListField(child=serializers.JSONField(), max_length=MOST_DOCUMENTS)
    set = SetName(r"^[a-z0-9][a-z0-9-]{0,62}$", required=False, default="api")
    prune = Flag(required=False, default=False)
    dry_run = Flag(required=False, default=False)


class Entities(APIView):
    """Entities that scripts write."""

    @extend_schema(
        operation_id="entities_apply",
        summary="Add or change entities, all or none",
        description="Like `kubectl apply`: the same again changes nothing. `set` names whose they are (`api` unless "
        "given); with `prune` what the set holds beside them is removed. `dry_run` answers the same and keeps nothing. "
        "What another source says is a conflict. Groups, Users and Locations take a platform admin.",
        tags=["catalog"],
        request=Bulk,
        responses=dict,
        examples=[
            OpenApiExample(
                "A system",
                {
                    "entities": [
                        {
                            "apiVersion": "backstage.io/v1alpha1",
                            "kind": "System",
                            "metadata": {"name": "shop"},
                            "spec": {"owner": "orders-team"},
                        }
                    ],
                    "dry_run": True,
                },
                request_only=True,
            )
        ],
    )
    def post(self, request: Request) -> Response:
        """Answers what became of each, with a diff."""
        require_scope(request, "catalog:write")
        given = Bulk(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        result = entity_actions.apply_entities(
            documents=asked["entities"],
            by=signed_in(request),
            name=asked["set"],
            prune=asked["prune"],
            dry_run=asked["dry_run"],
        )
        items = [{"ref": one.ref, "change": one.change, "diff": one.diff} for one in result]
        return Response({"items": items, "dry_run": asked["dry_run"]})


class EntityRevisions(APIView):
    """What an entity was."""

    @extend_schema(
        operation_id="entities_revisions", summary="The changes of an entity", tags=["catalog"], responses=dict
    )
    def get(self, request: Request, ref: str) -> Response:
        """Newest first, each with its diff as YAML; the last 200. Removed entities have them too."""
        require_scope(request, "catalog:read")
        user = signed_in(request)
        entity = entity_by_ref(user, ref, removed=True)
        return Response({"items": [step_json(step) for step in steps_of(entity, user, most=MOST_STEPS)]})


class EntityRestoration(APIView):
    """Bringing an entity back."""

    @extend_schema(
        operation_id="entities_restore",
        summary="Bring a removed entity back",
        tags=["catalog"],
        request=inline_serializer("Restoration", {}),
        responses={200: dict},
    )
    def post(self, request: Request, ref: str) -> Response:
        """Under its old uid. When a source says it again, that source has it back."""
        require_scope(request, "catalog:write")
        user = signed_in(request)
        entity_actions.restore_entity(entity=entity_by_ref(user, ref, removed=True), by=user)
        return Response({"ref": ref.lower()})


class Changes(APIView):
    """Everything that happens to entities."""

    @extend_schema(
        operation_id="catalog_changes",
        summary="The change feed of the catalog",
        description="Oldest first. Keep `next_cursor`, which is there even when nothing is left, and ask with it: "
        "the answer is what has happened since, and nothing is left out.",
        tags=["catalog"],
        parameters=[
            OpenApiParameter("cursor", str, description="Where to go on; from the beginning without one."),
            OpenApiParameter("limit", int, description="1 to 500; 50 unless given."),
        ],
        responses=dict,
    )
    def get(self, request: Request) -> Response:
        """What was added, changed, removed and restored."""
        require_scope(request, "catalog:read")
        seen = Revision.objects.visible_to(signed_in(request))
        limit, after = page_limit(request._request), read_cursor(request.GET.get("cursor", "")) or 0
        rows = list(seen.filter(id__gt=after).order_by("id").select_related("source")[:limit])
        return Response(
            {
                "items": [change_json(row) for row in rows],
                "next_cursor": write_cursor(rows[-1].pk if rows else after),
                "more": len(rows) == limit,
            }
        )


def change_json(revision: Revision) -> dict[str, Any]:
    """A change without its words."""
    return {
        "id": revision.pk,
        "ref": revision.ref,
        "change": revision.change,
        "at": revision.at,
        "source": {"id": revision.source.pk, "target": revision.source.target} if revision.source else None,
        "location": revision.location,
        "commit": revision.commit or None,
    }


def step_json(step: Step) -> dict[str, Any]:
    """A change with its words."""
    return change_json(step.revision) | {"diff": step.diff, "withheld": step.withheld}

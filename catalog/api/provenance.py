"""Where an entity comes from, and how far that can be relied on: for scripts."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.requests import signed_in
from catalog.api.graph import node_json
from catalog.models import Entity
from catalog.permissions import entity_by_ref


class EntityDetail(APIView):
    """An entity in few words, with its source."""

    @extend_schema(
        operation_id="entities_read",
        summary="Where an entity comes from",
        description="`as_of` is when its source was last read well. `is_stale` says that this no longer holds: the "
        "source has failed or waits for a decision since, or has not been read for long.",
        tags=["catalog"],
        responses=dict,
    )
    def get(self, request: Request, ref: str) -> Response:
        """What it says stands in the catalog API."""
        require_scope(request, "catalog:read")
        entity = entity_by_ref(signed_in(request), ref)
        return Response(node_json(entity.ref, entity) | provenance_json(entity))


def provenance_json(entity: Entity) -> dict[str, Any]:
    """Which source says it, where, and whether that is old."""
    source = entity.source
    return {
        "source": {"id": source.pk, "kind": source.kind, "target": source.target, "state": source.state},
        "location": entity.location,
        "line": entity.line or None,
        "as_of": source.fresh_at,
        "is_stale": source.is_stale,
    }

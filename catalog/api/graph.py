"""What is related to an entity, and who owns an address: for scripts."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.auth import require_scope
from accounts.requests import signed_in
from catalog import ownership
from catalog.graph import DIRECTIONS, MOST_DEPTH, breaks_with, described, graph_around
from catalog.models import Entity
from catalog.permissions import entity_by_ref
from common.errors import FieldError, UserError
from common.numbers import parse_digits

DEPTH = 2


class EntityGraph(APIView):
    """The relations around an entity."""

    @extend_schema(
        operation_id="entities_graph",
        summary="What is related to an entity",
        description="Nodes with their distance, edges as people say them (`dependsOn`, never `dependencyOf`), cycles "
        "marked, and `impact`: what is down when it is. At most 1,000 nodes; `truncated` says when there is more.",
        tags=["catalog"],
        parameters=[
            OpenApiParameter("depth", int, description=f"Steps to walk, 1 to {MOST_DEPTH}; {DEPTH} unless given."),
            OpenApiParameter("direction", str, enum=DIRECTIONS, description="`outgoing` is what it relates to."),
            OpenApiParameter("relations", str, description="Types to follow, separated by commas; all unless given."),
        ],
        responses=dict,
    )
    def get(self, request: Request, ref: str) -> Response:
        """Bounded, so that it answers soon whatever is asked."""
        require_scope(request, "catalog:read")
        user = signed_in(request)
        visible, root = Entity.objects.visible_to(user), entity_by_ref(user, ref)
        direction = request.GET.get("direction", "both")
        if direction not in DIRECTIONS:
            raise _not_usable("direction", f"It is one of {', '.join(DIRECTIONS)}.")
        types = [name.strip() for name in request.GET.get("relations", "").split(",") if name.strip()]
        graph = graph_around(root.ref, visible, depth=_depth(request), direction=direction, relations=types)
        impact = breaks_with(root.ref, visible)
        known, cycles = described({*graph.depth_of, *impact}, visible), graph.cycles()
        return Response(
            {
                "root": root.ref,
                "nodes": [node_json(ref, known.get(ref)) | {"depth": at} for ref, at in graph.depth_of.items()],
                "edges": [
                    {"source": edge.source, "type": edge.type, "target": edge.target, "cycle": edge in cycles}
                    for edge in graph.edges
                ],
                "truncated": graph.truncated,
                "impact": [node_json(ref, known.get(ref)) for ref in impact],
            }
        )


class Owners(APIView):
    """Whose an address is."""

    @extend_schema(
        operation_id="owners_find",
        summary="Who owns an address, host, repository or namespace",
        tags=["catalog"],
        parameters=[
            OpenApiParameter("url", str, description="A web address: its link, its repository, its host."),
            OpenApiParameter("host", str, description="A host, such as `orders.example.com`."),
            OpenApiParameter("repository", str, description="`owner/name`, or the address of a repository."),
            OpenApiParameter("namespace", str, description="A Kubernetes namespace."),
        ],
        responses=dict,
    )
    def get(self, request: Request) -> Response:
        """The entities that name it, the best reason first, with their owners."""
        require_scope(request, "catalog:read")
        asked = {name: value for name in _LOOKUPS if (value := request.GET.get(name, "").strip())}
        if len(asked) != 1:
            raise UserError(f"Give one of {', '.join(_LOOKUPS)}.", fields=[FieldError("url", "give one parameter")])
        ((name, value),) = asked.items()
        found = _LOOKUPS[name](value.replace("\x00", ""), Entity.objects.visible_to(signed_in(request)))
        return Response({"items": [node_json(one.entity.ref, one.entity) | {"because": one.because} for one in found]})


_LOOKUPS = {
    "url": ownership.owners_of_url,
    "host": ownership.owners_of_host,
    "repository": ownership.owners_of_repository,
    "namespace": ownership.owners_of_namespace,
}


def node_json(ref: str, entity: Entity | None) -> dict[str, Any]:
    """An entity in few words; ``exists`` is false when nobody has described it."""
    if entity is None:
        kind, _, name = ref.partition(":")
        return {"ref": ref, "exists": False, "kind": kind, "name": name.rpartition("/")[2]}
    return {
        "ref": ref,
        "exists": True,
        "kind": entity.kind,
        "name": entity.name,
        "title": entity.display_name,
        "type": entity.type,
        "lifecycle": entity.lifecycle,
        "owner": entity.owner_ref or None,
    }


def _depth(request: Request) -> int:
    depth = parse_digits(request.GET.get("depth", str(DEPTH)), most=MOST_DEPTH + 1)
    if depth is None or not 1 <= depth <= MOST_DEPTH:
        raise _not_usable("depth", f"It is a whole number from 1 to {MOST_DEPTH}.")
    return depth


def _not_usable(name: str, message: str) -> UserError:
    return UserError(f"{name} is not usable. {message}", fields=[FieldError(name, message)])

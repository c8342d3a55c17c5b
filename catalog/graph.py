"""What is related to an entity, so many steps away: bounded, with its cycles, and what breaks when it is down."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from catalog.kinds import known_kinds
from catalog.models import Entity, RelationRow
from catalog.models.entity import EntityQuerySet

Direction = Literal["outgoing", "incoming", "both"]
DIRECTIONS: tuple[Direction, ...] = ("outgoing", "incoming", "both")
MOST_DEPTH, MOST_NODES = 10, 1000
#: Fields that are written at the far end of a relation.
_FAR = frozenset({"dependencyOf", "children", "members"})
#: What is down when something is: whatever depends on it, the APIs that it provides, and whoever consumes those.
_BREAKS = ("dependencyOf", "providesApi", "apiConsumedBy")


@dataclass(frozen=True, slots=True, order=True)
class Edge:
    """``source`` —``type``→ ``target``, in the direction in which people say it: orders dependsOn stock."""

    source: str
    type: str
    target: str


@dataclass(slots=True)
class Graph:
    """References with their distance from the root, and the edges among them."""

    root: str
    depth_of: dict[str, int]
    edges: list[Edge] = field(default_factory=list)
    #: Whether there is more than MOST_NODES.
    truncated: bool = False

    def cycles(self) -> set[Edge]:
        """The edges that lead back to where they come from."""
        group = _groups(self.depth_of, self.edges)
        return {edge for edge in self.edges if edge.source == edge.target or group[edge.source] == group[edge.target]}


def inverses() -> dict[str, str]:
    """Each relation that is said from the far end, with its name from the near one: ``dependencyOf``: ``dependsOn``."""
    found: dict[str, str] = {}
    for kind in known_kinds().values():
        for relation in kind.relations:
            pair = (relation.relation, relation.inverse)
            near, far = reversed(pair) if relation.field in _FAR else pair
            if far not in found.values():
                found.setdefault(far, near)
    return found


def graph_around(
    root: str,
    visible: EntityQuerySet,
    *,
    depth: int,
    direction: Direction = "both",
    relations: Collection[str] = (),
) -> Graph:
    """Everything up to ``depth`` steps from ``root``, by ``relations`` (names of either end; all when empty).

    One query a step. Only what is ``visible`` is walked through; what nobody has described is a leaf.
    """
    far = inverses()
    wanted = {far.get(name, name) for name in relations}
    found, edges, edge = Graph(root, {root: 0}), set[Edge](), [root]
    for step in range(1, depth + 1):
        if not edge or found.truncated:
            break
        following: list[str] = []
        for near in _from(edge, visible):
            is_far = near.type in far
            said = Edge(near.target, far[near.type], near.source) if is_far else near
            if direction not in {"both", "incoming" if is_far else "outgoing"} or (wanted and said.type not in wanted):
                continue
            if near.target not in found.depth_of:
                if len(found.depth_of) >= MOST_NODES:
                    found.truncated = True
                    continue
                found.depth_of[near.target] = step
                following.append(near.target)
            edges.add(said)
        edge = following
    found.edges = sorted(edges)
    return found


def breaks_with(root: str, visible: EntityQuerySet) -> list[str]:
    """What is down when ``root`` is, nearest first, at most MOST_NODES."""
    found, edge = [root], [root]
    seen = {root}
    while edge and len(found) < MOST_NODES:
        rows = _from(edge, visible, _BREAKS)
        edge = sorted({row.target for row in rows} - seen)
        seen |= set(edge)
        found += edge
    return found[1 : MOST_NODES + 1]


def _from(refs: Iterable[str], visible: EntityQuerySet, types: Collection[str] = ()) -> list[Edge]:
    """Relations of ``refs`` that a visible entity says."""
    rows = RelationRow.objects.filter(source_ref__any_of=refs, origin__in=visible.values("pk"))
    rows = rows.filter(type__in=types) if types else rows
    found = rows.order_by("source_ref", "type", "target_ref").values_list("source_ref", "type", "target_ref")
    return [Edge(*row) for row in found.distinct()]


def relations_said(ref: str, visible: EntityQuerySet) -> set[tuple[str, str]]:
    """Type and target of the relations of ``ref`` that a visible entity says."""
    return {(edge.type, edge.target) for edge in _from([ref], visible)}


def described(refs: Iterable[str], visible: EntityQuerySet) -> dict[str, Entity]:
    """The entities among ``refs``. One query."""
    return {entity.ref: entity for entity in visible.light().filter(ref__any_of=refs)}


def _groups(nodes: Iterable[str], edges: Iterable[Edge]) -> Mapping[str, int]:
    """The strongly connected component of each node (Kosaraju), without recursion."""
    forth, back = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    for edge in edges:
        forth[edge.source].append(edge.target)
        back[edge.target].append(edge.source)
    order: list[str] = []
    seen: set[str] = set()
    for node in nodes:
        _walk(node, forth, seen, order)
    group: dict[str, int] = {}
    for number, node in enumerate(reversed(order)):
        members: list[str] = []
        _walk(node, back, seen := set(group), members)
        group |= dict.fromkeys(members, number)
    return group


def _walk(start: str, leads: Mapping[str, list[str]], seen: set[str], left: list[str]) -> None:
    """Depth first from ``start``; nodes are added to ``left`` when everything beyond them is done."""
    stack = [(start, False)]
    while stack:
        node, done = stack.pop()
        if done:
            left.append(node)
        elif node not in seen:
            seen.add(node)
            stack.append((node, True))
            stack += [(target, False) for target in leads.get(node, ()) if target not in seen]

"""Where an entity may run: which namespaces of which clusters are looked at for it, and which never are."""

from dataclasses import dataclass

from django.db.models import Q

from catalog.models import Entity
from provisioning.models import Cluster, Resource
from provisioning.models.resource import ResourceQuerySet
from provisioning.workloads.selection import ANNOTATIONS, Selection, selection_of

BLUEPRINT = "namespace"
MOST_PLACES = 8


@dataclass(frozen=True, slots=True)
class Place:
    """A namespace to look into."""

    cluster: Cluster
    namespace: str


def has_places(entity: Entity) -> bool:
    """Whether there may be something to show: annotations say so, or the owner has a namespace."""
    kind = entity.kind.lower()
    if kind == "resource":
        return (
            entity.type == "kubernetes-namespace" and Resource.objects.existing().filter(entity_ref=entity.ref).exists()
        )
    if kind != "component":
        return False
    return bool(set(ANNOTATIONS) & set(_annotations(entity))) or _owned(entity).exists()


def places_of(entity: Entity) -> tuple[list[Place], Selection]:
    """Where to look for what. A namespace that an annotation names is looked into only when it is the owner's, or none
    that the portal has given to anybody and not the cluster's own: else a file in a repository would show what others
    run."""
    if entity.kind.lower() == "resource":
        mine = Resource.objects.existing().filter(entity_ref=entity.ref, blueprint=BLUEPRINT)
        return _places(mine.select_related("cluster")), Selection()
    selection = selection_of(entity.name, _annotations(entity))
    owned = _owned(entity).select_related("cluster")
    if not selection.namespace:
        found = _places(owned)
    else:
        found = _places(owned.filter(name=selection.namespace)) + _unowned(selection)
    wanted = [place for place in found if selection.cluster in ("", place.cluster.name)]
    return wanted[:MOST_PLACES], selection


def _owned(entity: Entity) -> ResourceQuerySet:
    """Namespaces of the entity's owner, and of its system's."""
    system = Entity.objects.present().filter(ref=entity.system_ref).values_list("owner_ref", flat=True)
    owners = {entity.owner_ref, *(system if entity.system_ref else ())} - {""}
    return Resource.objects.existing().filter(blueprint=BLUEPRINT, owner_ref__in=owners).order_by("pk")


def _places(resources: ResourceQuerySet) -> list[Place]:
    configured = Cluster.objects.configured()
    found = [(resource.cluster or configured, resource.name) for resource in resources[:MOST_PLACES]]
    return [Place(cluster, name) for cluster, name in found if cluster]


def _unowned(selection: Selection) -> list[Place]:
    """The namespace in every cluster where it is nobody's."""
    given = Resource.objects.exclude(state="deleted").filter(blueprint=BLUEPRINT, name=selection.namespace)
    found = []
    for cluster in Cluster.objects.usable():
        here = (
            given.filter(Q(cluster=cluster) | Q(cluster=None)) if cluster.configured else given.filter(cluster=cluster)
        )
        if not here.exists() and not _is_system(cluster, selection.namespace):
            found.append(Place(cluster, selection.namespace))
    return found


def _is_system(cluster: Cluster, namespace: str) -> bool:
    return namespace.startswith("kube-") or cluster.rules.keeps(namespace)


def _annotations(entity: Entity) -> dict[str, str]:
    return dict(entity.data.get("metadata", {}).get("annotations") or {})

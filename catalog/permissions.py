"""Who may see and change the catalog."""

from accounts.models import User
from accounts.permissions import Verdict, may_administer, may_write
from catalog.models import Entity, Source
from common.errors import NotFound


def visible_entity(user: User, *, kind: str, namespace: str, name: str) -> Entity:
    """The entity, for those who may see it; NotFound for everybody else."""
    ref = f"{kind}:{namespace}/{name}".lower()
    entity = Entity.objects.visible_to(user).filter(ref=ref).select_related("source").first()
    if entity is None:
        raise NotFound(f"There is no {kind.lower()} {name} in the catalog.", id="no-entity")
    return entity


def source_by_id(pk: int) -> Source:
    """A source; NotFound if there is none."""
    source = Source.objects.filter(pk=pk).first()
    if source is None:
        raise NotFound("There is no such source.")
    return source


def may_register(user: User) -> Verdict:
    """May this person register sources and sync them?"""
    return may_write(user)


def may_unregister(user: User, source: Source) -> Verdict:
    """May this person remove a source with all that it says?"""
    if source.origin == "config":
        return Verdict(False, "This source stands in the configuration.", "Take it out of app-config.yaml and restart.")
    if source.kind == "portal":
        return Verdict(False, "These entities are made by the portal.", "Delete the resource instead.")
    return may_administer(user)

"""Who may see and change the catalog."""

from accounts.models import User
from accounts.permissions import YES, Verdict, may_act_for, may_administer, may_write
from catalog.config import current as configuration
from catalog.model.refs import BadReference, parse_ref
from catalog.models import Entity, Source
from catalog.models.source import SourceKind
from catalog.sources.options import ORGANISATIONS
from catalog.visibility import is_hidden
from common.errors import FieldError, NotFound, UserError

_READONLY = Verdict(
    False, "This operation not allowed in readonly mode", "catalog.readonly in app-config.yaml says so; ask its owner."
)


def visible_entity(user: User, *, kind: str, namespace: str, name: str) -> Entity:
    """The entity, for those who may see it; NotFound for everybody else."""
    ref = f"{kind}:{namespace}/{name}".lower()
    entity = Entity.objects.visible_to(user).filter(ref=ref).select_related("source").first()
    if entity is None:
        raise NotFound(f"There is no {kind.lower()} {name} in the catalog.", id="no-entity")
    return entity


def entity_by_ref(user: User, ref: str, *, removed: bool = False) -> Entity:
    """The entity that ``ref`` names, for those who may see it; with ``removed`` also one that is gone."""
    try:
        canonical = str(parse_ref(ref.replace("\x00", "")))
    except BadReference as error:
        raise UserError(f"{error}.", fields=[FieldError("ref", "write kind:namespace/name")]) from None
    entity = Entity.objects.visible_to(user).filter(ref=canonical).select_related("source").first()
    entity = entity or (removed_entity(user, canonical) if removed else None)
    if entity is None:
        raise NotFound(f"There is no {canonical} in the catalog.", id="no-entity")
    return entity


def removed_entity(user: User, ref: str) -> Entity | None:
    """What was taken away under ``ref``, for those who might see it; else None."""
    entity = Entity.objects.removed().filter(ref=ref).select_related("source").first()
    return None if entity is None or is_hidden(entity, user) else entity


def source_by_id(user: User, pk: int) -> Source:
    """A source, for those who may know of it; NotFound for everybody else."""
    source = Source.objects.visible_to(user).filter(pk=pk).first()
    if source is None:
        raise NotFound("There is no such source.")
    return source


def may_sync(user: User) -> Verdict:
    """May this person have sources read?"""
    return may_write(user)


def may_register(user: User) -> Verdict:
    """May this person register sources?"""
    return _READONLY if configuration().readonly else may_write(user)


def may_register_source(user: User, kind: str, target: str) -> Verdict:
    """May this person register a source of this kind?

    Organisations are read with the portal's own credentials, and repositories of its machine with its own rights.
    """
    registering = may_register(user)
    if not registering or user.is_platform_admin:
        return registering
    if kind in ORGANISATIONS or target.strip().startswith("file:"):
        what = "whole organisations" if kind in ORGANISATIONS else "repositories of the portal's machine"
        return Verdict(False, f"Only platform admins register {what}.", may_administer(user).who_can_help)
    return registering


def may_decide_teams(by: User | None) -> bool:
    """Do the Groups and Users of what ``by`` brings in say who is in which team? The configuration's do."""
    return by is None or bool(may_administer(by))


def may_unregister(user: User, source: Source) -> Verdict:
    """May this person remove a source with all that it says, or let it name something else?"""
    if configuration().readonly:
        return _READONLY
    if source.origin == "config":
        return Verdict(False, "This source stands in the configuration.", "Take it out of app-config.yaml and restart.")
    if source.kind == SourceKind.PORTAL:
        return Verdict(False, "These entities are made by the portal.", "Delete the resource instead.")
    return may_administer(user)


def may_remove(entity: Entity) -> Verdict:
    """May this entity be taken away by hand?"""
    source = entity.source
    if source.kind == SourceKind.PORTAL and source.origin == "portal" and not source.is_restored:
        return Verdict(False, "The portal itself says this entity.", "Delete the resource instead.")
    return YES


#: Kinds that say who is in which team, or lead to further files: for those who run the portal.
_ADMINS_KINDS = frozenset({"Group", "User", "Location"})


def may_write_entity(user: User, kind: str, owner_ref: str) -> Verdict:
    """May this person add, change, remove or restore an entity of ``kind`` that ``owner_ref`` owns?"""
    if kind in _ADMINS_KINDS:
        return may_administer(user)
    return may_act_for(user, owner_ref) if owner_ref else may_write(user)

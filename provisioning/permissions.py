"""Who may ask, decide and look."""

from collections.abc import Iterable

from accounts.models import User
from accounts.permissions import YES, Verdict, may_act_for, may_administer, may_approve_for, may_write, require, short
from common.errors import NotFound
from provisioning.blueprints import blueprint_at
from provisioning.blueprints.definition import Blueprint
from provisioning.fleet import VersionLine, versions_in_use
from provisioning.models import BlueprintSource, BlueprintVersion, Budget, Request, Resource


def visible_request(user: User, pk: int) -> Request:
    """The request, for those who may see it; NotFound for everybody else."""
    rows = Request.objects.visible_to(user).select_related("resource", "requested_by", "run")
    found = rows.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such request, or it belongs to another team.")
    return found


def visible_resource(user: User, pk: int) -> Resource:
    """The resource, for those who may see it; NotFound for everybody else."""
    found = Resource.objects.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such resource, or it belongs to another team.")
    return found


def visible_budget(user: User, pk: int) -> Budget:
    """The budget, for those whom it binds and those who approve; NotFound for everybody else."""
    found = Budget.objects.visible_to(user).filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such budget, or it binds another team.")
    return found


def blueprint_source(user: User, pk: int) -> BlueprintSource:
    """The source, for those who run the portal; PermissionRefused for everybody else."""
    require(may_administer(user))
    found = BlueprintSource.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such source of blueprints.")
    return found


def blueprint_version(user: User, name: str, version: str) -> BlueprintVersion:
    """A version that is kept, for those who run the portal; PermissionRefused for everybody else."""
    require(may_administer(user))
    found = BlueprintVersion.objects.select_related("source").filter(name=name, version=version).first()
    if found is None:
        raise NotFound(f"There is no version {version} of a blueprint {name}.", id="no-version")
    return found


def visible_blueprint(user: User, name: str, version: str) -> Blueprint:
    """A version of a blueprint; drafts are there for those who run the portal alone."""
    for line in visible_versions(user, name):
        if line.version == version:
            return blueprint_at(name, version)
    raise NotFound(f"There is no version {version} of a blueprint {name}.", id="no-version")


def visible_versions(user: User, name: str) -> list[VersionLine]:
    """The versions of a blueprint, the newest first, without drafts but for those who run the portal; NotFound when
    there is none."""
    found = [line for line in versions_in_use(name) if user.is_platform_admin or not line.is_draft]
    if not found:
        raise NotFound(f"There is no blueprint {name}.")
    return found


def may_request(user: User, owner_ref: str) -> Verdict:
    """May this person ask in the name of ``owner_ref``?"""
    return may_act_for(user, owner_ref)


def may_withdraw(user: User, request: Request) -> Verdict:
    """May this person take the request back?"""
    if request.requested_by_id == user.pk:
        return YES
    return may_act_for(user, request.resource.owner_ref)


def may_reveal(user: User, resource: Resource) -> Verdict:
    """May this person see the resource's secrets? They are shown once: looking at one uses it up."""
    if user.entity_ref != resource.owner_ref and resource.owner_ref not in user.team_refs():
        return Verdict(False, "Only the owner sees secrets.", f"Ask a member of {resource.owner_ref}.")
    return may_write(user)


def open_stage(user: User, request: Request, taken: Iterable[tuple[str, int]]) -> tuple[str, Verdict]:
    """The stage that a decision of this person would count for, and whether it may be given. The one choke point.

    ``taken`` are (approvers, user id) of the approvals that count already. Nobody decides on their own request, and
    nobody counts twice.
    """
    if request.requested_by_id == user.pk:
        return "", Verdict(False, "Nobody decides on their own request.", f"It waits for {waits_for(request)}.")
    if not (writing := may_write(user)):
        return "", writing
    counted = list(taken)
    if any(person == user.pk for _, person in counted):
        return "", Verdict(False, "You have decided on this plan already.", "Another person must agree.")
    refusal = Verdict(False, "Every approval is given.", "It goes on by itself.")
    for stage in request.stages:
        if sum(approvers == stage["approvers"] for approvers, _ in counted) >= stage["count"]:
            continue
        refusal = may_decide(user, stage["approvers"], request.resource.owner_ref)
        if refusal:
            return stage["approvers"], refusal
    return "", refusal


def may_decide(user: User, approvers: str, owner_ref: str) -> Verdict:
    """May this person speak for ``approvers``: a role, the owner, or a group?"""
    if approvers == "role:platform-admin":
        return may_administer(user)
    if approvers.startswith("role:"):
        return may_approve_for(user, "")
    return may_approve_for(user, owner_ref if approvers == "owner" else approvers)


def waits_for(request: Request) -> str:
    """Who decides, in words."""
    return " and ".join(approvers_in_words(stage["approvers"], request.resource.owner_ref) for stage in request.stages)


def approvers_in_words(approvers: str, owner_ref: str) -> str:
    """``role:approver`` as people say it."""
    if approvers == "owner":
        return f"a member of {short(owner_ref)}"
    if approvers.startswith("role:"):
        return {"role:approver": "an approver", "role:platform-admin": "a platform admin"}[approvers]
    return f"a member of {short(approvers)}"

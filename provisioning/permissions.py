"""Who may ask, decide and look."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from accounts.models import User
from accounts.permissions import (
    YES,
    Verdict,
    may_act_for,
    may_administer,
    may_approve,
    may_approve_for,
    may_write,
    require,
    short,
)
from common.errors import NotFound
from provisioning.blueprints import blueprint_at
from provisioning.blueprints.definition import Blueprint
from provisioning.fleet import VersionLine, versions_in_use
from provisioning.models import (
    Approval,
    BlueprintSource,
    BlueprintVersion,
    BreakGlass,
    Budget,
    CloudAccount,
    Cluster,
    Delegation,
    Request,
    Resource,
)


def visible_request(user: User, pk: int) -> Request:
    """The request, for those who may see it; NotFound for everybody else."""
    rows = Request.objects.visible_to(user).select_related(
        "resource__cluster", "resource__cloud_account", "requested_by", "run"
    )
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


def visible_delegation(user: User, pk: int) -> Delegation:
    """The delegation, for its two people and platform admins; NotFound for everybody else."""
    found = Delegation.objects.visible_to(user).select_related("delegator", "delegate").filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such delegation, or it is between others.")
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


@dataclass(frozen=True, slots=True)
class Opening:
    """The stage that a decision would count for, whether it may be given, and in whose stead."""

    stage: str
    verdict: Verdict
    on_behalf_of: User | None = None


def _may_have_asked(user: User, request: Request) -> bool:
    """Whether this person may be behind a request that came from a cluster, which does not say who was."""
    nobody = request.requested_by_id is None and request.resource.owner_ref in user.owner_refs()
    return nobody and request.watched_by.exists()


def open_stage(user: User, request: Request, given: Iterable[Approval]) -> Opening:
    """What a decision of this person would be. The one choke point, for one request and for many, by page and API.

    ``given`` are the approvals that count already. Nobody decides on their own request, neither themselves nor by
    somebody who stands in for them; nobody counts twice, and whoever stands in for somebody counts for both.
    """
    if request.requested_by_id == user.pk:
        return _closed("Nobody decides on their own request.", f"It waits for {waits_for(request)}.")
    if _may_have_asked(user, request):
        reason = (
            "Somebody of your team may have asked for this in the cluster, and nobody decides on their own request."
        )
        return _closed(reason, f"It waits for {waits_for(request)} of another team.")
    if not (writing := may_write(user)):
        return Opening("", writing)
    counted = list(given)
    spoken = {pk for approval in counted for pk in (approval.by_id, approval.on_behalf_of_id)}
    if user.pk in spoken:
        return _closed("You have decided on this plan already.", "Another person must agree.")
    stages = [stage for stage in request.stages if _missing(stage, counted)]
    refusal = _closed("Every approval is given.", "It goes on by itself.").verdict
    for person in (user, *delegators_of(user)):
        if person.pk in {*spoken, request.requested_by_id} or _may_have_asked(person, request):
            continue
        for stage in stages:
            verdict = may_speak(person, stage, request)
            if verdict:
                return Opening(stage["approvers"], verdict, None if person == user else person)
            refusal = verdict if person == user else refusal
    return Opening("", refusal)


def _closed(reason: str, who_can_help: str) -> Opening:
    return Opening("", Verdict(False, reason, who_can_help))


def _missing(stage: Mapping[str, Any], counted: Iterable[Approval]) -> bool:
    given = sum(approval.approvers == stage["approvers"] for approval in counted)
    return bool(given < stage["count"])


def delegators_of(user: User) -> list[User]:
    """Those in whose stead this person may decide now."""
    lent = Delegation.objects.in_force().filter(delegate=user).select_related("delegator").order_by("pk")
    return [delegation.delegator for delegation in lent]


def may_speak(user: User, stage: Mapping[str, Any], request: Request) -> Verdict:
    """May this person, in their own right, decide for a stage: as one of its approvers, or of those to whom it has
    escalated?"""
    owner_ref = request.resource.owner_ref
    verdict = may_decide(user, stage["approvers"], owner_ref)
    if verdict or not any(may_decide(user, to, owner_ref) for to in escalated_to(request, stage)):
        return verdict
    return YES


def escalated_to(request: Request, stage: Mapping[str, Any]) -> list[str]:
    """Who may decide as well by now, because nobody did."""
    now = timezone.now()
    return [one["to"] for one, at in escalations_of(request, stage) if at <= now]


def escalations_of(request: Request, stage: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], datetime]]:
    """The escalations of a stage, and when each comes."""
    if request.asked_at is None:
        return []
    return [(one, request.asked_at + timedelta(hours=one["after_hours"])) for one in stage.get("escalations", [])]


def may_break_glass(user: User, request: Request) -> Verdict:
    """May this person let a request through without the approvals that it lacks? Never their own: a second person
    knows of everything that happens."""
    if request.requested_by_id == user.pk:
        return Verdict(False, "Nobody lets their own request through.", "Ask another platform admin.")
    return may_administer(user)


def may_review(user: User, glass: BreakGlass) -> Verdict:
    """May this person look at it afterwards: somebody who approves, and neither let it through nor asked for it?"""
    if user.pk in {glass.by_id, glass.request.requested_by_id}:
        return Verdict(False, "Somebody else reviews it.", "Ask another approver or platform admin.")
    return may_approve(user)


def may_end(user: User, delegation: Delegation) -> Verdict:
    """May this person end a delegation: whose it is, or a platform admin?"""
    if user.pk == delegation.delegator_id:
        return may_write(user)
    return may_administer(user)


def may_decide(user: User, approvers: str, owner_ref: str) -> Verdict:
    """May this person speak for ``approvers``: a role, the owner, or a group?"""
    if approvers == "role:platform-admin":
        return may_administer(user)
    if approvers.startswith("role:"):
        return may_approve_for(user, "")
    return may_approve_for(user, owner_ref if approvers == "owner" else approvers)


def waits_for(request: Request) -> str:
    """Who decides, in words."""
    return " and ".join(stage_in_words(stage, request) for stage in request.stages)


def stage_in_words(stage: Mapping[str, Any], request: Request) -> str:
    """Who decides in a stage, with those to whom it has escalated."""
    people = dict.fromkeys([stage["approvers"], *escalated_to(request, stage)])
    return " or ".join(approvers_in_words(one, request.resource.owner_ref) for one in people)


def approvers_in_words(approvers: str, owner_ref: str) -> str:
    """``role:approver`` as people say it."""
    if approvers == "owner":
        return f"a member of {short(owner_ref)}"
    if approvers.startswith("role:"):
        return {"role:approver": "an approver", "role:platform-admin": "a platform admin"}[approvers]
    return f"a member of {short(approvers)}"


def require_admin(user: User) -> None:
    """Raise PermissionRefused for everybody but platform admins."""
    require(may_administer(user))


def administered_cluster(user: User, pk: int) -> Cluster:
    """The cluster, for platform admins."""
    require_admin(user)
    found = Cluster.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such cluster.")
    return found


def administered_account(user: User, pk: int) -> CloudAccount:
    """The cloud account, for platform admins."""
    require_admin(user)
    found = CloudAccount.objects.filter(pk=pk).first()
    if found is None:
        raise NotFound("There is no such cloud account.")
    return found

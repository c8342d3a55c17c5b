"""Who may do what. Each question is a function; each answer says why and who can help."""

from dataclasses import dataclass

from accounts.models import Membership, Role, User
from common.errors import PermissionRefused

_MAY_WRITE = {Role.DEVELOPER, Role.APPROVER, Role.PLATFORM_ADMIN}
_MAY_APPROVE = {Role.APPROVER, Role.PLATFORM_ADMIN}


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer: true or false, why, and who can help."""

    allowed: bool
    reason: str = ""
    who_can_help: str = ""

    def __bool__(self) -> bool:
        return self.allowed


YES = Verdict(True)


def require(verdict: Verdict) -> None:
    """Raise PermissionRefused unless ``verdict`` is a yes."""
    if not verdict:
        raise PermissionRefused(verdict.reason, hint=verdict.who_can_help)


def may_write(user: User) -> Verdict:
    """May this person change anything at all?"""
    if user.role in _MAY_WRITE:
        return YES
    return Verdict(False, "Your role is viewer; it reads and changes nothing.", _ask_admins())


def may_act_for(user: User, owner_ref: str) -> Verdict:
    """May this person act for what ``owner_ref`` owns: as the owner, its member, or a platform admin?"""
    if not (writing := may_write(user)):
        return writing
    if user.is_platform_admin or owner_ref in user.owner_refs():
        return YES
    return Verdict(False, f"It belongs to {short(owner_ref)}, and you are not a member.", _ask_members(owner_ref))


def may_approve(user: User) -> Verdict:
    """May this person approve other people's requests?"""
    if user.role in _MAY_APPROVE:
        return YES
    return Verdict(False, "Approving takes the role approver.", _ask_admins())


def may_approve_for(user: User, owner_ref: str) -> Verdict:
    """May this person approve as a member of ``owner_ref`` (or as any approver, when it is empty)?"""
    if user.is_platform_admin or (owner_ref and may_act_for(user, owner_ref)):
        return YES
    if owner_ref:
        return Verdict(False, f"Only members of {short(owner_ref)} decide this.", _ask_members(owner_ref))
    return may_approve(user)


def may_administer(user: User) -> Verdict:
    """May this person run the portal?"""
    return YES if user.is_platform_admin else Verdict(False, "Only platform admins can do this.", _ask_admins())


def short(ref: str) -> str:
    """The name in an entity reference, as people say it."""
    return ref.rsplit("/", 1)[-1]


def _ask_members(owner_ref: str) -> str:
    members = Membership.objects.filter(team__ref=owner_ref).order_by("user_ref").values_list("user_ref", flat=True)
    names = [short(ref) for ref in dict.fromkeys(members[:20])]
    if not names:
        return _ask_admins()
    some = " or ".join(names[:2])
    return f"{some} or any of its {len(names)} members can help." if len(names) > 2 else f"{some} can help."


def _ask_admins() -> str:
    admins = User.objects.filter(role=Role.PLATFORM_ADMIN, is_active=True).order_by("username")[:2]
    names = " or ".join(admin.display_name for admin in admins)
    return f"Ask {names}, who run the portal." if names else "Ask whoever runs the portal."

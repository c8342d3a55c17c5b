"""Changes to people, teams, tokens and links. The actor is ``by``; None is the command line or the portal itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import SCOPES, ApiToken, Membership, Role, SignInLink, Team, User
from accounts.models.team import Origin
from accounts.models.token import new_token_text
from common.crypto import keyed_digest
from common.errors import Conflict, FieldError, UserError
from common.trail import record


@dataclass(frozen=True, slots=True)
class TeamRecord:
    """A group as the catalog describes it. ``parent_ref`` is empty at the top."""

    ref: str
    title: str = ""
    parent_ref: str = ""


@transaction.atomic
def create_user(
    *, name: str, role: str = Role.DEVELOPER, member_of: Sequence[str] = (), by: User | None = None
) -> User:
    """A person who signs in by link until a password is set. ``member_of`` are group references."""
    _require_role(role)
    user = User(username=name, role=role)
    user.set_unusable_password()
    if User.objects.filter(username=name).exists():
        raise Conflict(f"{name} has an account already.", fields=[FieldError("name", "taken")])
    user.save()
    _add_to_teams(user_ref=user.entity_ref, team_refs=member_of)
    record("user.created", by=by, **_as_subject(user), data={"role": role, "member_of": list(member_of)})
    return user


@transaction.atomic
def change_role(*, user: User, role: str, by: User) -> None:
    """Give ``user`` another role; the last platform admin keeps theirs."""
    _require_role(role)
    before = user.role
    others = User.objects.select_for_update().filter(role=Role.PLATFORM_ADMIN, is_active=True).exclude(pk=user.pk)
    if user.is_platform_admin and role != Role.PLATFORM_ADMIN and not others.exists():
        raise Conflict(
            f"{user.display_name} is the last platform admin.", hint="Make somebody else platform admin first."
        )
    User.objects.filter(pk=user.pk).update(role=role)
    user.role = role
    record("user.role-changed", by=by, **_as_subject(user), data={"before": before, "after": role})


def _add_to_teams(*, user_ref: str, team_refs: Sequence[str]) -> None:
    """Make ``user_ref`` a member of groups, which need not be in the catalog yet; syncs keep it."""
    for ref in team_refs:
        team, _ = Team.objects.get_or_create(ref=ref.lower())
        Membership.objects.get_or_create(user_ref=user_ref, team=team, origin=Origin.PORTAL)


def first_admin() -> User:
    """The first platform admin; made when there is none yet."""
    admin = User.objects.filter(role=Role.PLATFORM_ADMIN, is_active=True).order_by("pk").first()
    if admin:
        return admin
    taken = User.objects.filter(username="admin").exists()
    return create_user(name="platform-admin" if taken else "admin", role=Role.PLATFORM_ADMIN)


@transaction.atomic
def create_sign_in_link(*, user: User, by: User | None = None) -> str:
    """The path of a link that signs ``user`` in once, within a day."""
    record("user.sign-in-link-made", by=by, **_as_subject(user))
    return reverse("sign_in_link", args=[SignInLink.issue(user)])


@transaction.atomic
def create_token(
    *, user: User, scopes: Sequence[str], days: int | None = None, name: str = "", by: User | None = None
) -> tuple[ApiToken, str]:
    """A token of ``user`` and its text, which is not stored. ``days`` None never expires."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        message = f"{', '.join(unknown)} is not a scope."
        raise UserError(message, hint=f"Scopes are {', '.join(SCOPES)}.", fields=[FieldError("scopes", message)])
    if days is not None and not 1 <= days <= 3650:
        raise UserError("A token lives from 1 to 3650 days.", fields=[FieldError("days", "out of range")])
    text = new_token_text()
    token = ApiToken.objects.create(
        user=user,
        name=name,
        digest=keyed_digest("api-token", text),
        hint=text[:8],
        scopes=sorted(set(scopes)),
        expires_at=timezone.now() + timedelta(days=days) if days else None,
    )
    record("token.created", by=by, **_as_subject(user), data={"token": token.hint, "scopes": token.scopes})
    return token, text


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User) -> None:
    """End ``token`` at once; its row stays for the record."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record("token.revoked", by=by, **_as_subject(token.user), data={"token": token.hint})


@transaction.atomic
def replace_teams(teams: Iterable[TeamRecord], memberships: Iterable[tuple[str, str]]) -> None:
    """Make the catalog's part of teams and memberships exactly this. Memberships made in the portal stay.

    ``memberships`` are pairs of user and group reference; pairs of unknown groups are left out.
    """
    records = {record.ref: record for record in teams}
    Team.objects.bulk_create(
        [Team(ref=record.ref, title=record.title) for record in records.values()],
        update_conflicts=True,
        update_fields=["title"],
        unique_fields=["ref"],
    )
    by_ref = {team.ref: team for team in Team.objects.all()}
    _set_parents(records, by_ref)
    _set_memberships({(user, by_ref[ref].pk) for user, ref in memberships if ref in records})
    gone = [team.pk for ref, team in by_ref.items() if ref not in records]
    Team.objects.filter(pk__in=gone).exclude(memberships__origin=Origin.PORTAL).delete()


def _set_parents(records: dict[str, TeamRecord], by_ref: dict[str, Team]) -> None:
    moved = []
    for ref, team in by_ref.items():
        parent = by_ref.get(records[ref].parent_ref) if ref in records else None
        if team.parent_id != (parent.pk if parent else None):
            team.parent = parent
            moved.append(team)
    Team.objects.bulk_update(moved, ["parent"], batch_size=500)


def _set_memberships(wanted: set[tuple[str, int]]) -> None:
    rows = Membership.objects.filter(origin=Origin.CATALOG)
    current = {(user, team): pk for pk, user, team in rows.values_list("pk", "user_ref", "team_id")}
    rows.filter(pk__in=[pk for pair, pk in current.items() if pair not in wanted]).delete()
    fresh = [Membership(user_ref=user, team_id=team) for user, team in sorted(wanted - set(current))]
    Membership.objects.bulk_create(fresh, batch_size=1000, ignore_conflicts=True)


def _require_role(role: str) -> None:
    if role not in Role.values:
        hint = f"Roles are {', '.join(Role.values)}."
        raise UserError(f"{role} is not a role.", hint=hint, fields=[FieldError("role", "unknown")])


def _as_subject(user: User) -> dict[str, Any]:
    return {"subject_kind": "user", "subject_id": user.entity_ref, "subject_label": user.display_name}

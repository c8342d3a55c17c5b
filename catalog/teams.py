"""Groups and Users of the catalog as teams and memberships of accounts."""

from collections.abc import Iterable

from accounts.actions import TeamRecord, replace_teams
from catalog.models import Entity, RelationRow

PEOPLE = ("Group", "User")


def sync_teams(touched: Iterable[str]) -> None:
    """Follow those sources that decide teams, when one of the ``touched`` references is a group or a user."""
    if not any(ref.startswith(("group:", "user:")) for ref in touched):
        return
    said = RelationRow.objects.filter(origin__deleted_at=None, origin__source__decides_teams=True)
    parents = dict(
        said.filter(type="childOf").order_by("source_ref", "-target_ref").values_list("source_ref", "target_ref")
    )
    groups = Entity.objects.present().filter(kind="Group", source__decides_teams=True)
    memberships = said.filter(type="memberOf", source_ref__startswith="user:").values_list("source_ref", "target_ref")
    replace_teams(
        (
            TeamRecord(ref, title or name, parents.get(ref, ""))
            for ref, title, name in groups.values_list("ref", "title", "name")
        ),
        set(memberships),
    )

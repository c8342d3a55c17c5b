import pytest

from accounts.actions import TeamRecord, create_user, replace_teams
from accounts.models import Membership, Team
from accounts.permissions import may_act_for, may_write

pytestmark = pytest.mark.django_db

NESTED = [
    TeamRecord("group:default/company", "Company"),
    TeamRecord("group:default/engineering", "Engineering", "group:default/company"),
    TeamRecord("group:default/orders", "Orders", "group:default/engineering"),
]


def test_a_member_of_a_nested_group_is_a_member_of_the_groups_above() -> None:
    erin = create_user(name="erin")
    replace_teams(NESTED, [(erin.entity_ref, "group:default/orders")])
    assert erin.team_refs() == {record.ref for record in NESTED}
    assert may_act_for(erin, "group:default/company")


def test_groups_that_are_each_others_parents_do_no_harm() -> None:
    erin = create_user(name="erin")
    circle = [
        TeamRecord("group:default/a", "", "group:default/b"),
        TeamRecord("group:default/b", "", "group:default/a"),
    ]
    replace_teams(circle, [(erin.entity_ref, "group:default/a")])
    assert erin.team_refs() == {"group:default/a", "group:default/b"}


def test_a_membership_made_in_the_portal_survives_a_sync_and_the_catalogs_own_follow_it() -> None:
    erin = create_user(name="erin", member_of=["group:default/guests"])
    replace_teams(NESTED, [(erin.entity_ref, "group:default/orders")])
    replace_teams(NESTED[:1], [])
    assert Team.objects.refs_of(erin.entity_ref) == {"group:default/guests"}
    assert not Team.objects.filter(ref="group:default/orders").exists()


def test_the_same_teams_again_change_nothing() -> None:
    members = [("user:default/x", "group:default/orders"), ("user:default/y", "group:default/nowhere")]
    replace_teams(NESTED, members)
    before = set(Membership.objects.values_list("pk", flat=True))
    replace_teams(NESTED, members)
    assert set(Membership.objects.values_list("pk", flat=True)) == before
    assert len(before) == 1


def test_an_outsider_is_told_who_can_help() -> None:
    for name in ("ann", "ben", "cas"):
        create_user(name=name, member_of=["group:default/payments"])
    outsider = create_user(name="zoe")
    verdict = may_act_for(outsider, "group:default/payments")
    assert not verdict
    assert verdict.reason == "It belongs to payments, and you are not a member."
    assert verdict.who_can_help == "ann or ben or any of its 3 members can help."


def test_a_viewer_changes_nothing_even_as_a_member() -> None:
    viewer = create_user(name="vic", role="viewer", member_of=["group:default/payments"])
    assert not may_write(viewer)
    assert not may_act_for(viewer, "group:default/payments")

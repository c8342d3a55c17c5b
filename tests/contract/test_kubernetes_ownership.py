"""Who owns which field, and how it is taken."""

# ruff: noqa: F401, F811  -- fixtures are imported by name

import pytest

from common.errors import Conflict
from integrations.kubernetes.client import Client
from integrations.kubernetes.errors import Contested, FieldConflict
from integrations.kubernetes.objects import ref_of
from tests.contract.kubernetes_objects import (
    NETWORKING,
    Manifest,
    client,
    cluster,
    config,
    emulated_cluster,
    fresh_name,
    home,
    of,
    quota,
    real_cluster,
    somebody,
)
from tests.kubernetes import Server


def test_a_field_of_somebody_else_is_a_conflict_that_names_owner_and_field(
    client: Client, somebody: Client, home: str
) -> None:
    client.apply(quota(home, limits_cpu="20"))
    with pytest.raises(FieldConflict) as conflict:
        somebody.apply(quota(home, limits_cpu="40"))
    assert conflict.value.contested == (Contested("spec.hard.limits.cpu", "cairn"),)
    assert isinstance(conflict.value, Conflict)


def test_a_dry_run_meets_the_same_conflict(client: Client, somebody: Client, home: str) -> None:
    client.apply(quota(home, limits_cpu="20"))
    somebody.apply(quota(home, limits_cpu="40"), force=True)
    with pytest.raises(FieldConflict) as conflict:
        client.apply(quota(home, limits_cpu="20"), dry_run=True)
    assert conflict.value.contested[0].manager == "kubectl-edit"


def test_force_takes_the_field_over(client: Client, somebody: Client, home: str) -> None:
    client.apply(quota(home, limits_cpu="20"))
    somebody.apply(quota(home, limits_cpu="40"), force=True)
    taken = client.apply(quota(home, limits_cpu="20"), force=True)
    assert taken["spec"]["hard"] == {"limits.cpu": "20"}
    client.apply(quota(home, limits_cpu="30"))


def test_two_who_want_the_same_value_share_the_field(client: Client, somebody: Client, home: str) -> None:
    client.apply(quota(home, limits_cpu="20"))
    somebody.apply(quota(home, limits_cpu="20"))
    owners = {entry["manager"] for entry in client.get(ref_of(quota(home)))["metadata"]["managedFields"]}  # type: ignore[index]
    assert {"cairn", "kubectl-edit"} <= owners


def test_lists_of_a_policy_are_owned_as_a_whole(client: Client, somebody: Client, home: str) -> None:
    def policy(types: list[str]) -> Manifest:
        spec = {"podSelector": {}, "policyTypes": types}
        return of(NETWORKING, "NetworkPolicy", home, "deny", spec=spec)

    client.apply(policy(["Ingress"]))
    with pytest.raises(FieldConflict) as conflict:
        somebody.apply(policy(["Ingress", "Egress"]))
    assert [each.path for each in conflict.value.contested] == ["spec.policyTypes"]


def test_a_field_edited_by_hand_is_a_conflict_and_taken_by_force(client: Client, cluster: Server, home: str) -> None:
    client.apply(quota(home, limits_cpu="20"))
    cluster.edit(ref_of(quota(home)), {"spec": {"hard": {"limits.cpu": "40"}}})
    with pytest.raises(FieldConflict) as conflict:
        client.apply(quota(home, limits_cpu="20"), dry_run=True)
    assert conflict.value.contested == (Contested("spec.hard.limits.cpu", "kubectl-edit"),)
    shown = client.apply(quota(home, limits_cpu="20"), dry_run=True, force=True)
    assert shown["spec"]["hard"] == {"limits.cpu": "20"}


def test_a_field_removed_by_hand_is_nobodys_and_comes_back(client: Client, cluster: Server, home: str) -> None:
    client.apply(config(home, colour="blue", shape="round"))
    cluster.edit(ref_of(config(home)), {"data": {"colour": None}})
    assert client.apply(config(home, colour="blue", shape="round"))["data"] == {"colour": "blue", "shape": "round"}


def test_rules_added_to_a_policy_are_ours_to_remove_only_where_we_sent_none(
    client: Client, cluster: Server, home: str
) -> None:
    def policy(name: str, **rules: list[Manifest]) -> Manifest:
        spec: Manifest = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"], **rules}
        return of(NETWORKING, "NetworkPolicy", home, name, spec=spec)

    silent, closed = policy("silent"), policy("closed", ingress=[], egress=[])
    for each in (silent, closed):
        client.apply(each)
        cluster.edit(ref_of(each), {"spec": {"ingress": [{}]}})
    assert client.apply(silent, force=True)["spec"]["ingress"] == [{}]
    with pytest.raises(FieldConflict) as conflict:
        client.apply(closed)
    assert conflict.value.contested == (Contested("spec.ingress", "kubectl-edit"),)
    assert not client.apply(closed, force=True)["spec"].get("ingress")

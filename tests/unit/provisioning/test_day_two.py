"""The pure parts of day two: ends, drift, names for branches, and how rules judge actions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.blueprints import _all
from provisioning.drift import accepted, differences, unmapped, who_changed
from provisioning.ephemeral import name_for, wrong_branch
from provisioning.expiry import due_warning, first_expiry, in_words, latest_expiry, wrong_ttl
from provisioning.namespace_inputs import check_name
from provisioning.policy import decide, facts_of
from provisioning.verbs import DAY_TWO, VERBS, effect_of

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SHIPPED = {blueprint.name: blueprint for blueprint in _all().values()}
NAMESPACE = SHIPPED["namespace"]


def facts(action: str = "create", **more: Any) -> dict[str, Any]:
    known: dict[str, Any] = {"name": "orders", "owner": "group:default/orders-team", "environment": "development"}
    return facts_of(**{"action": action, "inputs": {}, **known, **more})


@pytest.mark.parametrize(
    ("left", "warned", "said"),
    [
        (73 * HOUR, None, None),
        (72 * HOUR, None, 72),
        (50 * HOUR, 72, None),
        (24 * HOUR, 72, 24),
        (10 * HOUR, None, 24),
        (30 * timedelta(minutes=1), 24, 1),
        (30 * timedelta(minutes=1), 1, None),
        (-HOUR, 1, None),
        (-HOUR, None, 1),
    ],
)
def test_each_warning_is_given_once_and_a_missed_one_is_not_made_up_for(
    left: timedelta, warned: int | None, said: int | None
) -> None:
    assert due_warning(NOW + left, NOW, warned) == said


def test_a_namespace_for_a_branch_ends_and_others_stay() -> None:
    assert first_expiry(NAMESPACE, facts(ephemeral=True), None, NOW) == NOW + 72 * HOUR
    assert first_expiry(NAMESPACE, facts(ephemeral=True), 3600, NOW) == NOW + HOUR
    assert first_expiry(NAMESPACE, facts(), None, NOW) is None
    assert latest_expiry(NAMESPACE, facts(ephemeral=True), NOW) == NOW + 14 * 24 * HOUR


@pytest.mark.parametrize("ttl", [True, "86400", 1.5, None, -1, 0, 599, 15 * 24 * 3600])
def test_a_lifetime_that_cannot_be_is_named(ttl: object) -> None:
    (error,) = wrong_ttl(ttl, NAMESPACE, facts(ephemeral=True))
    assert error.path == "ttl"


def test_times_are_said_as_people_say_them() -> None:
    assert [in_words(seconds) for seconds in (60, 3600, 5 * 3600, 72 * 3600, 73 * 3600)] == [
        "1 minute",
        "1 hour",
        "5 hours",
        "3 days",
        "73 hours",
    ]


@given(st.text(min_size=1, max_size=250))
def test_whatever_a_branch_is_called_its_namespace_has_a_name_that_a_cluster_takes(branch: str) -> None:
    name = name_for("component:default/orders", branch)
    assert not list(check_name(name, "name"))
    assert name == name_for("component:default/orders", branch)


def test_branches_of_like_names_have_namespaces_of_their_own() -> None:
    subjects = ("component:default/orders", "repository:acme/orders")
    names = {name_for(subject, branch) for subject in subjects for branch in ("a/b", "a-b", "A-b", "a_b")}
    assert len(names) == 8


@pytest.mark.parametrize("branch", [None, 7, "", " ", "a\0b", "a\nb", "x" * 251, " main"])
def test_a_branch_that_cannot_be_is_named(branch: object) -> None:
    assert [error.path for error in wrong_branch(branch)] == ["branch"]


@pytest.mark.parametrize(
    ("wanted", "live", "paths"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, []),
        ({"hard": {"limits.cpu": "1.5"}}, {"hard": {"limits.cpu": "1500m"}}, []),
        ({"hard": {"limits.cpu": "2"}}, {"hard": {"limits.cpu": "99"}}, ["hard.limits.cpu"]),
        ({"hard": {"limits.cpu": "2"}}, {"hard": {}}, ["hard.limits.cpu"]),
        ({"ingress": []}, {}, []),
        ({"ingress": []}, {"ingress": [{}]}, ["ingress"]),
        ({"to": [{"port": 53}]}, {"to": [{"port": 53, "protocol": "UDP"}]}, []),
        ({"to": [{"port": 53}]}, {"to": [{"port": 54, "protocol": "UDP"}]}, ["to"]),
        ({"mount": False}, {}, ["mount"]),
        ({"a": {"b": 1}}, {"a": "text"}, ["a.b"]),
    ],
)
def test_a_difference_is_what_was_asked_for_and_is_otherwise(wanted: Any, live: Any, paths: list[str]) -> None:
    assert [field.path for field in differences(wanted, live)] == paths


def test_who_changed_a_field_is_read_from_its_owners() -> None:
    def entry(
        manager: str, operation: str, fields: dict[str, Any], time: str = "2026-11-30T10:00:00Z"
    ) -> dict[str, Any]:
        return {"manager": manager, "operation": operation, "time": time, "fieldsV1": fields}

    hard = {"f:spec": {"f:hard": {"f:limits.cpu": {}}}}
    managed = [
        entry("cairn", "Apply", {"f:spec": {"f:hard": {".": {}, "f:requests.cpu": {}}}}),
        entry("kubectl-edit", "Update", hard),
        entry("old-tool", "Update", hard, "2026-01-01T10:00:00Z"),
    ]
    assert who_changed(managed, "spec.hard.limits.cpu", "cairn") == "kubectl-edit (update) at 2026-11-30T10:00:00Z"
    assert who_changed(managed, "spec.hard.requests.cpu", "cairn") == ""
    assert who_changed([], "spec", "cairn") == ""


def _changed(address: str, path: str, before: Any, action: str = "update") -> dict[str, Any]:
    return {"address": address, "action": action, "fields": [{"path": path, "before": before, "after": None}]}


def test_what_an_input_says_is_taken_on_and_what_none_says_is_named() -> None:
    grown = _changed("module.this.aws_db_instance.this", "allocated_storage", 80)
    assert accepted(SHIPPED["database"], [grown], {"allocated_storage": 20, "engine": "postgres"}) == {
        "allocated_storage": 80,
        "engine": "postgres",
    }
    cpu = _changed("ResourceQuota/orders/quota", "spec.hard.limits.cpu", "99")
    assert accepted(NAMESPACE, [cpu], {"quota": {"limits.cpu": "2", "requests.cpu": "1"}})["quota"] == {
        "limits.cpu": "99",
        "requests.cpu": "1",
    }
    label = _changed("Namespace/orders", "metadata.labels.x", "y")
    gone = _changed("NetworkPolicy/orders/default-deny", "", None, "create")
    assert unmapped(NAMESPACE, [cpu, label, gone]) == [
        "Namespace.metadata.labels.x",
        "NetworkPolicy/orders/default-deny",
    ]


def test_light_actions_need_no_approval_that_was_not_meant_for_them() -> None:
    production = facts("extend", environment="production")
    assert decide(NAMESPACE, production).decision == "allow"
    assert decide(NAMESPACE, facts("unprotect", environment="production")).decision == "approve"
    assert decide(NAMESPACE, facts("rotate")).decision == "approve"


def test_what_was_agreed_needs_no_approval_and_what_is_denied_stays_denied() -> None:
    agreed = {"agreed": "It was agreed"}
    assert decide(NAMESPACE, facts("delete", **agreed)).decision == "allow"
    inputs = {"deletion_protection": True}
    database = facts("delete", environment="production", inputs=inputs, current=inputs, **agreed)
    assert decide(SHIPPED["database"], database).decision == "deny"


def test_the_receiver_of_a_transfer_accepts_it_and_an_import_is_for_platform_admins() -> None:
    receiver = "group:default/payments-team"
    stages = decide(SHIPPED["cache"], facts("transfer", receiver=receiver, inputs={"replicas": 1})).stages
    assert receiver in {stage.approvers for stage in stages}
    stages = decide(SHIPPED["container-registry"], facts("import")).stages
    assert [stage.approvers for stage in stages] == ["role:platform-admin"]


def test_a_namespace_for_a_branch_needs_no_approval() -> None:
    assert decide(NAMESPACE, facts(ephemeral=True)).decision == "allow"
    assert decide(NAMESPACE, facts()).decision == "approve"


def test_every_action_has_words_and_protection_is_the_module_s_where_it_has_one() -> None:
    assert all(verb.title and verb.summary for verb in VERBS.values())
    assert {"create", "import"} == VERBS.keys() - {verb.name for verb in DAY_TWO}
    assert (effect_of("unprotect", "deletion_protection"), effect_of("unprotect", "")) == ("update", "none")


@pytest.mark.parametrize("blueprint", SHIPPED.values(), ids=lambda blueprint: blueprint.name)
def test_every_blueprint_says_what_is_its_size(blueprint: Any) -> None:
    assert set(blueprint.sizes) <= blueprint.inputs["properties"].keys()

"""The platform's rules by script: kept by admins, read by all, counting at once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from audit.models import Event
from provisioning.models import PolicyRule, Request, Resource
from provisioning.policy_actions import put_policy
from tests.api.test_requests import BODY, INPUTS, ask, planned, post, ready

pytestmark = pytest.mark.django_db

RULE: dict[str, Any] = {
    "name": "two-for-production",
    "when": {"environment": "production"},
    "effect": "approve",
    "reason": "Production has two pairs of eyes",
    "count": 2,
}
STAGING = {"environment": "staging"}


def always(**window: str) -> dict[str, Any]:
    """A window that holds now, of this year."""
    now = timezone.now()
    return {"from": f"{now - timedelta(days=2):%Y-%m-%d}", "until": f"{now + timedelta(days=2):%Y-%m-%d}", **window}


def freeze(pat: Any, **more: Any) -> PolicyRule:
    when = {"environment": "staging", "time": always()} | more
    row, _ = put_policy(name="freeze", given={"when": when, "effect": "deny", "reason": "Closed"}, by=pat)
    return row


def dry_run(api: Any, **changes: Any) -> dict[str, Any]:
    answer = post(api, "requests", BODY | {"dry_run": True} | changes)
    assert answer.status_code == 200, answer.json()
    return dict(answer.json())


def test_a_rule_is_added_read_changed_and_taken_away(pat, alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(pat)
    made = post(api, "policies", RULE)
    assert (made.status_code, made["ETag"], made.json()["version"]) == (201, '"1"', 1)
    assert api_for(alice).get("/api/v1/policies").json()["items"][0]["name"] == RULE["name"]
    body = {name: value for name, value in RULE.items() if name != "name"}
    changed = api.put("/api/v1/policies/two-for-production", body | {"count": 3}, format="json")
    assert (changed.status_code, changed.json()["count"], changed["ETag"]) == (200, 3, '"2"')
    late = api.put("/api/v1/policies/two-for-production", body, format="json", HTTP_IF_MATCH='"1"')
    assert (late.status_code, late.json()["id"]) == (412, "version-mismatch")
    assert post(api, "policies", RULE).json()["id"] == "policy-exists"
    assert api.delete("/api/v1/policies/two-for-production").status_code == 204
    assert api.get("/api/v1/policies/two-for-production").status_code == 404
    trail = Event.objects.filter(subject_kind="policy").order_by("pk")
    assert [event.verb for event in trail] == ["policy.added", "policy.changed", "policy.removed"]
    assert (trail[1].data["before"]["count"], trail[1].data["after"]["count"]) == (2, 3)


def test_only_admins_keep_rules(alice, bob, api_for) -> None:  # type: ignore[no-untyped-def]
    for api in (api_for(alice), api_for(bob)):
        assert post(api, "policies", RULE).status_code == 403
        assert api.put("/api/v1/policies/x", RULE, format="json").status_code == 403
        assert api.delete("/api/v1/policies/x").status_code == 403
    assert not PolicyRule.objects.exists()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": "Two Eyes"}, "name"),
        ({"name": 7}, "name"),
        ({"name": ""}, "name"),
        ({"when": {"enviroment": "production"}}, "when.enviroment"),
        ({"when": []}, "when"),
        ({"effect": "ask"}, "effect"),
        ({"approvers": "role:boss"}, "approvers"),
        ({"when": {"time": {"from": "25:00", "until": "26:00"}}}, "when.time.from"),
        ({"tests": [{"given": {"environment": "staging"}, "holds": True}]}, "tests.0"),
    ],
)
def test_what_is_wrong_with_a_rule_is_named(pat, api_for, change, path) -> None:  # type: ignore[no-untyped-def]
    answer = post(api_for(pat), "policies", RULE | change)
    assert answer.status_code == 422, answer.json()
    assert path in {error["path"] for error in answer.json()["errors"]}
    assert not PolicyRule.objects.exists()


def test_a_dry_run_names_the_rule_behind_each_reason(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    post(api_for(pat), "policies", RULE)
    policy = dry_run(api_for(alice))["policy"]
    assert policy["decision"] == "approve"
    assert list(zip(policy["reasons"], policy["rules"], strict=True)) == [
        ("Production", None),
        (RULE["reason"], RULE["name"]),
    ]
    assert policy["stages"][0]["count"] == 2


def test_a_freeze_is_said_with_its_end_and_refuses_nothing(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    freeze(pat, time=always(zone="Europe/Berlin"))
    policy = dry_run(api_for(alice), **STAGING)["policy"]
    assert policy["decision"] == "allow"
    [found] = policy["freezes"]
    assert (found["rule"], found["zone"]) == ("freeze", "Europe/Berlin")
    assert found["until"] > timezone.now().isoformat()
    assert post(api_for(alice), "requests", BODY | STAGING).status_code == 201


def test_rules_ask_who_asks_what_it_costs_and_how_secret_it_is(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    def decision(**when: Any) -> str:
        put_policy(name="probe", given={"when": when, "effect": "deny", "reason": "No"}, by=pat)
        return str(dry_run(api_for(alice), **STAGING)["policy"]["decision"])

    assert decision(**{"requester.name": "alice"}) == "deny"
    assert decision(**{"requester.name": "bob"}) == "allow"
    assert decision(**{"requester.teams": {"in": ["orders-team"]}}) == "deny"
    assert decision(**{"requester.role": "viewer"}) == "allow"
    assert decision(**{"price.monthly": {"over": 16}}) == "deny"
    assert decision(**{"price.monthly": {"over": 17}}) == "allow"
    assert decision(data_class="confidential") == "allow"
    assert decision(data_class="unclassified") == "deny"
    assert decision(**{"plan.create": {"over": 0}}) == "allow"


def test_a_change_has_a_price_before_and_after_and_rules_may_ask_for_the_difference(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    resource = ready(ask(api_for(alice), **STAGING))
    change = {"resource": resource.pk, "action": "update", "inputs": {"allocated_storage": 120}, "dry_run": True}
    price = post(api_for(alice), "requests", change).json()["price"]
    assert (price["before"], price["amount"], price["delta"]) == (16.9, 28.4, 11.5)
    rule = {"when": {"price.delta": {"over": 10}}, "effect": "approve", "reason": "Dearer by more than 10"}
    put_policy(name="dearer", given=rule, by=pat)
    assert post(api_for(alice), "requests", change).json()["policy"]["rules"] == ["dearer"]
    small = change | {"inputs": {"allocated_storage": 40}}
    assert post(api_for(alice), "requests", small).json()["policy"]["decision"] == "allow"
    made = post(api_for(alice), "requests", change | {"dry_run": False}).json()
    assert made["price"]["delta"] == 11.5


def test_a_deletion_saves_what_is_paid(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    resource = ready(ask(api_for(alice), **STAGING))
    price = post(api_for(alice), "requests", {"resource": resource.pk, "action": "delete", "dry_run": True}).json()[
        "price"
    ]
    assert (price["amount"], price["delta"]) == (0.0, -16.9)


def test_where_the_price_is_not_known_a_rule_about_it_asks(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    rule = {"when": {"price.monthly": {"over": 500}}, "effect": "approve", "reason": "Dear", "approvers": "owner"}
    put_policy(name="dear", given=rule, by=pat)
    body = {"blueprint": "namespace", "name": "orders", "environment": "development", "inputs": {}, "dry_run": True}
    policy = post(api_for(alice), "requests", BODY | body).json()["policy"]
    assert "Dear (not known: price.monthly)" in policy["reasons"]


def test_a_dry_run_of_a_rule_shows_whom_it_would_have_stopped(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    waiting = planned(ask(api_for(alice)))
    planned(ask(api_for(alice), name="small", **STAGING))
    answer = post(api_for(pat), "policies", RULE | {"effect": "deny", "dry_run": True, "count": None} | {})
    assert answer.status_code == 422
    deny = {name: value for name, value in RULE.items() if name != "count"} | {"effect": "deny", "dry_run": True}
    found = post(api_for(pat), "policies", deny).json()
    assert found["looked_at"] == 2
    [changed] = found["changed"]
    assert (changed["request"], changed["before"]["decision"], changed["after"]["decision"]) == (
        waiting.pk,
        "approve",
        "deny",
    )
    assert not PolicyRule.objects.exists()


def test_what_was_long_ago_or_had_no_record_is_not_replayed(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    old, unknown = planned(ask(api_for(alice))), planned(ask(api_for(alice), name="other"))
    Request.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=31))
    Request.objects.filter(pk=unknown.pk).update(facts=None)
    assert post(api_for(pat), "policies", RULE | {"dry_run": True}).json() == {
        "days": 30,
        "looked_at": 0,
        "changed": [],
    }


def test_a_rule_that_is_off_decides_nothing(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    post(api_for(pat), "policies", RULE | {"enabled": False})
    assert dry_run(api_for(alice))["policy"]["rules"] == [None]


def test_a_rule_that_denies_is_said_on_submission(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    post(api_for(pat), "policies", {"name": "no", "effect": "deny", "reason": "Nothing new this year"})
    answer = post(api_for(alice), "requests", BODY)
    assert (answer.status_code, answer.json()["id"]) == (422, "request-denied")
    assert "Nothing new this year" in answer.json()["detail"]
    assert not Resource.objects.exists()


def test_the_record_of_a_decision_holds_the_facts_and_no_secret(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    request = planned(ask(api_for(alice)))
    assert request.facts is not None
    assert request.facts["price"] == {"monthly": 33.8, "delta": 33.8}
    assert (request.facts["requester"]["name"], request.facts["plan"]["create"]) == ("alice", 1)
    assert request.facts["inputs"] == INPUTS
    assert "password" not in str(request.facts)

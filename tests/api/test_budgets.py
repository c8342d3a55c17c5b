"""How much a team may have: who sets it, what counts, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Team, User
from audit.models import Event
from provisioning.actions import withdraw
from provisioning.conditions import holds
from provisioning.models import Budget, Resource
from provisioning.policy import decide
from provisioning.steps.common import facts
from tests.api.test_requests import BODY, INPUTS, TEAM, ask, planned, post, ready

pytestmark = pytest.mark.django_db
Api = Callable[..., APIClient]
GIVEN = {"owner": "orders-team", "measure": "count", "blueprint": "database", "limit": "10"}


def budget(measure: str = "count", limit: str = "1", owner: str = TEAM, blueprint: str = "database") -> Budget:
    return Budget.objects.create(owner_ref=owner, measure=measure, blueprint=blueprint, limit=limit)


def refused(answer: Any) -> str:
    assert answer.status_code == 422, answer.json()
    assert answer.json()["id"] == "over-budget"
    return str(answer.json()["detail"])


def test_the_last_one_is_given_once(alice: User, api_for: Api) -> None:
    budget()
    ask(api_for(alice))
    answer = post(api_for(alice), "requests", BODY | {"name": "more-db"})
    assert refused(answer) == "orders-team would have 2 of at most 1 database."
    assert "orders-db (1 database) take the most" in answer.json()["hint"]
    assert not Resource.objects.filter(name="more-db").exists()


def test_what_was_asked_for_and_taken_back_counts_no_more(alice: User, api_for: Api) -> None:
    budget()
    withdraw(request=ask(api_for(alice)), by=alice)
    ask(api_for(alice), name="more-db")


def test_what_is_gone_counts_no_more(alice: User, api_for: Api) -> None:
    budget()
    resource = ready(ask(api_for(alice)))
    assert post(api_for(alice), "requests", BODY | {"name": "more-db"}).status_code == 422
    Resource.objects.filter(pk=resource.pk).update(state="deleted")
    ask(api_for(alice), name="more-db")


@pytest.mark.parametrize(
    ("measure", "limit", "storage", "goes"),
    [
        ("inputs.allocated_storage", "50", 30, True),
        ("inputs.allocated_storage", "50", 31, False),
        ("money", "70", 20, True),
        ("money", "50", 20, False),
    ],
)
def test_storage_and_money_are_counted_together(
    alice: User, api_for: Api, measure: str, limit: str, storage: int, goes: bool
) -> None:
    budget(measure, limit)
    ask(api_for(alice))
    second = BODY | {"name": "more-db", "inputs": INPUTS | {"allocated_storage": storage}}
    answer = post(api_for(alice), "requests", second)
    assert answer.status_code == (201 if goes else 422), answer.json()


def test_a_change_counts_what_it_adds(alice: User, api_for: Api) -> None:
    budget("inputs.allocated_storage", "50")
    resource = ready(ask(api_for(alice)))
    change = {"resource": resource.pk, "action": "update", "inputs": {"allocated_storage": 51}}
    said = refused(post(api_for(alice), "requests", change))
    assert said == "orders-team would have 51 GiB of at most 50 GiB of storage."
    change["inputs"] = {"allocated_storage": 50}
    assert post(api_for(alice), "requests", change).status_code == 201


def test_a_lower_limit_takes_nothing_away_and_refuses_nothing_that_adds_nothing(alice: User, api_for: Api) -> None:
    resource = ready(ask(api_for(alice), inputs=INPUTS | {"allocated_storage": 100}))
    budget("inputs.allocated_storage", "50")
    change = {"resource": resource.pk, "action": "update", "inputs": {"instance_class": "db.t3.small"}}
    assert post(api_for(alice), "requests", change).status_code == 201


def test_a_group_above_counts_what_all_teams_below_it_have(alice: User, charlie: User, api_for: Api) -> None:
    above = Team.objects.create(ref="group:default/shop")
    Team.objects.filter(ref__in=[TEAM, "group:default/payments-team"]).update(parent=above)
    budget(owner="group:default/shop")
    ask(api_for(alice))
    answer = post(api_for(charlie), "requests", BODY | {"name": "more-db", "owner": "payments-team"})
    assert refused(answer) == "shop would have 2 of at most 1 database."


def test_another_team_and_another_blueprint_count_for_nothing(alice: User, charlie: User, api_for: Api) -> None:
    budget(owner="group:default/payments-team", limit="0")
    budget(blueprint="namespace", limit="0")
    ask(api_for(alice))


def test_rules_of_the_policy_may_ask_how_full_budgets_are(alice: User, api_for: Api) -> None:
    budget("inputs.allocated_storage", "25")
    request = ask(api_for(alice), environment="development")
    assert holds({"quota.inputs.allocated_storage": {"over": 79}}, facts(request))
    assert not holds({"quota.inputs.allocated_storage": {"over": 80}}, facts(request))
    assert decide(request.resource.definition, facts(planned(request))).decision == "allow"


def test_a_dry_run_says_what_would_be_left(alice: User, api_for: Api) -> None:
    budget("inputs.allocated_storage", "15")
    (said,) = post(api_for(alice), "requests", BODY | {"dry_run": True}).json()["budgets"]
    assert (said["used"], said["after"], said["share"], said["exceeds"]) == ("0", "20", 133.3, True)


def test_admins_set_change_and_remove_budgets(pat: User, alice: User, api_for: Api) -> None:
    api = api_for(pat)
    made = post(api, "budgets", GIVEN)
    assert made.status_code == 201, made.json()
    assert made.json()["words"] == "0 of 10 databases"
    address = f"/api/v1/budgets/{made.json()['id']}"
    assert post(api, "budgets", GIVEN).status_code == 409
    assert api.put(address, GIVEN | {"limit": "12"}, format="json").json()["limit"] == "12"
    assert api_for(alice).get(address).json()["lines"] == []
    assert api_for(alice).put(address, GIVEN, format="json").status_code == 403
    assert api.delete(address).status_code == 204
    verbs = Event.objects.filter(verb__startswith="budget.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["budget.added", "budget.changed", "budget.removed"]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"owner": "nobody"}, "owner"),
        ({"measure": "inputs.engine_versions"}, "measure"),
        ({"measure": "inputs.allocated_storage", "blueprint": ""}, "measure"),
        ({"measure": "happiness"}, "measure"),
        ({"blueprint": "moon"}, "blueprint"),
        ({"limit": "many"}, "limit"),
        ({"limit": "-1"}, "limit"),
        ({"limit": "NaN"}, "limit"),
        ({"limit": 7}, "limit"),
    ],
)
def test_what_is_wrong_with_a_budget_is_named_by_its_field(
    pat: User, alice: User, api_for: Api, change: dict[str, Any], path: str
) -> None:
    answer = post(api_for(pat), "budgets", GIVEN | change)
    assert answer.status_code == 422
    assert path in {error["path"] for error in answer.json()["errors"]}


def test_outsiders_see_no_budget_of_another_team(alice: User, charlie: User, api_for: Api) -> None:
    row = budget()
    assert api_for(charlie).get("/api/v1/budgets").json()["items"] == []
    assert api_for(charlie).get(f"/api/v1/budgets/{row.pk}").status_code == 404
    assert len(api_for(alice).get("/api/v1/budgets").json()["items"]) == 1


def test_the_form_says_what_the_budget_says(alice: User, client_for: Callable[[User], Client]) -> None:
    row = budget("inputs.allocated_storage", "15")
    typed = {"name": "orders-db", "owner": TEAM, "environment": "development"}
    typed |= {f"inputs.{name}": str(value) for name, value in INPUTS.items()}
    page = client_for(alice).post("/self-service/database/verdict", typed).text
    assert "would have 20 GiB of at most 15 GiB of storage" in page
    assert f"/budgets/{row.pk}" in page
    kept = client_for(alice).post("/self-service/database/new", typed)
    assert kept.status_code == 422
    assert "orders-db" in kept.text


def test_the_pages_show_and_change_budgets(
    pat: User, alice: User, client_for: Callable[[User], Client], api_for: Api
) -> None:
    admin = client_for(pat)
    assert "No limits" in admin.get("/budgets").text
    wrong = admin.post("/budgets/new", {"owner": TEAM, "measure": "count database", "limit": "many"})
    assert wrong.status_code == 422
    assert 'value="many"' in wrong.text
    admin.post("/budgets/new", {"owner": TEAM, "measure": "count database", "limit": "2"})
    row = Budget.objects.get()
    ask(api_for(alice))
    assert "2 databases" in client_for(alice).get("/budgets").text
    detail = client_for(alice).get(f"/budgets/{row.pk}").text
    assert "orders-db" in detail
    assert "Keep the change" not in detail
    admin.post(f"/budgets/{row.pk}", {"owner": TEAM, "measure": "count database", "limit": "3"})
    row.refresh_from_db()
    assert row.limit == 3
    admin.post(f"/budgets/{row.pk}/removal")
    assert not Budget.objects.exists()

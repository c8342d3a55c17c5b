"""Asking, deciding and looking by script, as owner, colleague, outsider and platform admin."""

import pytest

from audit.models import Event
from provisioning.backends.base import Change, Plan
from provisioning.models import Request, Resource
from provisioning.steps.common import asked_by
from provisioning.steps.plan import _store

TEAM = "group:default/orders-team"
INPUTS = {"engine": "postgres", "engine_version": "15.4", "instance_class": "db.t3.micro", "allocated_storage": 20}
BODY = {"blueprint": "database", "name": "orders-db", "owner": TEAM, "environment": "production", "inputs": INPUTS}
MANIFEST = """\
apiVersion: platform.example.com/v1
kind: NamespaceRequest
metadata:
  name: orders
spec:
  team: orders-team
  quota: {requests.cpu: "10", limits.cpu: "20"}
"""

pytestmark = pytest.mark.django_db


def post(client, path: str, body: dict, **headers):  # type: ignore[no-untyped-def]
    return client.post(f"/api/v1/{path}", body, format="json", **headers)


def ask(api, **changes) -> Request:  # type: ignore[no-untyped-def]
    answer = post(api, "requests", BODY | changes)
    assert answer.status_code == 201, answer.json()
    return Request.objects.get(pk=answer.json()["id"])


def planned(request: Request, *changes: Change) -> Request:
    """The request as it stands once its plan is made."""
    plan = Plan(changes or (Change("module.this.aws_db_instance.this", "create"),))
    asked, _ = asked_by(request, plan.summary)
    _store(request, plan, asked.decision, asked.record)
    return Request.objects.get(pk=request.pk)


def ready(request: Request) -> Resource:
    Resource.objects.filter(pk=request.resource_id).update(state="ready")
    Request.objects.filter(pk=request.pk).update(state="fulfilled")
    return Resource.objects.get(pk=request.resource_id)


def paths(answer) -> set[str]:  # type: ignore[no-untyped-def]
    return {error["path"] for error in answer.json().get("errors", [])}


def test_a_request_answers_state_policy_price_and_run(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    answer = post(api_for(alice), "requests", BODY).json()
    assert (answer["state"], answer["policy"]["decision"]) == ("evaluating", "approve")
    assert answer["price"]["amount"] == 33.8
    assert answer["run"]["state"] == "queued"
    assert Event.objects.filter(verb="request.submitted", actor="user:default/alice").exists()


def test_a_dry_run_names_everything_and_keeps_nothing(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    bad = {"engine": "oracle", "engine_version": "15.4", "instance_class": "db.t3.micro", "allocated_storage": 5}
    answer = post(api_for(alice), "requests", BODY | {"dry_run": True, "name": "No_Name", "inputs": bad})
    assert answer.status_code == 200
    assert paths(answer) == {"name", "inputs.engine", "inputs.allocated_storage"}
    assert not Request.objects.exists()


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"inputs": INPUTS | {"engine": "oracle"}}, "inputs.engine"),
        ({"inputs": INPUTS | {"allocated_storage": "NaN"}}, "inputs.allocated_storage"),
        ({"inputs": INPUTS | {"allocated_storage": -1}}, "inputs.allocated_storage"),
        ({"inputs": INPUTS | {"multi_az": False}}, "inputs.multi_az"),
        ({"inputs": {}}, "inputs.engine"),
        ({"inputs": []}, "inputs"),
        ({"environment": "moon"}, "environment"),
        ({"environment": "\0"}, "environment"),
        ({"name": ""}, "name"),
        ({"name": 7}, "name"),
        ({"owner": ""}, "owner"),
        ({"blueprint": ""}, "blueprint"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(alice, api_for, change, path) -> None:  # type: ignore[no-untyped-def]
    answer = post(api_for(alice), "requests", BODY | change)
    assert answer.status_code == 422, answer.json()
    assert path in paths(answer)


def test_a_team_that_does_not_exist_is_named_even_to_admins(pat, api_for) -> None:  # type: ignore[no-untyped-def]
    answer = post(api_for(pat), "requests", BODY | {"owner": "nobody-team"})
    assert (answer.status_code, paths(answer)) == (422, {"owner"})


def test_nobody_asks_in_the_name_of_another_team(charlie, alice, api_for) -> None:  # type: ignore[no-untyped-def]
    answer = post(api_for(charlie), "requests", BODY)
    assert answer.status_code == 403
    assert "alice" in answer.json()["hint"]


def test_a_name_that_is_taken_is_named_with_a_free_one(alice, bob, api_for) -> None:  # type: ignore[no-untyped-def]
    ask(api_for(alice))
    answer = post(api_for(bob), "requests", BODY)
    assert (answer.status_code, paths(answer)) == (422, {"name"})
    assert "orders-db-2" in answer.content.decode()


def test_a_policy_that_denies_says_why(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    large = {"environment": "staging", "inputs": INPUTS | {"instance_class": "db.r6g.large"}}
    answer = post(api_for(alice), "requests", BODY | large)
    assert (answer.status_code, answer.json()["id"]) == (422, "request-denied")
    assert "production" in answer.json()["detail"]


def test_the_same_call_twice_is_one_request_and_another_body_is_refused(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    first = post(api, "requests", BODY, HTTP_IDEMPOTENCY_KEY="k1")
    again = post(api, "requests", BODY, HTTP_IDEMPOTENCY_KEY="k1")
    other = post(api, "requests", BODY | {"name": "orders-two"}, HTTP_IDEMPOTENCY_KEY="k1")
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert (other.status_code, other.json()["id"]) == (422, "idempotency-mismatch")
    assert post(api, "requests", BODY, HTTP_IDEMPOTENCY_KEY="k" * 300).status_code == 422
    assert Request.objects.count() == 1


def test_outsiders_find_nothing(alice, charlie, api_for) -> None:  # type: ignore[no-untyped-def]
    request = ask(api_for(alice))
    api = api_for(charlie)
    assert api.get(f"/api/v1/requests/{request.pk}").status_code == 404
    assert api.get(f"/api/v1/resources/{request.resource_id}").status_code == 404
    assert post(api, f"requests/{request.pk}/approvals", {"decision": "approve"}).status_code == 404
    assert post(api, f"requests/{request.pk}/cancellation", {}).status_code == 404
    assert api.get("/api/v1/requests").json()["items"] == []
    assert post(api, "requests", {"resource": request.resource_id, "action": "delete"}).status_code == 404


def test_a_token_does_only_what_its_scopes_say(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    reader = api_for(alice, scopes=("provisioning:read",))
    assert post(reader, "requests", BODY).json()["id"] == "scope-missing"
    writer = api_for(alice, scopes=("provisioning:write",))
    request = planned(ask(writer))
    assert post(writer, f"requests/{request.pk}/approvals", {"decision": "approve"}).status_code == 403


def test_nobody_approves_their_own_request_not_even_an_admin(pat, api_for) -> None:  # type: ignore[no-untyped-def]
    from accounts.models import Team

    Team.objects.get_or_create(ref=TEAM)
    request = planned(ask(api_for(pat)))
    answer = post(api_for(pat), f"requests/{request.pk}/approvals", {"decision": "approve"})
    assert answer.status_code == 403
    assert answer.json()["detail"] == "Nobody decides on their own request."
    assert "an approver" in answer.json()["hint"]


def test_a_colleague_without_the_role_is_told_who_decides(alice, bob, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    request = planned(ask(api_for(alice)))
    answer = post(api_for(bob), f"requests/{request.pk}/approvals", {"decision": "approve"})
    assert (answer.status_code, "pat" in answer.json()["hint"]) == (403, True)


def test_an_approval_moves_the_request_on_and_is_in_the_trail(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    request = planned(ask(api_for(alice)))
    answer = post(api_for(pat), f"requests/{request.pk}/approvals", {"decision": "approve", "digest": request.digest})
    assert (answer.status_code, answer.json()["state"]) == (201, "approved")
    assert answer.json()["approvals"][0]["by"] == "user:default/pat"
    assert Event.objects.filter(verb="request.decision-approve", actor="user:default/pat").exists()
    again = post(api_for(pat), f"requests/{request.pk}/approvals", {"decision": "approve"})
    assert (again.status_code, again.json()["id"]) == (409, "nothing-to-decide")


def test_a_rejection_needs_a_reason_and_frees_the_name(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    request = planned(ask(api_for(alice)))
    silent = post(api_for(pat), f"requests/{request.pk}/approvals", {"decision": "reject", "reason": " "})
    assert (silent.status_code, paths(silent)) == (422, {"reason"})
    said = post(api_for(pat), f"requests/{request.pk}/approvals", {"decision": "reject", "reason": "Too large"})
    assert (said.status_code, said.json()["state"]) == (201, "rejected")
    assert post(api_for(alice), "requests", BODY).status_code == 201


def test_another_plan_makes_approvals_void(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    request = planned(ask(api_for(alice)))
    seen = request.digest
    Request.objects.filter(pk=request.pk).update(state="evaluating")
    request = planned(Request.objects.get(pk=request.pk), Change("another", "create"))
    answer = post(api_for(pat), f"requests/{request.pk}/approvals", {"decision": "approve", "digest": seen})
    assert (answer.status_code, answer.json()["id"]) == (409, "plan-changed")


def test_an_approval_that_comes_too_late_is_refused(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    from datetime import timedelta

    from django.utils import timezone

    request = planned(ask(api_for(alice)))
    Request.objects.filter(pk=request.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    answer = post(api_for(pat), f"requests/{request.pk}/approvals", {"decision": "approve"})
    assert (answer.status_code, answer.json()["id"]) == (409, "approval-expired")


def test_a_request_is_taken_back_at_once_before_anything_is_applied(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    request = planned(ask(api_for(alice)))
    answer = post(api_for(alice), f"requests/{request.pk}/cancellation", {})
    assert (answer.status_code, answer.json()["state"]) == (200, "withdrawn")
    again = post(api_for(alice), f"requests/{request.pk}/cancellation", {})
    assert (again.status_code, again.json()["id"]) == (409, "request-ended")


@pytest.mark.parametrize(
    ("inputs", "path"),
    [({"engine": "mysql"}, "inputs.engine"), ({"allocated_storage": 10}, "inputs.allocated_storage")],
)
def test_a_change_that_would_lose_data_is_refused(alice, api_for, inputs, path) -> None:  # type: ignore[no-untyped-def]
    resource = ready(ask(api_for(alice), inputs=INPUTS | {"allocated_storage": 40}))
    answer = post(api_for(alice), "requests", {"resource": resource.pk, "action": "update", "inputs": inputs})
    assert (answer.status_code, path in paths(answer)) == (422, True)


@pytest.mark.parametrize(
    "body",
    [{"resource": True}, {"resource": "x"}, {"action": "explode"}, {"action": []}, {"inputs": []}, {"inputs": 3}],
)
def test_a_change_that_makes_no_sense_is_refused(alice, api_for, body) -> None:  # type: ignore[no-untyped-def]
    resource = ready(ask(api_for(alice)))
    answer = post(api_for(alice), "requests", {"resource": resource.pk, "action": "update", **body})
    assert answer.status_code in {201, 422}
    assert answer.status_code == 422 or body == {"inputs": []}


def test_what_was_never_made_is_neither_changed_nor_deleted(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    request = ask(api_for(alice))
    answer = post(api_for(alice), "requests", {"resource": request.resource_id, "action": "delete"})
    assert (answer.status_code, answer.json()["id"]) == (409, "resource-not-there")


def test_a_secret_is_shown_once_to_the_owner_and_to_nobody_else(alice, bob, charlie, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    resource = ready(ask(api_for(alice)))
    path = f"resources/{resource.pk}/secrets/password/reveal"
    assert post(api_for(charlie), path, {}).status_code == 404
    assert post(api_for(pat), path, {}).status_code == 403
    first = post(api_for(alice), path, {})
    assert (first.status_code, first["Cache-Control"]) == (200, "no-store")
    value = first.json()["value"]
    second = post(api_for(bob), path, {})
    assert (second.status_code, second.json()["id"]) == (409, "revealed")
    assert value not in str(list(Event.objects.values("data", "verb")))
    assert value not in api_for(alice).get(f"/api/v1/resources/{resource.pk}").content.decode()
    assert Event.objects.filter(verb="secret.revealed").count() == 1


def test_a_manifest_is_taken_as_it_is(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    answer = api.post("/api/v1/namespace-requests", MANIFEST, content_type="application/yaml")
    assert answer.status_code == 201, answer.json()
    assert (answer.json()["name"], answer.json()["owner"]) == ("orders", TEAM)
    assert answer.json()["inputs"]["quota"] == {"requests.cpu": "10", "limits.cpu": "20"}


def test_a_broken_manifest_names_line_and_field(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    broken = MANIFEST.replace('"10"', "NaN")
    answer = api.post("/api/v1/namespace-requests", broken, content_type="application/yaml")
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["path"], error["line"]) == (422, "spec.quota.requests.cpu", 7)


def test_blueprints_are_described_with_their_schema(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    names = {item["name"] for item in api.get("/api/v1/blueprints").json()["items"]}
    assert {"database", "namespace"} <= names
    assert api.get("/api/v1/blueprints/database/schema").json()["required"][0] == "engine"
    assert api.get("/api/v1/blueprints/nothing").status_code == 404


def test_a_lost_race_for_a_name_is_a_conflict_that_names_the_field(alice, monkeypatch, api_for) -> None:  # type: ignore[no-untyped-def]
    ask(api_for(alice))
    # Both looked before either wrote.
    monkeypatch.setattr("provisioning.asking._holder", lambda asked: None)
    answer = post(api_for(alice), "requests", BODY)
    assert (answer.status_code, answer.json()["id"], paths(answer)) == (409, "name-taken", {"name"})

"""What is asked of a resource that is there, by script and on its page, as owner, colleague, outsider and admin."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Team
from audit.models import Event
from catalog.actions import put_portal_entities
from provisioning import expiry_actions
from provisioning.backends.base import Change, FieldChange, Look
from provisioning.drift_actions import claim_namespaces, keep, remember_everything
from provisioning.models import Budget, Drift, Request, Resource, Secret, StateVersion
from runs.models import Run, WebhookDelivery, WebhookEndpoint
from tests.api.test_requests import INPUTS, TEAM, ask, paths, planned, post, ready

pytestmark = pytest.mark.django_db
OTHERS = "group:default/payments-team"
QUOTA = {"requests.cpu": "1", "limits.cpu": "2"}
BRANCH = {"repository": "acme/orders", "branch": "feature/x", "owner": "orders-team", "ttl": 7200}


def day_two(api: Any, resource: Resource, action: str, **more: Any) -> Any:
    return post(api, "requests", {"resource": resource.pk, "action": action, **more})


def database(api: Any, environment: str = "development", **fields: Any) -> Resource:
    resource = ready(ask(api, environment=environment))
    Resource.objects.filter(pk=resource.pk).update(**fields)
    return Resource.objects.get(pk=resource.pk)


def namespace(api: Any, environment: str = "development", **fields: Any) -> Resource:
    made = ask(api, blueprint="namespace", name="orders", environment=environment, inputs={"quota": QUOTA})
    resource = ready(made)
    Resource.objects.filter(pk=resource.pk).update(**fields)
    return Resource.objects.get(pk=resource.pk)


def drifted(resource: Resource, *fields: FieldChange, address: str = "module.this.aws_db_instance.this") -> Drift:
    found = keep(resource=resource, look=Look((Change(address, "update", fields),)), since=timezone.now())
    assert found is not None
    return found


def test_a_resource_says_all_that_is_known_of_it(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    resource = database(api, protected=True, outputs={"endpoint": "db", "port": 5432, "database": "o", "username": "p"})
    found = api.get(f"/api/v1/resources/{resource.pk}").json()
    assert found["connect"] == ['psql "host=db port=5432 dbname=o user=p sslmode=require"']
    assert (found["protected"], found["price"]["amount"], found["drift"]["state"]) == (True, 16.9, "unknown")
    assert {"unprotect", "rotate", "transfer", "resize"} <= set(found["actions"])
    assert "delete" not in found["actions"]


def test_states_are_told_by_serial_and_run_and_never_shown(alice, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    resource = database(api_for(alice))
    run = Run.objects.get(subject_id=str(resource.requests.get().pk))
    StateVersion.objects.create(
        workspace=f"resource-{resource.pk}",
        lineage="l",
        serial=7,
        md5="m",
        size=9,
        body=StateVersion.seal(b"zebra-state"),
        run=run,
        epoch=1,
    )
    answer = api_for(alice).get(f"/api/v1/resources/{resource.pk}/states")
    (version,) = answer.json()["items"]
    assert (version["serial"], version["run"], version["size"]) == (7, run.pk, 9)
    page = client_for(alice).get(f"/resources/{resource.pk}").content.decode()
    assert "Versions of its state" in page
    assert "zebra-state" not in page + answer.content.decode()


def test_its_requests_and_runs_are_listed(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    resource = database(api)
    assert post(api, f"resources/{resource.pk}/drift", {}).status_code == 202
    titles = [run["title"] for run in api.get(f"/api/v1/resources/{resource.pk}/runs").json()["items"]]
    assert titles == ["Look for drift of orders-db", "Create database orders-db"]
    (request,) = api.get(f"/api/v1/resources/{resource.pk}/requests").json()["items"]
    assert request["action"] == "create"


# --- Deleting


def test_what_is_protected_is_not_deleted_before_a_request_of_its_own(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    resource = namespace(api, "staging", protected=True)
    refused = day_two(api, resource, "delete")
    assert (refused.status_code, refused.json()["id"]) == (409, "protected")
    assert "unprotect" in refused.json()["hint"]
    asked = day_two(api, resource, "unprotect")
    assert (asked.status_code, asked.json()["policy"]["decision"]) == (201, "approve")
    again = day_two(api, resource, "protect")
    assert (again.status_code, again.json()["id"]) == (409, "nothing-to-change")


def test_the_protection_of_a_database_is_the_module_s_own(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    resource = database(api, "production", protected=True)
    asked = day_two(api, resource, "unprotect").json()
    assert asked["inputs"]["deletion_protection"] is False
    assert asked["policy"]["decision"] == "approve"


def test_a_deletion_names_its_dependants_and_wants_to_hear_that_they_are_known(  # type: ignore[no-untyped-def]
    alice, api_for, client_for
) -> None:
    api = api_for(alice)
    resource = database(api, entity_ref="resource:default/orders-db")
    depends(alice, "checkout", "resource:default/orders-db")
    found = api.get(f"/api/v1/resources/{resource.pk}").json()
    assert found["dependants"] == {"refs": ["component:default/checkout"], "hidden": 0}
    refused = day_two(api, resource, "delete")
    assert (refused.status_code, refused.json()["id"]) == (409, "has-dependants")
    assert paths(refused) == {"acknowledge_dependants"}

    browser = client_for(alice)
    page = browser.get(f"/resources/{resource.pk}/deletion").content.decode()
    assert "checkout" in page
    unticked = browser.post(f"/resources/{resource.pk}/deletion", {"name": "orders-db"})
    assert unticked.status_code == 409
    assert 'value="orders-db"' in unticked.content.decode(), "what was typed stays"
    assert browser.post(f"/resources/{resource.pk}/deletion", {"name": "orders-db", "known": "on"}).status_code == 302
    assert Request.objects.get(action="delete").parameters == {"acknowledge_dependants": True}


def test_only_true_says_that_dependants_are_known(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    resource = database(api, entity_ref="resource:default/orders-db")
    depends(alice, "checkout", "resource:default/orders-db")
    for word in ("no", "yes", 1, [True]):
        assert day_two(api, resource, "delete", acknowledge_dependants=word).status_code == 409
    assert day_two(api, resource, "delete", acknowledge_dependants=True).status_code == 201


def depends(by: Any, name: str, on: str) -> None:
    spec = {"type": "service", "lifecycle": "production", "owner": TEAM, "dependsOn": [on]}
    document = {"apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": {"name": name}, "spec": spec}
    put_portal_entities(source="test", documents=[document], by=by)


def test_a_namespace_of_production_goes_through_quarantine(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    resource = namespace(api, "production")
    first = day_two(api, resource, "delete")
    assert (first.status_code, first.json()["id"]) == (409, "quarantine-first")
    assert day_two(api, resource, "quarantine").json()["parameters"]["hours"] == 72


def test_what_is_in_quarantine_can_only_be_brought_back(alice, charlie, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    resource = namespace(api, "production", quarantined_until=timezone.now() + timedelta(hours=5))
    for action in ("update", "delete", "rotate", "transfer"):
        refused = day_two(api, resource, action, to="payments-team")
        assert refused.status_code == 409, action
    assert api.get(f"/api/v1/resources/{resource.pk}").json()["actions"] == ["restore"]
    page = client_for(alice).get(f"/resources/{resource.pk}").content.decode()
    assert "deleted in 5 hours" in page
    assert "Bring it back" in page
    assert day_two(api, resource, "restore").json()["policy"]["decision"] == "allow"


# --- Ends


def test_a_lifetime_is_bounded_and_named_by_its_field(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    body = {"blueprint": "database", "name": "a-db", "owner": TEAM, "environment": "development", "inputs": INPUTS}
    assert paths(post(api, "requests", body | {"ttl": 10**9})) == {"ttl"}
    assert paths(post(api, "requests", body | {"ttl": "tomorrow"})) == {"ttl"}
    made = post(api, "requests", body | {"ttl": 86400})
    assert (made.status_code, made.json()["parameters"]) == (201, {"ttl": 86400})


def test_an_extension_is_a_request_that_stops_at_the_longest_life(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api, now = api_for(alice), timezone.now()
    resource = namespace(api, made_for="repository:acme/orders@x", expires_at=now + timedelta(hours=1))
    asked = day_two(api, resource, "extend", ttl=86400).json()
    assert asked["policy"]["decision"] == "allow"
    assert asked["parameters"]["expires_at"] == (now + timedelta(hours=25)).isoformat()
    Request.objects.filter(pk=asked["id"]).update(state="fulfilled")
    Resource.objects.filter(pk=resource.pk).update(created_at=now - timedelta(days=13, hours=20))
    asked = day_two(api, resource, "extend", ttl=86400).json()
    assert asked["parameters"]["expires_at"] < (now + timedelta(hours=5)).isoformat()
    Request.objects.filter(pk=asked["id"]).update(state="fulfilled")
    Resource.objects.filter(pk=resource.pk).update(created_at=now - timedelta(days=15))
    assert day_two(api, resource, "extend").json()["id"] == "longest-life"


def test_what_does_not_expire_is_not_extended(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    assert day_two(api_for(alice), database(api_for(alice)), "extend").json()["id"] == "does-not-expire"


def test_an_end_is_announced_once_by_however_many_schedulers(alice, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    now = timezone.now()
    resource = database(api_for(alice), expires_at=now + timedelta(hours=20))
    WebhookEndpoint.objects.create(url="https://hooks.example.com", topics=["resource.expiring"], ciphertext=b"")
    assert [expiry_actions.warn(now), expiry_actions.warn(now)] == [1, 0]
    assert WebhookDelivery.objects.get().topic == "resource.expiring"
    assert expiry_actions.warn(now + timedelta(hours=19, minutes=30)) == 1
    assert Event.objects.filter(verb="resource.expiring", subject_id=str(resource.pk)).count() == 2
    for path in ("/", f"/resources/{resource.pk}"):
        assert "deleted in 20 hours" in client_for(alice).get(path).content.decode()


def test_the_portal_asks_once_for_the_end_of_what_is_over(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    now = timezone.now()
    resource = database(api_for(alice), expires_at=now - timedelta(minutes=1))
    assert [expiry_actions.end(now), expiry_actions.end(now)] == [1, 0]
    request = Request.objects.get(action="delete")
    assert (request.resource_id, request.requested_by, request.policy["decision"]) == (resource.pk, None, "allow")
    assert Event.objects.get(verb="request.submitted", data__action="delete").actor == "cairn"
    assert expiry_actions.end(now + timedelta(hours=2)) == 0, "it is under way"


def test_an_end_that_came_to_nothing_is_asked_for_again_later(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    now = timezone.now()
    database(api_for(alice), expires_at=now)
    expiry_actions.end(now)
    Request.objects.filter(action="delete").update(state="failed")
    assert expiry_actions.end(now + timedelta(minutes=5)) == 0
    assert expiry_actions.end(now + timedelta(minutes=61)) == 1


def test_what_is_protected_does_not_end_by_itself(alice, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    now = timezone.now()
    resource = database(api_for(alice), expires_at=now - timedelta(hours=1), protected=True)
    assert expiry_actions.end(now) == 0
    assert "stays as long as it is protected" in client_for(alice).get(f"/resources/{resource.pk}").content.decode()


def test_a_namespace_of_production_that_is_over_goes_into_quarantine_first(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    now = timezone.now()
    resource = namespace(api_for(alice), "production", expires_at=now)
    assert expiry_actions.end(now) == 1
    request = Request.objects.get(action="quarantine")
    assert (request.policy["decision"], request.parameters["hours"]) == ("allow", 72)
    Request.objects.filter(pk=request.pk).update(state="fulfilled")
    Resource.objects.filter(pk=resource.pk).update(quarantined_until=now + timedelta(hours=72))
    assert expiry_actions.end(now + timedelta(hours=71)) == 0
    assert expiry_actions.end(now + timedelta(hours=73)) == 1
    assert Request.objects.get(action="delete").policy["reasons"] == [
        "Its quarantine is over, and nobody has brought it back."
    ]


# --- Branches


def test_a_branch_has_one_namespace_however_often_it_is_asked_for(alice, bob, api_for) -> None:  # type: ignore[no-untyped-def]
    first = post(api_for(alice), "ephemeral-namespaces", BRANCH)
    again = post(api_for(bob), "ephemeral-namespaces", BRANCH)
    assert (first.status_code, again.status_code) == (201, 200), first.json()
    assert first.json()["id"] == again.json()["id"]
    assert first.json()["name"].startswith("b-orders-feature-x-")
    assert first.json()["policy"]["decision"] == "allow"
    (listed,) = api_for(alice).get("/api/v1/ephemeral-namespaces").json()["items"]
    assert listed["made_for"] == "repository:acme/orders@feature/x"


def test_a_component_s_branch_belongs_to_its_owner(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    depends(alice, "checkout", "resource:default/orders-db")
    made = post(api_for(alice), "ephemeral-namespaces", {"component": "checkout", "branch": "main"}).json()
    assert (made["owner"], made["name"][:16]) == (TEAM, "b-checkout-main-")
    assert post(api_for(alice), "ephemeral-namespaces", {"component": "nothing", "branch": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"branch": ""}, "branch"),
        ({"branch": 7}, "branch"),
        ({"repository": ""}, "component"),
        ({"owner": "nobody"}, "owner"),
        ({"owner": ["x"]}, "owner"),
        ({"ttl": "x"}, "ttl"),
        ({"ttl": 10**8}, "ttl"),
    ],
)
def test_what_is_wrong_with_a_branch_is_named(alice, pat, api_for, change, path) -> None:  # type: ignore[no-untyped-def]
    answer = post(api_for(pat), "ephemeral-namespaces", BRANCH | change)
    assert (answer.status_code, path in paths(answer)) == (422, True), answer.json()


def test_a_branch_s_namespace_ends_with_it(alice, charlie, api_for) -> None:  # type: ignore[no-untyped-def]
    query = "/api/v1/ephemeral-namespaces?repository=acme/orders&branch=feature/x"
    assert api_for(alice).delete(query).status_code == 404
    ready(Request.objects.get(pk=post(api_for(alice), "ephemeral-namespaces", BRANCH).json()["id"]))
    assert api_for(charlie).delete(query).status_code == 404
    first, again = api_for(alice).delete(query), api_for(alice).delete(query)
    assert (first.status_code, first.json()["action"], first.json()["policy"]["decision"]) == (202, "delete", "allow")
    assert again.json()["id"] == first.json()["id"]
    assert post(api_for(alice), "ephemeral-namespaces", BRANCH).json()["id"] == "being-deleted"


def test_nobody_gets_the_namespace_of_another_team_s_branch(alice, charlie, api_for) -> None:  # type: ignore[no-untyped-def]
    post(api_for(alice), "ephemeral-namespaces", BRANCH)
    assert post(api_for(charlie), "ephemeral-namespaces", BRANCH).status_code == 403


# --- Drift


def test_drift_is_shown_with_its_fields_and_repaired_or_taken_on_by_requests(alice, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    resource = database(api)
    assert day_two(api, resource, "repair").json()["id"] == "no-drift"
    drifted(resource, FieldChange("allocated_storage", 80, 20))
    shown = api.get(f"/api/v1/resources/{resource.pk}/drift").json()
    assert (shown["state"], shown["changes"][0]["fields"][0]["before"]) == ("drifted", 80)
    page = client_for(alice).get(f"/resources/{resource.pk}").content.decode()
    assert "Changed outside the portal" in page
    taken = day_two(api, resource, "accept").json()
    assert taken["inputs"]["allocated_storage"] == 80
    Request.objects.filter(pk=taken["id"]).update(state="fulfilled")
    assert day_two(api, resource, "repair").json()["inputs"]["allocated_storage"] == 20


def test_what_no_input_says_cannot_be_taken_on(alice, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    resource = database(api)
    drifted(resource, FieldChange("multi_az", True, False))
    refused = day_two(api, resource, "accept")
    assert (refused.status_code, refused.json()["id"]) == (409, "not-acceptable")
    assert "aws_db_instance.this.multi_az" in refused.json()["detail"]
    page = client_for(alice).get(f"/resources/{resource.pk}").content.decode()
    assert "cannot be accepted as it is: no input says aws_db_instance.this.multi_az" in page


def test_a_look_that_began_before_a_change_says_nothing(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    resource = database(api_for(alice))
    since = timezone.now()
    Resource.objects.filter(pk=resource.pk).update(changed_at=since + timedelta(seconds=1))
    assert keep(resource=resource, look=Look(()), since=since) is None
    Resource.objects.filter(pk=resource.pk).update(changed_at=since - timedelta(seconds=1))
    day_two(api_for(alice), resource, "update", inputs={"allocated_storage": 50})
    assert keep(resource=resource, look=Look(()), since=since) is None, "a request is under way"


def test_a_look_never_stands_in_the_way_of_a_request(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    resource = database(api)
    first, again = (post(api, f"resources/{resource.pk}/drift", {}).json()["run"]["id"] for _ in range(2))
    assert first == again
    assert day_two(api, resource, "update", inputs={"allocated_storage": 50}).status_code == 201


def test_a_scheduled_look_is_claimed_once(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    resource = namespace(api_for(alice))
    now = timezone.now()
    remember_everything(now)
    assert [r.pk for r in claim_namespaces(now)] == [resource.pk]
    assert claim_namespaces(now) == []
    assert [r.pk for r in claim_namespaces(now + timedelta(hours=25))] == [resource.pk]


def test_a_cluster_that_does_not_answer_is_shown_as_such(alice, api_for, settings) -> None:  # type: ignore[no-untyped-def]
    from provisioning.drift_sweep import sweep

    settings.KUBECONFIG = ""
    resource = namespace(api_for(alice))
    sweep()
    shown = api_for(alice).get(f"/api/v1/resources/{resource.pk}/drift").json()
    assert (shown["state"], shown["note"]) == ("failed", "No cluster is configured.")


# --- Credentials, size, owner, import


def test_a_rotation_keeps_the_old_secret_until_it_is_done(alice, pat, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    resource = database(api, "staging")
    before = Secret.objects.get(resource=resource).value
    asked = Request.objects.get(pk=day_two(api, resource, "rotate").json()["id"])
    secret = Secret.objects.get(resource=resource)
    assert (secret.value, secret.version) == (before, 1)
    assert secret.next_value != before
    post(api, f"requests/{asked.pk}/cancellation", {})
    assert Secret.objects.get(resource=resource).next_ciphertext is None


def test_a_rotation_that_is_left_half_done_is_made_good_by_whatever_is_planned_next(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    resource = database(api, "staging")
    before = Secret.objects.get(resource=resource).value
    asked = Request.objects.get(pk=day_two(api, resource, "rotate").json()["id"])
    Request.objects.filter(pk=asked.pk).update(state="needs_attention")
    assert post(api, f"requests/{asked.pk}/cancellation", {}).json()["state"] == "abandoned"
    secret = Secret.objects.get(resource=resource)
    assert (secret.value, secret.version, secret.next_ciphertext) == (before, 3, None)


def test_what_an_import_brought_has_no_secret_to_show(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    resource = database(api_for(alice))
    Secret.objects.filter(resource=resource).update(version=0)
    refused = post(api_for(alice), f"resources/{resource.pk}/secrets/password/reveal", {})
    assert (refused.status_code, refused.json()["id"]) == (409, "secret-unknown")


def test_what_has_no_credentials_is_not_rotated(alice, api_for) -> None:  # type: ignore[no-untyped-def]
    assert day_two(api_for(alice), namespace(api_for(alice)), "rotate").json()["id"] == "no-credentials"


def test_resizing_is_a_change_whose_form_has_nothing_but_sizes(alice, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    resource = database(api_for(alice))
    browser = client_for(alice)
    assert "Resize" in browser.get(f"/resources/{resource.pk}").content.decode()
    form = browser.get(f"/resources/{resource.pk}/change?only=size").content.decode()
    assert 'name="inputs.allocated_storage"' in form
    assert 'name="inputs.engine_version"' not in form
    sent = {"inputs.allocated_storage": "80", "inputs.instance_class": "db.t3.small"}
    assert browser.post(f"/resources/{resource.pk}/change?only=size", sent).status_code == 302
    assert Request.objects.get(action="update").inputs == INPUTS | {
        "allocated_storage": 80,
        "instance_class": "db.t3.small",
    }


def test_the_receiving_team_accepts_or_declines(alice, charlie, bob, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    resource = database(api)
    assert day_two(api, resource, "transfer", to="no-team").status_code == 422
    asked = planned(Request.objects.get(pk=day_two(api, resource, "transfer", to="payments-team").json()["id"]))
    assert asked.state == "awaiting_approval"
    assert post(api_for(bob), f"requests/{asked.pk}/approvals", {"decision": "approve"}).status_code == 403
    page = client_for(charlie).get(f"/requests/{asked.pk}").content.decode()
    assert "Accept it" in page
    assert "Waits for acceptance" in page
    declined = post(api_for(charlie), f"requests/{asked.pk}/approvals", {"decision": "reject", "reason": "Not ours"})
    assert declined.json()["state"] == "rejected"
    assert Resource.objects.get(pk=resource.pk).owner_ref == TEAM


def test_a_transfer_must_fit_into_the_receiver_s_budget(alice, charlie, api_for) -> None:  # type: ignore[no-untyped-def]
    api = api_for(alice)
    resource = database(api)
    budget = Budget.objects.create(owner_ref=OTHERS, measure="count", limit=0)
    refused = day_two(api, resource, "transfer", to="payments-team")
    assert (refused.status_code, refused.json()["id"]) == (422, "over-budget")
    Budget.objects.filter(pk=budget.pk).update(limit=1)
    assert day_two(api, resource, "transfer", to="payments-team").status_code == 201
    mine = post(
        api_for(charlie),
        "requests",
        {"blueprint": "database", "name": "pay", "owner": OTHERS, "environment": "development", "inputs": INPUTS},
    )
    assert (mine.status_code, mine.json()["id"]) == (422, "over-budget"), "what is coming counts"


def test_a_common_group_above_pays_once_for_what_moves_below_it(alice, charlie, api_for) -> None:  # type: ignore[no-untyped-def]
    above = Team.objects.create(ref="group:default/shop")
    Team.objects.filter(ref__in=[TEAM, OTHERS]).update(parent=above)
    Budget.objects.create(owner_ref=above.ref, measure="count", limit=1)
    resource = database(api_for(alice))
    assert day_two(api_for(alice), resource, "transfer", to="payments-team").status_code == 201


def test_an_import_says_what_is_missing_and_waits_for_a_platform_admin(alice, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    body = {
        "action": "import",
        "blueprint": "container-registry",
        "name": "orders",
        "owner": TEAM,
        "environment": "development",
        "inputs": {"kept_images": 50},
    }
    wrong = post(api_for(alice), "requests", body | {"identifiers": {"name": "x"}})
    assert paths(wrong) == {"identifiers.repository", "identifiers.name"}
    assert post(api_for(alice), "requests", body | {"blueprint": "cdn"}).status_code == 422
    asked = post(api_for(alice), "requests", body | {"identifiers": {"repository": "development/orders"}}).json()
    assert asked["policy"]["decision"] == "approve"
    form = client_for(alice).get("/self-service/container-registry/import").content.decode()
    assert "Name in the registry" in form
    assert client_for(alice).get("/self-service/cdn/import").status_code == 404


@pytest.mark.parametrize("action", ["explode", "create", "import", None, 7])
def test_an_action_that_makes_no_sense_is_named(alice, api_for, action) -> None:  # type: ignore[no-untyped-def]
    answer = day_two(api_for(alice), database(api_for(alice)), action)
    assert (answer.status_code, paths(answer)) == (422, {"action"})


@pytest.mark.parametrize("action", ["rotate", "unprotect", "transfer", "extend", "accept"])
def test_outsiders_ask_for_nothing(alice, charlie, api_for, client_for, action) -> None:  # type: ignore[no-untyped-def]
    resource = database(api_for(alice), expires_at=timezone.now(), protected=True)
    assert day_two(api_for(charlie), resource, action, to="payments-team").status_code == 404
    assert client_for(charlie).post(f"/resources/{resource.pk}/actions/{action}").status_code == 404


def test_a_button_that_makes_no_sense_now_says_why_on_the_page(alice, api_for, client_for) -> None:  # type: ignore[no-untyped-def]
    resource = database(api_for(alice))
    answer = client_for(alice).post(f"/resources/{resource.pk}/actions/extend")
    assert (answer.status_code, "does not expire" in answer.content.decode()) == (409, True)
    assert client_for(alice).post(f"/resources/{resource.pk}/actions/delete").status_code == 422

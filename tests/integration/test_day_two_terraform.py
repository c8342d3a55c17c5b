"""Day two of what Terraform keeps, through the run engine and the real AWS provider against an emulated account."""

import json
import urllib.request
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

from accounts.models import Team
from provisioning import actions
from provisioning.asking import Asked
from provisioning.blueprints import blueprint_named
from provisioning.day_two import wish
from provisioning.drift_actions import look_now
from provisioning.models import Drift, Request, Resource, Secret, StateVersion
from provisioning.submitting import submit
from runs.engine import advance
from runs.logs import read_log
from runs.models import Run
from tests.integration.terraform_support import needs_aws_provider, needs_terraform
from tests.integration.test_requests_database import INPUTS, TEAM, aws, follow, portal  # noqa: F401

pytestmark = [pytest.mark.terraform, needs_terraform, needs_aws_provider, pytest.mark.django_db(transaction=True)]
OTHERS = "group:default/payments-team"


def cloud(environment: dict[str, str], service: str) -> Any:
    """The account, as somebody has it who goes past the portal."""
    return boto3.client(
        service,
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name=environment["AWS_REGION"],
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )


def done(request: Request, by: Any = None) -> Request:
    """The request at its end, approved by ``by`` where it waits."""
    request = follow(request)
    while request.state == "awaiting_approval" and by is not None:
        request = follow(actions.decide(request=request, by=by, decision="approve"))
    assert request.state == "fulfilled", (request.error, read_log(request.run_id, 0)[0][-3000:])
    return request


def asked(resource: Resource, action: str, by: Any, **given: Any) -> Request:
    return submit(asked=wish(resource, action, given=given), by=by, resource=resource)


def looked_at(resource: Resource, by: Any) -> Drift:
    run = look_now(resource=resource, by=by)
    while advance(run.pk):
        pass
    run.refresh_from_db()
    assert run.state == "succeeded", (run.error, read_log(run.pk, 0)[0][-3000:])
    return Drift.objects.get(resource=resource)


def instance(environment: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = cloud(environment, "rds").describe_db_instances()["DBInstances"][0]
    return found


def test_a_database_drifts_is_repaired_rotated_given_away_and_ends(alice, charlie, pat, aws) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    wanted = Asked(blueprint_named("database"), "create", "orders-db", TEAM, "development", INPUTS)
    resource = done(submit(asked=wanted, by=alice)).resource
    assert Drift.objects.get(resource=resource).state == "clean"

    # Drift, seen and taken on
    rds = cloud(aws, "rds")
    rds.modify_db_instance(DBInstanceIdentifier="orders-db-development", AllocatedStorage=60, ApplyImmediately=True)
    drift = looked_at(resource, alice)
    assert drift.state == "drifted", drift.note
    (change,) = drift.changes
    assert [(f["path"], f["before"], f["after"]) for f in change["fields"]] == [("allocated_storage", 60, 20)]
    versions = StateVersion.objects.filter(workspace=f"resource-{resource.pk}").count()
    taken = done(asked(resource, "accept", alice))
    resource = taken.resource
    assert (taken.plan["changes"], resource.inputs["allocated_storage"]) == ([], 60)
    assert Drift.objects.get(resource=resource).state == "clean"
    assert StateVersion.objects.filter(workspace=f"resource-{resource.pk}").count() >= versions

    # Drift, undone
    rds.modify_db_instance(
        DBInstanceIdentifier="orders-db-development", DBInstanceClass="db.t3.large", ApplyImmediately=True
    )
    assert looked_at(resource, alice).state == "drifted"
    done(asked(resource, "repair", alice))
    assert instance(aws)["DBInstanceClass"] == "db.t3.micro"
    assert looked_at(resource, alice).state == "clean"

    # Another password
    before = Secret.objects.get(resource=resource).value
    Secret.objects.update(revealed_at="2026-11-01T00:00Z", revealed_to="user:default/alice")
    turned = done(asked(resource, "rotate", alice))
    secret = Secret.objects.get(resource=resource)
    assert (secret.version, secret.revealed_at, secret.next_ciphertext) == (2, None, None)
    assert secret.value != before
    fields = {f["path"] for c in turned.plan["changes"] for f in c["fields"]}
    assert "password_wo_version" in fields
    kept = [str(turned.plan), read_log(turned.run_id, 0)[0]]
    kept += [StateVersion.objects.latest_of(f"resource-{resource.pk}").document.decode()]
    assert not any(value in text for value in (before, secret.value) for text in kept)

    # Another owner
    given = done(asked(Resource.objects.get(pk=resource.pk), "transfer", alice, to="payments-team"), charlie)
    resource = given.resource
    assert resource.owner_ref == OTHERS
    changed = {f["path"]: f["after"] for c in given.plan["changes"] for f in c["fields"]}
    assert changed["tags.Team"] == "payments-team"
    assert {"Key": "Team", "Value": "payments-team"} in instance(aws)["TagList"]

    # Its end
    from django.utils import timezone

    from provisioning.expiry_actions import end

    Resource.objects.filter(pk=resource.pk).update(expires_at=timezone.now())
    assert end(timezone.now()) == 1
    gone = done(Request.objects.get(action="delete"))
    assert (gone.resource.state, gone.plan["summary"]["delete"]) == ("deleted", 4)
    assert not cloud(aws, "rds").describe_db_instances()["DBInstances"]


def test_a_registry_that_is_there_is_taken_on_unchanged_or_not_at_all(alice, pat, aws) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    Team.objects.get_or_create(ref=TEAM)
    blueprint = blueprint_named("container-registry")
    made = submit(asked=Asked(blueprint, "create", "orders", TEAM, "development", {"kept_images": 50}), by=alice)
    former = done(made).resource
    # Somebody's own: what the portal knew of it is forgotten, and so are its marks.
    ecr = cloud(aws, "ecr")
    (repository,) = ecr.describe_repositories()["repositories"]
    ecr.untag_resource(resourceArn=repository["repositoryArn"], tagKeys=["ManagedBy", "CairnResource"])
    Resource.objects.filter(pk=former.pk).update(state="deleted")

    def take_on(kept: int) -> Request:
        wanted = Asked(
            blueprint,
            "import",
            "orders",
            TEAM,
            "development",
            {"kept_images": kept},
            parameters={"identifiers": {"repository": "development/orders"}},
        )
        return follow(submit(asked=wanted, by=alice))

    other = take_on(60)
    assert (other.state, other.error["id"]) == ("failed", "import-differs")
    assert "aws_ecr_lifecycle_policy" in other.error["message"]

    same = take_on(50)
    assert same.state == "awaiting_approval", (same.error, read_log(same.run_id, 0)[0][-3000:])
    assert same.plan["changes"] == []
    same = done(same, pat)
    assert same.resource.state == "ready"
    assert same.resource.outputs["repository"] == "development/orders"
    assert looked_at(same.resource, alice).state == "clean"
    assert len(ecr.describe_repositories()["repositories"]) == 1


def test_what_is_not_there_is_not_taken_on(alice, aws) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    wanted = Asked(
        blueprint_named("container-registry"),
        "import",
        "nothing",
        TEAM,
        "development",
        {"kept_images": 50},
        parameters={"identifiers": {"repository": "development/nothing"}},
    )
    request = follow(submit(asked=wanted, by=alice))
    assert request.state == "failed"
    assert "non-existent" in request.error["message"]
    with urllib.request.urlopen(f"{aws['AWS_ENDPOINT_URL']}/moto-api/data.json") as answer:
        assert not json.load(answer).get("ecr", {}).get("Repository")
    assert Run.objects.get(pk=request.run_id).state == "failed"

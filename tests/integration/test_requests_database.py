"""A database from wish to catalog, through the run engine and the real AWS provider against an emulated account."""

import socket
import subprocess
from collections.abc import Iterator

import pytest

from audit.models import Event
from catalog.models import Entity
from common.errors import Conflict
from integrations.aws import emulator
from provisioning import actions, day_two
from provisioning.asking import Asked
from provisioning.blueprints import blueprint_named
from provisioning.models import Request, Secret, StateVersion
from provisioning.submitting import submit
from runs.engine import advance, recover
from runs.logs import read_log
from runs.models import Run
from tests.integration.terraform_support import needs_aws_provider, needs_terraform

pytestmark = [pytest.mark.terraform, needs_terraform, needs_aws_provider, pytest.mark.django_db(transaction=True)]

TEAM = "group:default/orders-team"
INPUTS = {"engine": "postgres", "engine_version": "15.4", "instance_class": "db.t3.micro", "allocated_storage": 20}
GROWN = {"allocated_storage": 50, "deletion_protection": False}


@pytest.fixture
def aws() -> Iterator[dict[str, str]]:
    """An account of its own for each test: what one leaves behind must not meet the next."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(emulator.command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        environment = emulator.environment(port)
        assert emulator.wait_until_answering(environment["AWS_ENDPOINT_URL"])
        yield environment
    finally:
        server.kill()
        server.wait()


@pytest.fixture(autouse=True)
def portal(settings, live_server, aws, tmp_path) -> None:  # type: ignore[no-untyped-def]
    settings.INTERNAL_URL, settings.AWS_ENVIRONMENT, settings.DATA_DIR = live_server.url, aws, tmp_path


def ask(by, environment: str = "production", **inputs) -> Request:  # type: ignore[no-untyped-def]
    asked = Asked(blueprint_named("database"), "create", "orders-db", TEAM, environment, INPUTS | inputs)
    return submit(asked=asked, by=by)


def follow(request: Request, *, until: str = "") -> Request:
    """Take steps as a worker does, until the run rests or is about to take ``until``."""
    request.refresh_from_db()
    while Run.objects.get(pk=request.run_id).step != until and advance(request.run_id):
        pass
    return Request.objects.select_related("resource", "run").get(pk=request.pk)


def test_a_database_is_approved_applied_and_found_in_the_catalog(alice, pat, tmp_path) -> None:  # type: ignore[no-untyped-def]
    request = follow(ask(alice))
    assert request.state == "awaiting_approval", request.error
    assert request.plan["summary"] == {"create": 4, "update": 0, "replace": 0, "delete": 0}
    assert request.run.waiting_for[0]["kind"] == "approval"

    request = follow(actions.decide(request=request, by=pat, decision="approve", digest=request.digest))
    assert request.state == "fulfilled", (request.error, read_log(request.run_id, 0)[0])
    resource = request.resource
    assert resource.state == "ready"
    assert resource.outputs["port"] == 5432
    assert Entity.objects.get(ref=resource.entity_ref).owner_ref == TEAM

    password = Secret.objects.get(resource=resource).value
    kept = [str(request.plan), read_log(request.run_id, 0)[0], str(list(Event.objects.values_list("data")))]
    kept += [Entity.objects.get(ref=resource.entity_ref).document]
    kept += [StateVersion.objects.latest_of(f"resource-{resource.pk}").document.decode()]
    assert not any(password in text for text in kept)
    assert not list(tmp_path.rglob("*.tfplan"))

    wish = Asked(resource.definition, "delete", "orders-db", TEAM, "production", resource.inputs)
    with pytest.raises(Conflict, match="protected from deletion"):
        submit(asked=wish, by=alice, resource=resource)
    free = follow(submit(asked=day_two.wish(resource, "unprotect", given={}), by=alice, resource=resource))
    if free.state == "awaiting_approval":
        free = follow(actions.decide(request=free, by=pat, decision="approve"))
    assert free.state == "fulfilled", free.error
    resource.refresh_from_db()

    grown = submit(
        asked=Asked(resource.definition, "update", "orders-db", TEAM, "production", INPUTS | GROWN),
        by=alice,
        resource=resource,
    )
    grown = follow(grown)
    fields = {field["path"]: field["after"] for field in grown.plan["changes"][0]["fields"]}
    assert fields == {"allocated_storage": 50}  # the database itself was let go with the resource
    grown = follow(actions.decide(request=grown, by=pat, decision="approve"))
    assert grown.resource.inputs["allocated_storage"] == 50

    gone = submit(
        asked=Asked(resource.definition, "delete", "orders-db", TEAM, "production", grown.inputs),
        by=alice,
        resource=grown.resource,
    )
    gone = follow(gone)
    assert gone.plan["summary"]["delete"] == 4
    gone = follow(actions.decide(request=gone, by=pat, decision="approve"))
    assert (gone.state, gone.resource.state) == ("fulfilled", "deleted"), gone.error
    assert not Entity.objects.present().filter(ref=resource.entity_ref).exists()
    assert not Secret.objects.filter(resource=resource).exists()


def test_a_worker_lost_after_everything_was_made_costs_nothing(alice) -> None:  # type: ignore[no-untyped-def]
    request = follow(ask(alice, "development"), until="apply")
    assert request.state == "approved"
    _lose_worker_during_apply(request, finished=True)
    request = follow(request)
    assert request.state == "fulfilled", (request.error, read_log(request.run_id, 0)[0])
    assert request.resource.outputs["port"] == 5432


def test_a_worker_lost_before_it_made_anything_leaves_the_decision_to_people(alice) -> None:  # type: ignore[no-untyped-def]
    request = follow(ask(alice, "development"), until="apply")
    _lose_worker_during_apply(request, finished=False)
    request = follow(request)
    assert request.state == "needs_attention"
    assert "still to do" in request.error["message"]
    assert request.resource.state == "degraded"

    again = follow(actions.plan_again(request=request, by=alice), until="apply")
    assert again.state == "approved", (again.error, read_log(again.run_id, 0)[0])


def test_without_terraform_the_request_says_how_to_get_it(alice, settings) -> None:  # type: ignore[no-untyped-def]
    settings.TERRAFORM_BINARY = "no-such-terraform"
    request = follow(ask(alice, "development"))
    assert request.state == "failed"
    assert request.error["id"] == "terraform-missing"
    assert "CAIRN_TERRAFORM" in request.error["hint"]
    settings.TERRAFORM_BINARY = "terraform"
    assert follow(ask(alice, "development"), until="apply").state == "approved"


def _lose_worker_during_apply(request: Request, *, finished: bool) -> None:
    """Leave the run as a worker does that dies in its apply step: claimed, and its lease run out."""
    from django.utils import timezone

    from provisioning.backends.registry import backend_named
    from provisioning.steps.common import stored_plan, task_of
    from runs.context import RunningStep
    from runs.models import StepRun

    Run.objects.filter(pk=request.run_id).update(state="running", epoch=90, lease_until=timezone.now())
    run = Run.objects.get(pk=request.run_id)
    StepRun.objects.create(run=run, name="apply", title="Applying the plan", state="running", epoch=90)
    actions.move(request, "provisioning")
    if finished:
        backend_named("terraform").apply(task_of(request, RunningStep(run)), stored_plan(request))
    recover(run.pk)

"""A Terraform that is killed while it makes something leaves no trace of that in its state. The portal has one."""

import threading
import time
from datetime import timedelta
from pathlib import Path

import boto3
import pytest
from django.db import connection
from django.utils import timezone

from common.errors import CairnError, Conflict, UserError
from integrations.terraform.process import RECORD, _Record, kill_group
from provisioning import actions, intents
from provisioning.backends.registry import backend_named
from provisioning.backends.terraform import FOLDER
from provisioning.models import Intent, Request
from provisioning.steps.common import stored_plan, task_of
from runs.context import RunningStep
from runs.engine import recover
from runs.logs import read_log
from runs.models import Run, StepRun
from tests.integration.terraform_support import needs_aws_provider, needs_terraform
from tests.integration.test_requests_database import ask, aws, follow, portal  # noqa: F401

pytestmark = [pytest.mark.terraform, needs_terraform, needs_aws_provider, pytest.mark.django_db(transaction=True)]

DATABASE, SUBNETS = "module.this.aws_db_instance.this", "module.this.aws_db_subnet_group.this"


def until(met) -> None:  # type: ignore[no-untyped-def]
    deadline = time.monotonic() + 120
    while not met():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def databases(environment: dict[str, str]) -> list[str]:
    client = boto3.client(
        "rds",
        endpoint_url=environment["AWS_ENDPOINT_URL"],
        region_name="eu-central-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
    )
    return [each["DBInstanceIdentifier"] for each in client.describe_db_instances()["DBInstances"]]


def kill_machine_while_it_makes_the_database(request: Request, environment: dict[str, str]) -> None:
    """Worker and Terraform end at once, as when the power goes, after the provider has asked for the database."""
    Run.objects.filter(pk=request.run_id).update(state="running", epoch=90, lease_until=timezone.now())
    run = Run.objects.get(pk=request.run_id)
    StepRun.objects.create(run=run, name="apply", title="Applying the plan", state="running", epoch=90)
    actions.move(request, "provisioning")
    step = RunningStep(run)

    def apply() -> None:
        try:
            backend_named("terraform").apply(task_of(request, step), stored_plan(request))
        except CairnError:
            pass  # it was killed
        finally:
            connection.close()

    worker = threading.Thread(target=apply)
    worker.start()
    until(lambda: databases(environment))
    record = _Record.read(Path(step.workspace) / FOLDER / RECORD)
    assert record, "Terraform is at work"
    kill_group(record.pid)
    worker.join()
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    recover(run.pk)


def test_what_was_made_unknown_to_the_state_is_named_and_taken_on(alice, aws, client_for, api_for) -> None:  # type: ignore[no-untyped-def]  # noqa: F811
    request = follow(ask(alice, "development"), until="apply")
    kill_machine_while_it_makes_the_database(request, aws)
    request = follow(request)
    assert request.state == "needs_attention", read_log(request.run_id, 0)[0]
    assert Intent.objects.get(run_id=request.run_id, address=DATABASE).state == "begun"

    found = {one.address: one for one in intents.found(request)}
    assert all(one.may_exist for one in found.values()), "Terraform had not stored its state yet"
    assert (found[DATABASE].name, found[DATABASE].identifier) == (databases(aws)[0], "")
    assert (found[SUBNETS].state, found[SUBNETS].identifier) == ("lost", "orders-db-development")
    told = api_for(alice).get(f"/api/v1/requests/{request.pk}").json()["exists"]
    assert {each["address"] for each in told if each["may_exist_unknown"]} == set(found)
    page = client_for(alice).get(request.get_absolute_url()).content.decode()
    assert "Unrecorded" in page
    assert f'name="adopt.{DATABASE}"' in page

    with pytest.raises(UserError):
        actions.plan_again(request=request, by=alice, adopt={"module.this.aws_db_subnet_group.other": "x"})
    wrong = follow(actions.plan_again(request=request, by=alice, adopt={SUBNETS: "no-such-group"}))
    assert wrong.state == "needs_attention", "what was begun is still there"
    assert {one.address for one in intents.found(wrong) if one.may_exist} == set(found)

    again = follow(actions.plan_again(request=wrong, by=alice, adopt={DATABASE: found[DATABASE].name}))
    assert again.state == "fulfilled", (again.error, read_log(again.run_id, 0)[0])
    assert len(databases(aws)) == 1
    assert again.resource.outputs["port"] == 5432
    with pytest.raises(Conflict):
        actions.plan_again(request=again, by=alice)

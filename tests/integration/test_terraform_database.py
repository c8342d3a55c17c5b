"""The database blueprint on the real AWS provider, against an emulated account."""

import json
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from integrations.aws import emulator
from integrations.aws.provider import aws_provider
from integrations.terraform.plan import sanitise
from integrations.terraform.root_module import RootModule, write_workspace
from provisioning.blueprints import blueprint_named
from provisioning.state.models import StateLock, StateVersion
from tests.integration.terraform_support import Workspace, a_run, needs_aws_provider, needs_terraform

pytestmark = [
    pytest.mark.terraform,
    needs_terraform,
    needs_aws_provider,
    pytest.mark.django_db(transaction=True),
]

MODULE = Path(__file__).resolve().parents[2] / "provisioning/blueprints/database/module"
PASSWORD = 's3cret<&>pass"word'
INPUTS = {
    "name": "orders-db",
    "engine": "postgres",
    "engine_version": "15.4",
    "instance_class": "db.t3.micro",
    "allocated_storage": 20,
}
FACTS = {"environment": "production", "team": "orders-team"}
OUTPUTS = dict.fromkeys(("endpoint", "port", "database", "username", "arn", "identifier"), False)


@pytest.fixture(scope="module")
def aws() -> Iterator[dict[str, str]]:
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


class Database:
    """The database of one request, as the portal would provision it."""

    def __init__(self, folder: Path, aws: dict[str, str]) -> None:
        self.workspace, self.aws = Workspace(folder), aws
        self.environment = {**aws, "TF_VAR_password": PASSWORD}

    def write(self, **inputs) -> None:  # type: ignore[no-untyped-def]
        root = RootModule(
            name="database",
            inputs=INPUTS | inputs,
            imposed=blueprint_named("database").imposed_on(FACTS),
            secrets=("password",),
            outputs=OUTPUTS,
            providers={"aws": aws_provider(self.aws, default_tags={"ManagedBy": "cairn"})},
        )
        write_workspace(self.workspace.work, MODULE, root)
        self.terraform = self.workspace.terraform(a_run(), environment=self.environment)

    def plan(self, *, destroy: bool = False, **inputs):  # type: ignore[no-untyped-def]
        self.write(**inputs)
        assert self.terraform.init().ok, self.workspace.log
        result = self.terraform.plan(destroy=destroy)
        assert result.ok, self.workspace.log
        return result, sanitise(self.terraform.show_plan(), clean=self.terraform.clean)

    def apply(self) -> None:
        result = self.terraform.apply()
        assert result.verdict == "done", self.workspace.log

    def instances(self) -> list[dict]:  # type: ignore[type-arg]
        with urllib.request.urlopen(f"{self.aws['AWS_ENDPOINT_URL']}/moto-api/data.json") as answer:
            return json.load(answer)["rds"].get("DBInstance", [])


@pytest.fixture
def database(tmp_path, live_server, settings, aws) -> Database:  # type: ignore[no-untyped-def]
    settings.INTERNAL_URL = live_server.url
    return Database(tmp_path, aws)


def test_a_database_is_made_grown_and_removed(database) -> None:  # type: ignore[no-untyped-def]
    result, plan = database.plan()
    assert result.has_changes
    instance = next(change for change in plan.changes if change.address == "module.database.aws_db_instance.this")
    shown = {field.path: field.after for field in instance.fields}
    assert (shown["backup_retention_period"], shown["storage_encrypted"], shown["multi_az"]) == (30, True, True)
    assert (shown["backup_window"], shown["deletion_protection"]) == ("03:00-04:00", True)
    assert (shown["skip_final_snapshot"], shown["final_snapshot_identifier"]) == (False, "(known after apply)")
    guide = {"Environment": "production", "Team": "orders-team", "Platform": "managed"}
    assert {name: shown[f"tags.{name}"] for name in guide} == guide
    assert shown["tags_all.ManagedBy"] == "cairn"
    assert shown["identifier"] == "orders-db-production"  # staging has one of this name in the same account

    database.apply()
    outputs = database.terraform.outputs()
    assert outputs["port"].value == 5432
    assert outputs["database"].value == "orders_db"
    assert outputs["endpoint"].value
    assert not StateLock.objects.exists()
    assert PASSWORD not in StateVersion.objects.latest_of("orders-db").document.decode()

    result, plan = database.plan()
    assert not result.has_changes

    result, plan = database.plan(allocated_storage=50, deletion_protection=False, engine_version="16.3")
    assert (plan.summary.update, plan.summary.replace) == (1, 0)
    assert [(field.path, field.before, field.after) for field in plan.changes[0].fields] == [
        ("allocated_storage", 20, 50),
        ("deletion_protection", True, False),
        ("engine_version", "15.4", "16.3"),
    ]
    database.apply()

    result, plan = database.plan(destroy=True)
    assert plan.summary.delete == 4
    database.apply()
    assert json.loads(StateVersion.objects.latest_of("orders-db").document)["resources"] == []


def test_a_workspace_costs_no_copy_of_the_provider(database) -> None:  # type: ignore[no-untyped-def]
    database.plan()
    own = [path for path in database.workspace.work.rglob("*") if path.is_file() and not path.is_symlink()]
    assert sum(path.stat().st_size for path in own) < 1_000_000


def test_the_password_is_in_no_file_of_the_workspace(database) -> None:  # type: ignore[no-untyped-def]
    database.plan()
    for path in database.workspace.work.rglob("*"):
        if path.is_file() and not path.is_symlink():
            assert PASSWORD.encode() not in path.read_bytes(), path


def test_a_value_outside_the_module_s_rules_is_refused_in_its_words(database) -> None:  # type: ignore[no-untyped-def]
    database.write(allocated_storage=5)
    assert database.terraform.init().ok
    failure = database.terraform.plan().failure
    assert failure.id == "invalid-input"
    assert "20 to 65536" in failure.message

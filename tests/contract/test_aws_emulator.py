"""The emulated account behaves as AWS does where Terraform depends on it."""

import subprocess
from collections.abc import Iterator
from socket import create_server

import boto3  # type: ignore[import-untyped]
import pytest

from integrations.aws import emulator


@pytest.fixture(scope="module")
def account() -> Iterator[dict[str, str]]:
    with create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = subprocess.Popen(emulator.command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        reach = emulator.environment(port)
        assert emulator.wait_until_answering(reach["AWS_ENDPOINT_URL"])
        yield reach
    finally:
        server.terminate()
        server.wait()


def test_each_database_instance_is_found_by_its_own_resource_id(account: dict[str, str]) -> None:
    rds = boto3.client(
        "rds",
        endpoint_url=account["AWS_ENDPOINT_URL"],
        region_name=account["AWS_REGION"],
        aws_access_key_id=account["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=account["AWS_SECRET_ACCESS_KEY"],
    )
    made = {}
    for name in ("orders-db-staging", "orders-db-production"):
        answer = rds.create_db_instance(
            DBInstanceIdentifier=name, DBInstanceClass="db.t3.micro", Engine="postgres", AllocatedStorage=20
        )
        made[name] = answer["DBInstance"]["DbiResourceId"]
    for name, resource_id in made.items():
        found = rds.describe_db_instances(Filters=[{"Name": "dbi-resource-id", "Values": [resource_id]}])
        assert [instance["DBInstanceIdentifier"] for instance in found["DBInstances"]] == [name]

"""A blueprint from a repository: previewed, offered, asked for, and upgraded, with the real Terraform and an emulated
account."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3  # type: ignore[import-untyped]
import pytest

from audit.models import Event
from catalog.config import current
from catalog.models import Entity
from common.errors import UserError
from integrations.aws import emulator
from provisioning import actions
from provisioning.asking import Asked, asked_of
from provisioning.blueprints import blueprint_at, blueprint_named
from provisioning.models import BlueprintVersion, Preview, Request, Secret, StateVersion
from provisioning.previews import start_preview
from provisioning.source_actions import remove_source
from provisioning.submitting import submit
from provisioning.upgrading import asked_upgrade, behind, differences_of
from provisioning.version_actions import offer
from runs.engine import advance
from runs.logs import read_log
from runs.models import Run
from tests.integration.blueprint_repositories import Repository, read_now, source_of
from tests.integration.terraform_support import needs_aws_provider, needs_terraform

pytestmark = [pytest.mark.terraform, needs_terraform, needs_aws_provider, pytest.mark.django_db(transaction=True)]

TEAM = "group:default/orders-team"
FIRST = """\
name: images
title: Images
version: 1.0.0
owner: group:default/platform-team
icon: container
description: A repository on ECR.
backend: terraform
environments: [development, production]
entity: {type: container-registry}
inputs:
  type: object
  required: [mutability]
  additionalProperties: false
  properties:
    mutability: {title: Tags, type: string, enum: [MUTABLE, IMMUTABLE], default: MUTABLE}
    nickname: {title: Nickname, type: string, default: none}
imposed:
  - set: {scan: false}
outputs:
  url: {title: Address}
"""
MODULE = """\
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}
variable "name" { type = string }
variable "mutability" { type = string }
variable "nickname" {
  type    = string
  default = "none"
}
variable "scan" { type = bool }
resource "aws_ecr_repository" "this" {
  name                 = var.name
  image_tag_mutability = var.mutability
  image_scanning_configuration { scan_on_push = var.scan }
  tags = { Nickname = var.nickname }
}
output "url" { value = aws_ecr_repository.this.repository_url }
"""
SECOND = (
    FIRST.replace("1.0.0", "2.0.0")
    .replace(
        "    nickname: {title: Nickname, type: string, default: none}\n",
        "    team_size: {title: Team, type: integer}\n",
    )
    .replace("required: [mutability]", "required: [mutability, team_size]")
    .replace("scan: false", "scan: true")
    .replace(
        "outputs:",
        "secrets:\n  token: Token\n"
        'policy:\n  - when: {blueprint.from: "1.0.0", blueprint.to: "2.0.0"}\n'
        "    effect: approve\n    approvers: role:approver\n    reason: Scanning begins\noutputs:",
    )
)
SECOND_MODULE = (
    MODULE.replace(
        'variable "nickname" {\n  type    = string\n  default = "none"\n}', 'variable "team_size" { type = number }'
    )
    .replace("{ Nickname = var.nickname }", "{ Size = tostring(var.team_size) }")
    .replace('output "url"', 'variable "token" {\n  type      = string\n  ephemeral = true\n}\noutput "url"')
)


@pytest.fixture
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


@pytest.fixture(autouse=True)
def portal(settings, live_server, aws, tmp_path) -> Iterator[None]:  # type: ignore[no-untyped-def]
    settings.INTERNAL_URL, settings.AWS_ENVIRONMENT, settings.DATA_DIR = live_server.url, aws, tmp_path / "data"
    current.cache_clear()
    yield
    current.cache_clear()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "platform")
    made.tag("v1.0.0", {"blueprint.yaml": FIRST, "module/main.tf": MODULE})
    return made


def follow(run_id: int | None) -> Run:
    """Take steps as a worker does, until the run rests."""
    assert run_id
    while advance(run_id):
        pass
    return Run.objects.get(pk=run_id)


def followed(request: Request) -> Request:
    follow(request.run_id)
    return Request.objects.select_related("resource", "run").get(pk=request.pk)


def images(aws: dict[str, str]) -> list[dict[str, Any]]:
    """The repositories that there are in the account."""
    keys = {"aws_access_key_id": aws["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": aws["AWS_SECRET_ACCESS_KEY"]}
    region = aws.get("AWS_REGION") or aws["AWS_DEFAULT_REGION"]
    client = boto3.client("ecr", endpoint_url=aws["AWS_ENDPOINT_URL"], region_name=region, **keys)
    found: list[dict[str, Any]] = client.describe_repositories()["repositories"]
    return found


def test_a_preview_shows_the_plan_and_makes_nothing(repository: Repository, pat, alice, aws) -> None:  # type: ignore[no-untyped-def]
    assert source_of(repository.url, pat).problems == []
    row = BlueprintVersion.objects.get()
    inputs = {"mutability": "IMMUTABLE", "nickname": "x"}
    asked = Asked(blueprint_at("images", "1.0.0"), "create", "try-it", TEAM, "development", inputs)
    preview = start_preview(version=row, asked=asked, by=pat)
    run = follow(preview.run.pk)
    preview = Preview.objects.get(pk=preview.pk)
    assert run.state == "succeeded", (run.error, read_log(run.pk, 0)[0])
    assert preview.plan["summary"] == {"create": 1, "update": 0, "replace": 0, "delete": 0}
    fields = {field["path"]: field["after"] for field in preview.plan["changes"][0]["fields"]}
    assert fields["image_tag_mutability"] == "IMMUTABLE"
    assert images(aws) == []
    assert not StateVersion.objects.exists()
    assert Event.objects.filter(verb="blueprint.previewed", actor="user:default/pat").exists()


def test_a_preview_that_fails_says_why(repository: Repository, pat, alice) -> None:  # type: ignore[no-untyped-def]
    failing = MODULE.replace("= var.mutability", '= "NEVER"')
    repository.tag("v1.0.1", {"blueprint.yaml": FIRST.replace("1.0.0", "1.0.1"), "module/main.tf": failing})
    assert source_of(repository.url, pat).problems == []
    row = BlueprintVersion.objects.get(version="1.0.1")
    inputs = {"mutability": "MUTABLE", "nickname": "x"}
    asked = Asked(blueprint_at("images", "1.0.1"), "create", "try-it", TEAM, "development", inputs)
    preview = start_preview(version=row, asked=asked, by=pat)
    assert follow(preview.run.pk).state == "failed"
    preview.refresh_from_db()
    assert "image_tag_mutability" in preview.error["message"]


def test_a_resource_stays_on_its_version_until_an_upgrade_is_planned_approved_and_applied(
    repository: Repository,
    pat,  # type: ignore[no-untyped-def]
    alice,  # type: ignore[no-untyped-def]
    aws: dict[str, str],
    settings,  # type: ignore[no-untyped-def]
) -> None:
    source = source_of(repository.url, pat)
    offer(version=BlueprintVersion.objects.get(), by=pat)
    inputs = {"mutability": "MUTABLE", "nickname": "pics"}
    asked = Asked(blueprint_named("images"), "create", "pictures", TEAM, "development", inputs)
    made = followed(submit(asked=asked, by=alice))
    assert made.state == "fulfilled", (made.error, read_log(made.run_id, 0)[0])
    assert images(aws)[0]["imageScanningConfiguration"]["scanOnPush"] is False

    repository.tag("v2.0.0", {"blueprint.yaml": SECOND, "module/main.tf": SECOND_MODULE})
    source = read_now(source)
    assert source.problems == []
    offer(version=BlueprintVersion.objects.get(version="2.0.0"), by=pat)
    resource = made.resource
    assert (resource.definition.version, blueprint_named("images").version, behind(resource)) == ("1.0.0", "2.0.0", 1)

    with pytest.raises(UserError) as incomplete:
        submit(asked=asked_upgrade(resource), by=alice, resource=resource)
    assert [error.path for error in incomplete.value.fields] == ["inputs.team_size"]
    wish = asked_upgrade(resource, {"team_size": 4})
    told = {(d.about, d.name, d.before, d.after) for d in differences_of(resource, wish)}
    assert told == {
        ("inputs", "Nickname", "pics", None),
        ("inputs", "Team", None, "4"),
        ("imposed", "Scan", "no", "yes"),
        ("secrets", "token", None, "Token"),
        ("policy", "Scanning begins", None, "needs approval"),
    }

    upgrade = followed(submit(asked=wish, by=alice, resource=resource))
    assert (upgrade.state, upgrade.policy["reasons"]) == ("awaiting_approval", ["Scanning begins"]), upgrade.error
    fields = {field["path"]: field["after"] for field in upgrade.plan["changes"][0]["fields"]}
    assert fields["image_scanning_configuration.0.scan_on_push"] is True
    assert upgrade.resource.blueprint_version == "1.0.0"
    upgrade = followed(actions.decide(request=upgrade, by=pat, decision="reject", reason="Not today"))
    assert (upgrade.state, upgrade.resource.blueprint_version) == ("rejected", "1.0.0")
    assert not Secret.objects.exists()
    assert images(aws)[0]["imageScanningConfiguration"]["scanOnPush"] is False

    # The tag, the repository and the unpacked files may vanish meanwhile.
    upgrade = followed(submit(asked=wish, by=alice, resource=upgrade.resource))
    remove_source(source=source, by=pat)
    shutil.rmtree(settings.DATA_DIR / "blueprints")
    upgrade = followed(actions.decide(request=upgrade, by=pat, decision="approve", digest=upgrade.digest))
    assert upgrade.state == "fulfilled", (upgrade.error, read_log(upgrade.run_id, 0)[0])
    resource = upgrade.resource
    assert (resource.blueprint_version, resource.inputs) == ("2.0.0", {"mutability": "MUTABLE", "team_size": 4})
    assert images(aws)[0]["imageScanningConfiguration"]["scanOnPush"] is True
    assert "images 2.0.0" in Entity.objects.get(ref=resource.entity_ref).document
    assert Secret.objects.get().name == "token"

    changed = {"mutability": "IMMUTABLE", "team_size": 5}
    change = followed(submit(asked=asked_of(resource, "update", changed), by=alice, resource=resource))
    assert change.state == "fulfilled", change.error
    gone = asked_of(change.resource, "delete", dict(change.resource.inputs))
    assert followed(submit(asked=gone, by=alice, resource=change.resource)).state == "fulfilled"
    assert images(aws) == []

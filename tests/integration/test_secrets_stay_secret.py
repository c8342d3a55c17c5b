"""Steps that print every secret they can reach, and every place where a secret could have been kept.

Each secret has a canary in it. A canary that is found anywhere but in the one answer that reveals it has leaked.
"""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from provisioning import blueprints
from provisioning.asking import Asked
from provisioning.blueprints.loader import load_blueprint
from provisioning.models import Request, Secret, StateVersion
from provisioning.state.access import credentials
from provisioning.submitting import submit
from runs.engine import advance
from runs.logs import read_log
from tests.integration.terraform_support import needs_aws_provider, needs_terraform
from tests.unit.runs.conftest import Scripted, begin  # noqa: F401

TEAM = "group:default/orders-team"
#: With what shells, JSON and HTML write in another way, around a part that they leave as it is.
ACCESS = "aws<\"k&y'-canary-accesskey-$x"
SESSION = "session/canary-sessiontoken+/=="
BLUEPRINT = """\
name: leaky
title: Leaky thing
version: 1.0.0
owner: group:default/platform
icon: database
description: Prints whatever it knows.
backend: terraform
environments: [development]
entity: {type: thing}
secrets: {password: A password}
inputs: {type: object, properties: {}}
outputs: {endpoint: {title: Endpoint}, token: {title: Token, sensitive: true}}
"""
#: Prints them whole, in two writes, in the middle of a line, on both streams; then leaves them in a file.
LEAK = r"""
echo leak begins
env
echo "whole $TF_VAR_password and $AWS_SECRET_ACCESS_KEY and $AWS_SESSION_TOKEN and $TF_HTTP_PASSWORD" >&2
first=$${TF_VAR_password%%????????}
printf 'halved %s' "$first"; sleep 0.3; printf '%s\n' "$${TF_VAR_password#$first}"
printf '{"password": "%s", "key": "%s"}\n' "$TF_VAR_password" "$AWS_SECRET_ACCESS_KEY"
echo leak ends
"""
MODULE = """\
variable "name" {{ type = string }}
variable "password" {{
  type      = string
  sensitive = true
  ephemeral = true
}}
resource "terraform_data" "this" {{
  input = var.name
  provisioner "local-exec" {{
    command = <<-EOT
{command}
    EOT
  }}
}}
output "endpoint" {{ value = "{endpoint}" }}
output "token" {{
  value     = "not-shown-anywhere"
  sensitive = true
}}
"""


def places_with(canaries: Iterable[str]) -> list[str]:
    """Every column of every table that holds one of ``canaries``, in the clear or as the hex of its bytes."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2"
        )
        for table, column in cursor.fetchall():
            for canary in canaries:
                cursor.execute(
                    f'SELECT count(*) FROM "{table}" WHERE position(%s in "{column}"::text) > 0 '
                    f'OR position(%s in "{column}"::text) > 0',
                    [canary, canary.encode().hex()],
                )
                if cursor.fetchone()[0]:
                    found.append(f"{table}.{column} holds {canary}")
    return found


def files_with(folder: Path, canaries: Iterable[str]) -> list[str]:
    """Every file below ``folder`` that holds one of ``canaries``."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in files if any(canary.encode() in path.read_bytes() for canary in canaries)]


def pages_of(request: Request) -> list[str]:
    """Wherever a request and its run are shown."""
    run, resource = f"runs/{request.run_id}", f"resources/{request.resource_id}"
    of_request = f"requests/{request.pk}"
    own = [run, f"{run}/log", of_request, resource, "runs", "requests", "resources", "audit?limit=500"]
    pages = ["", run, of_request, resource, "runs", "requests", "resources", "activity", "activity?format=csv"]
    return [*(f"/api/v1/{path}" for path in own), *(f"/{path}" for path in pages), "/api/catalog/entities"]


def seen_by(client: Client, request: Request) -> str:
    """All of that as one text."""
    texts = []
    for path in pages_of(request):
        answer = client.get(path)
        assert answer.status_code == 200, path
        texts.append((b"".join(answer.streaming_content) if answer.streaming else answer.content).decode())
    return "\n".join(texts)


@pytest.fixture
def leaky(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], None]:
    """Offers a blueprint whose module runs a command."""

    def offer(command: str, endpoint: str = "https://thing.example", *, in_state: bool = False) -> None:
        folder = tmp_path / "leaky"
        (folder / "module").mkdir(parents=True, exist_ok=True)
        module, blueprint = MODULE.format(command=command.strip("\n"), endpoint=endpoint), BLUEPRINT
        if in_state:
            module = module.replace("ephemeral = true", "").replace("input = var.name", "input = var.password")
            blueprint = blueprint.replace("A password", "{title: A password, kept_in_state: true}")
        (folder / "blueprint.yaml").write_text(blueprint)
        (folder / "module" / "main.tf").write_text(module)
        known = {**blueprints._all(), "leaky": load_blueprint(folder)}
        monkeypatch.setattr(blueprints, "_all", lambda: known)

    return offer


@pytest.fixture
def asked(settings: Any, live_server: Any, tmp_path: Path, alice: User) -> Callable[[], tuple[Request, list[str]]]:
    """Asks for the leaky thing; answers the request and the canaries that its run will hold."""
    settings.INTERNAL_URL, settings.DATA_DIR = live_server.url, tmp_path / "data"
    keys = {"AWS_ACCESS_KEY_ID": "AKIACANARYCANARY0001", "AWS_SECRET_ACCESS_KEY": ACCESS, "AWS_SESSION_TOKEN": SESSION}
    settings.AWS_ENVIRONMENT = {"AWS_REGION": "eu-central-1", **keys}

    def ask() -> tuple[Request, list[str]]:
        wish = Asked(blueprints.blueprint_named("leaky"), "create", "leaky-thing", TEAM, "development", {})
        request = submit(asked=wish, by=alice)
        password = Secret.objects.get(resource=request.resource).value
        return request, [password, password[:24], "canary-accesskey", "canary-sessiontoken", "AKIACANARY"]

    return ask


def follow(request: Request) -> Request:
    """Take every step, as a worker does."""
    while advance(request.run_id):
        pass
    return Request.objects.select_related("resource", "run").get(pk=request.pk)


def state_passwords(request: Request) -> list[str]:
    """What Terraform proved itself with, at every epoch of the run."""
    workspace = f"resource-{request.resource_id}"
    epochs = range(1, request.run.epoch + 1)
    return [credentials(workspace, request.run_id, epoch)["TF_HTTP_PASSWORD"] for epoch in epochs]


@pytest.mark.terraform
@needs_terraform
@needs_aws_provider
@pytest.mark.django_db(transaction=True)
def test_a_module_that_prints_every_secret_prints_them_to_nobody(
    leaky: Callable[..., None],
    asked: Callable[[], tuple[Request, list[str]]],
    alice: User,
    client_for: Callable[[User], Client],
    caplog: Any,
    tmp_path: Path,
) -> None:
    leaky(LEAK)
    request, canaries = asked()
    with caplog.at_level(logging.DEBUG):
        request = follow(request)
    log, _ = read_log(request.run_id, 0)
    assert request.state == "fulfilled", (request.error, log)
    assert log.index("leak begins") < log.index("whole ") < log.index("halved ") < log.index("leak ends")
    assert "TF_VAR_password=" in log

    canaries += state_passwords(request)
    # The module's own text is kept with its version; what it prints stands in the log alone.
    found = ["provisioning_blueprintfile.content holds leak begins", "runs_logchunk.text holds leak begins"]
    assert places_with(["leak begins"]) == found
    assert places_with(canaries) == []
    assert files_with(tmp_path / "data", canaries) == []
    assert not any(canary in caplog.text for canary in canaries)
    seen = seen_by(client_for(alice), request)
    assert "leak begins" in seen
    assert [canary for canary in canaries if canary in seen] == []


@pytest.mark.terraform
@needs_terraform
@needs_aws_provider
@pytest.mark.django_db(transaction=True)
def test_a_module_that_fails_with_a_secret_on_its_lips_takes_it_along(
    leaky: Callable[..., None],
    asked: Callable[[], tuple[Request, list[str]]],
    alice: User,
    client_for: Callable[[User], Client],
    caplog: Any,
    tmp_path: Path,
) -> None:
    leaky('echo "no such key: $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN $TF_VAR_password $TF_HTTP_PASSWORD"; exit 3')
    request, canaries = asked()
    with caplog.at_level(logging.DEBUG):
        request = follow(request)
    assert request.state == "needs_attention"
    assert "local-exec" in request.error["message"]
    assert "no such key" in read_log(request.run_id, 0)[0]

    canaries += state_passwords(request)
    assert places_with(canaries) == []
    assert files_with(tmp_path / "data", canaries) == []
    assert not any(canary in caplog.text for canary in canaries)
    assert [canary for canary in canaries if canary in seen_by(client_for(alice), request)] == []


@pytest.mark.terraform
@needs_terraform
@needs_aws_provider
@pytest.mark.django_db(transaction=True)
def test_a_secret_that_the_state_must_hold_is_nowhere_in_the_clear(
    leaky: Callable[..., None],
    asked: Callable[[], tuple[Request, list[str]]],
    alice: User,
    client_for: Callable[[User], Client],
    tmp_path: Path,
) -> None:
    leaky("env", in_state=True)
    request, canaries = asked()
    request = follow(request)
    log, _ = read_log(request.run_id, 0)
    assert request.state == "fulfilled", (request.error, log)
    state = StateVersion.objects.latest_of(f"resource-{request.resource_id}").document.decode()
    assert canaries[0] in state
    assert ("(sensitive)", True) in {
        (field["after"], field["sensitive"]) for field in request.plan["changes"][0]["fields"]
    }
    assert places_with(canaries) == []
    assert files_with(tmp_path / "data", canaries) == []
    assert not list(tmp_path.rglob("*.tfplan"))
    assert [canary for canary in canaries if canary in seen_by(client_for(alice), request)] == []


@pytest.mark.terraform
@needs_terraform
@needs_aws_provider
@pytest.mark.django_db(transaction=True)
def test_a_revealed_secret_is_in_that_answer_and_nowhere_else(
    leaky: Callable[..., None],
    asked: Callable[[], tuple[Request, list[str]]],
    alice: User,
    client_for: Callable[[User], Client],
    api_for: Callable[..., APIClient],
    caplog: Any,
) -> None:
    leaky("true")
    request, canaries = asked()
    request = follow(request)
    path = f"/api/v1/resources/{request.resource_id}/secrets/password/reveal"
    with caplog.at_level(logging.DEBUG):
        revealed = api_for(alice).post(path)
    assert revealed.json()["value"] == canaries[0]
    assert places_with(canaries) == []
    assert canaries[0] not in caplog.text
    assert canaries[0] not in seen_by(client_for(alice), request)

"""Several cloud accounts, on the real AWS provider: which key reaches one in which phase, and that no secret stays."""

import re
import socket
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from accounts.models import User
from integrations.aws import emulator
from provisioning import actions
from provisioning.account_actions import put_account
from provisioning.asking import Asked
from provisioning.blueprints import blueprint_named
from provisioning.models import Request
from provisioning.submitting import submit
from runs.engine import advance
from runs.logs import read_log
from tests.integration.terraform_support import needs_aws_provider, needs_terraform

pytestmark = [pytest.mark.terraform, needs_terraform, needs_aws_provider, pytest.mark.django_db(transaction=True)]
SECRETS = ("canary-secret-of-applying", "canary-secret-of-planning", "canary-session-of-planning")
INPUTS: dict[str, Any] = {"kept_images": 50}


class Account:
    """An account behind a recorder: the key of each call, and what was called."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.calls: list[tuple[str, str]] = []
        self._moto = subprocess.Popen(emulator.command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        behind = f"http://127.0.0.1:{port}"
        assert emulator.wait_until_answering(behind)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(behind))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._moto.kill()
        self._moto.wait()

    def keys(self) -> set[str]:
        """Whose calls there were."""
        return {key for key, _ in self.calls}

    def _handler(self, behind: str) -> type[BaseHTTPRequestHandler]:
        calls = self.calls

        class Recorder(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                key = re.search(r"Credential=([^/]+)/", self.headers.get("Authorization", ""))
                calls.append((key[1] if key else "", self.headers.get("X-Amz-Target", self.path)))
                headers = {name: value for name, value in self.headers.items() if name.lower() != "content-length"}
                request = urllib.request.Request(behind + self.path, body or None, headers, method=self.command)
                try:
                    answer = urllib.request.urlopen(request)
                except urllib.error.HTTPError as error:
                    answer = error
                data = answer.read()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in {"content-length", "connection", "transfer-encoding", "server", "date"}:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_PUT = do_DELETE = do_POST

            def log_message(self, format: str, *args: Any) -> None:
                """Quiet."""

        return Recorder


@pytest.fixture
def account() -> Iterator[Account]:
    found = Account()
    yield found
    found.stop()


def follow(request: Request) -> Request:
    while advance(Request.objects.get(pk=request.pk).run_id):
        pass
    return Request.objects.select_related("resource", "run").get(pk=request.pk)


def everything_stored() -> str:
    """Every row of every table as text."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            parts += [row[0] for row in cursor.fetchall()]
    return "\n".join(parts)


def test_plans_reach_the_account_with_the_read_only_key_and_applies_with_the_other(
    alice: User, pat: User, settings: Any, live_server: Any, tmp_path: Path, account: Account
) -> None:
    settings.INTERNAL_URL, settings.DATA_DIR = live_server.url, tmp_path
    settings.HTTP_ALLOW_PRIVATE = ("127.0.0.1",)
    settings.CLOUD_CREDENTIALS = {
        "PROD_AWS_ACCESS_KEY_ID": "AKIAAPPLY",
        "PROD_AWS_SECRET_ACCESS_KEY": SECRETS[0],
        "READ_AWS_ACCESS_KEY_ID": "AKIAPLAN",
        "READ_AWS_SECRET_ACCESS_KEY": SECRETS[1],
        "READ_AWS_SESSION_TOKEN": SECRETS[2],
    }
    given: dict[str, Any] = {
        "name": "prod",
        "region": "eu-central-1",
        "environments": ["production"],
        "endpoint": account.url,
    }
    given |= {"credentials": {"kind": "environment", "prefix": "PROD_"}}
    given |= {"plan_credentials": {"kind": "environment", "prefix": "READ_"}}
    put_account(given=given, by=pat)

    team, blueprint = "group:default/orders-team", blueprint_named("container-registry")
    asked = Asked(blueprint, "create", "orders", team, "production", INPUTS)
    request = follow(submit(asked=asked, by=alice))
    assert request.state == "awaiting_approval", request.error
    # A plan of something new asks the account nothing but who it is; the update below looks at what is there.
    assert account.keys() <= {"AKIAPLAN"}
    assert "emulator" in request.plan["notes"][0]
    request = follow(actions.decide(request=request, by=pat, decision="approve"))
    assert request.state == "fulfilled", (request.error, read_log(request.run_id, 0)[0])
    assert {"AKIAAPPLY"} <= account.keys()
    assert any(key == "AKIAAPPLY" and call.endswith("CreateRepository") for key, call in account.calls)
    assert not any(key == "AKIAPLAN" and "Create" in call for key, call in account.calls)

    account.calls.clear()
    changed = Asked(blueprint, "update", "orders", team, "production", INPUTS | {"kept_images": 60}, INPUTS)
    follow(submit(asked=changed, by=alice, resource=request.resource))
    assert account.keys() == {"AKIAPLAN"}

    stored = everything_stored() + read_log(request.run_id, 0)[0]
    left = [path for path in tmp_path.rglob("*") if path.is_file()]
    on_disk = b"".join(path.read_bytes() for path in left)
    for secret in SECRETS:
        assert secret not in stored
        assert secret.encode() not in on_disk

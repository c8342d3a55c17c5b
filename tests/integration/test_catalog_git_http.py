"""Repositories over HTTP, served by git's own backend on this machine."""

import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from catalog.actions import register_source, sync_source
from catalog.config import current
from catalog.models import Entity
from integrations.git.client import Repository
from integrations.git.environment import git_environment
from integrations.git.process import run_git
from integrations.git.remote import parse_remote

pytestmark = pytest.mark.django_db
COMPONENT = (
    "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: orders\n"
    "spec:\n  type: service\n  lifecycle: production\n  owner: orders-team\n"
)


class Handler(BaseHTTPRequestHandler):
    """``/o/r`` is a repository; other names are ways to fail."""

    root = Path()
    seen: list[dict[str, str]] = []

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        Handler.seen.append(dict(self.headers))
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        name = self.path.split("/")[2]
        statuses = {"private": 401, "forbidden": 403, "missing": 404, "moved": 301, "broken": 503}
        if name in statuses:
            self.send_response(statuses[name])
            self.send_header("Location", "http://169.254.169.254/o/r/info/refs?service=git-upload-pack")
            self.send_header("WWW-Authenticate", 'Basic realm="git"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        path, _, query = self.path.partition("?")
        environment = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=environment, capture_output=True)
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        lines = [line.split(": ", 1) for line in head.decode().splitlines()]
        status = next((int(value.split()[0]) for key, value in lines if key == "Status"), 200)
        self.send_response(status)
        for key, value in lines:
            if key != "Status":
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def server(tmp_path: Path, settings: Any) -> Iterator[str]:
    folder = tmp_path / "served/o/r"
    folder.mkdir(parents=True)
    (folder / "catalog-info.yaml").write_text(COMPONENT)
    for arguments in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-q", "-m", "x"]):
        who = ["-c", "user.name=A", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "-C", folder, *who, *arguments], check=True)
    Handler.root, Handler.seen = tmp_path / "served", []
    settings.DATA_DIR, settings.HTTP_ALLOW_PRIVATE = tmp_path / "data", ("127.0.0.0/8",)
    current.cache_clear()
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}"
    httpd.shutdown()
    current.cache_clear()


def error_of(target: str) -> str:
    return sync_source(source=register_source(kind="git", target=target, by=None), by=None).error


def test_a_repository_is_read_over_http_and_its_addresses_are_those_of_its_pages(server: str) -> None:
    assert error_of(f"{server}/o/r/.git") == ""
    assert Entity.objects.get().location.startswith(f"{server}/o/r/")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("private", "asks who we are. Give its host a token under integrations"),
        ("forbidden", "asks who we are"),
        ("missing", "There is no repository at"),
        ("moved", "has moved"),
        ("broken", "does not answer"),
    ],
)
def test_every_refusal_says_the_way_out(server: str, name: str, said: str) -> None:
    assert said in error_of(f"{server}/o/{name}")


def test_git_goes_where_the_host_was_checked_to_be_and_asks_no_resolver(server: str, tmp_path: Path) -> None:
    from ipaddress import ip_address

    port = server.rpartition(":")[2]
    remote = parse_remote(f"http://nowhere.invalid:{port}/o/r/.git")
    repository = Repository(remote, tmp_path / "copies", reachable=lambda remote: ip_address("127.0.0.1"))
    assert list(repository.snapshot().entries) == ["catalog-info.yaml"]
    assert {headers["Host"] for headers in Handler.seen} == {f"nowhere.invalid:{port}"}


def test_a_login_goes_along_and_stands_in_no_command_line(server: str, tmp_path: Path) -> None:
    remote = parse_remote(f"{server}/o/r/.git".replace("http:", "https:"))
    environment = git_environment(str(tmp_path), remote, None, ("oauth2", "secret"))
    environment = {name: value.replace("https://", "http://") for name, value in environment.items()}
    run_git(["ls-remote", "--", f"{server}/o/r/.git"], environment=environment, timeout=20)
    assert {headers.get("Authorization") for headers in Handler.seen} == {"Basic b2F1dGgyOnNlY3JldA=="}

"""A live portal with a catalog, and Backstage's own client to ask it."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.actions import create_token, create_user
from catalog.actions import register_source, sync_source
from tests.backstage.entities import company

HERE = Path(__file__).parent
Ask = Callable[..., list[dict[str, Any]]]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ask(live_server: LiveServer, transactional_db: None) -> Ask:
    """Ask the client; with ``entities``, Backstage's in-memory catalog of them as well."""
    if not (HERE / "node_modules").is_dir():
        pytest.skip("Backstage's client is not here; make test installs it")
    user = create_user(name="bea", role="platform-admin")
    _, token = create_token(user=user, scopes=["admin"], by=user)

    def asked(calls: Sequence[Sequence[Any]], entities: Any = None, *, in_order: bool = False) -> list[dict[str, Any]]:
        given = {
            "base": f"{live_server.url}/api/catalog",
            "token": token,
            "entities": entities,
            "calls": calls,
            "inOrder": in_order,
        }
        path = f"{HERE.parent.parent / '.venv/bin'}:{os.environ['PATH']}"
        node = shutil.which("node", path=path) or "node"
        done = subprocess.run(
            [node, "ask.mjs"], cwd=HERE, input=json.dumps(given), text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr
        answers: list[dict[str, Any]] = json.loads(done.stdout)
        return answers

    return asked


class Files:
    """Files on the web, and where they are."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self.url = folder, url

    def put(self, name: str, text: str) -> str:
        """The address at which ``text`` can be read now."""
        (self._folder / name).write_text(text)
        return f"{self.url}/{name}"


@pytest.fixture
def files(tmp_path: Path, settings: Any) -> Iterator[Files]:
    settings.HTTP_ALLOW_PRIVATE = ("127.0.0.1",)
    folder = tmp_path / "web"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    Thread(target=server.serve_forever, daemon=True).start()
    yield Files(folder, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def catalog(ask: Ask, tmp_path: Path) -> Path:
    """A company's file, read."""
    file = tmp_path / "company.yaml"
    file.write_text(company())
    sync_source(source=register_source(kind="file", target=str(file), by=None), by=None)
    return file

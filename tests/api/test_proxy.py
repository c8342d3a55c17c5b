"""/api/proxy/…: what an operator has named can be reached, by those who may, and nothing else."""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx2
import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.actions import create_user
from accounts.models import User
from catalog.config import current
from common import relay
from portal.proxy import views
from portal.proxy.views import configured_routes

pytestmark = pytest.mark.django_db
KEY = "hunter2-of-the-target"


class Target(BaseHTTPRequestHandler):
    """Tells what it was asked; some paths are special."""

    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length).decode(errors="replace")
        if self.path.startswith("/slow"):
            time.sleep(2)
        status = int(self.path.split("/")[2]) if self.path.startswith("/status/") else 200
        told = {"method": self.command, "path": self.path, "headers": dict(self.headers), "body": body[:100]}
        data = json.dumps(told | {"length": len(body)}).encode() if status not in {204, 304} else b""
        if self.path.startswith("/large"):
            data = b"x" * 300_000
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Set-Cookie", "cairn_session=stolen")
        self.send_header("X-Internal", "secret")
        if status == 302:
            self.send_header("Location", self.path.rsplit("to=", 1)[-1])
        if self.path.startswith("/large/chunked"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(data), 50_000):
                part = data[start : start + 50_000]
                self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")
            return
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_OPTIONS = _answer

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Target)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that has seen enough hangs up
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()


@pytest.fixture
def closed() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{one.getsockname()[1]}"


@pytest.fixture(autouse=True)
def _routes(target: str, closed: str, settings: Any, tmp_path: Path) -> Iterator[None]:
    routes = {
        "/catalog/api": {"target": target, "changeOrigin": True},
        "/keyed": {"target": f"{target}/svc", "headers": {"X-Api-Key": "${TARGET_KEY}"}, "allowedHeaders": ["X-Mine"]},
        "/reads": {"target": target, "allowedMethods": ["GET"]},
        "/open": {"target": target, "credentials": "dangerously-allow-unauthenticated"},
        "/gone": closed.replace("http://", f"http://user:{KEY}@"),
        "/broken": {"target": "${NOT_SET}"},
    }
    file = tmp_path / "app-config.yaml"
    file.write_text(json.dumps({"proxy": {"endpoints": routes}}))
    settings.APP_CONFIG, settings.APP_CONFIG_ENVIRONMENT = (str(file),), {"TARGET_KEY": KEY}
    current.cache_clear()
    configured_routes.cache_clear()
    yield
    current.cache_clear()
    configured_routes.cache_clear()


@pytest.fixture
def api(alice: User, api_for: Callable[..., APIClient]) -> APIClient:
    return api_for(alice, ("proxy",))


def told(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, text_of(answer)
    found: dict[str, Any] = json.loads(text_of(answer))
    return found


def text_of(answer: Any) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


def error(answer: Any) -> tuple[int, str, str]:
    body = answer.json()
    assert body["response"]["statusCode"] == answer.status_code
    return answer.status_code, body["error"]["name"], body["error"]["message"]


def test_a_request_goes_through_with_path_query_and_body(api: APIClient) -> None:
    found = told(api.get("/api/proxy/catalog/api/entities/a%20b?filter=kind=api&x=%2F"))
    assert (found["method"], found["path"]) == ("GET", "/entities/a%20b?filter=kind=api&x=%2F")
    found = told(api.post("/api/proxy/keyed/a", "some text", content_type="text/plain"))
    assert (found["method"], found["path"], found["body"]) == ("POST", "/svc/a", "some text")
    assert (found["headers"]["X-Api-Key"], found["headers"]["Content-Type"]) == (KEY, "text/plain")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_every_method_goes_through(api: APIClient, method: str) -> None:
    assert told(api.generic(method, "/api/proxy/catalog/api/x"))["method"] == method
    assert api.head("/api/proxy/catalog/api/x").status_code == 200


def test_neither_token_nor_cookies_reach_the_target_and_nothing_of_it_but_the_answer_comes_back(
    api: APIClient, alice: User, client_for: Callable[[User], Client]
) -> None:
    answer = api.get("/api/proxy/keyed/a", headers={"X-Mine": "yes", "X-Other": "no", "X-Forwarded-For": "1.2.3.4"})
    sent = told(answer)["headers"]
    assert sent["X-Mine"] == "yes"
    assert not {"Authorization", "Cookie", "X-Other", "X-Forwarded-For"} & sent.keys()
    assert "Set-Cookie" not in answer
    assert not answer.cookies
    assert "X-Internal" not in answer
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "Cookie" not in told(client_for(alice).get("/api/proxy/keyed/a"))["headers"]


def test_no_cookie_that_one_person_was_given_goes_out_with_the_next_request(api: APIClient) -> None:
    told(api.get("/api/proxy/catalog/api/a"))
    assert "Cookie" not in told(api.get("/api/proxy/catalog/api/b"))["headers"]


def test_strangers_come_in_only_where_the_operator_lets_them() -> None:
    assert error(Client().get("/api/proxy/catalog/api/x"))[:2] == (401, "AuthenticationError")
    assert error(Client().get("/api/proxy/unknown"))[:2] == (401, "AuthenticationError")
    assert told(Client().post("/api/proxy/open/x"))["method"] == "POST"


def test_a_token_needs_the_scope_and_a_session_only_reads(
    alice: User, api_for: Callable[..., APIClient], client_for: Callable[[User], Client]
) -> None:
    assert error(api_for(alice, ("catalog:write",)).get("/api/proxy/catalog/api/x"))[:2] == (403, "NotAllowedError")
    assert told(api_for(alice, ("admin",)).get("/api/proxy/catalog/api/x"))
    browser = client_for(alice)
    assert told(browser.get("/api/proxy/catalog/api/x"))
    assert error(browser.post("/api/proxy/catalog/api/x"))[:2] == (403, "NotAllowedError")


def test_a_viewer_reads_and_changes_nothing(db: None, api_for: Callable[..., APIClient]) -> None:
    api = api_for(create_user(name="vera", role="viewer"), ("proxy",))
    assert told(api.get("/api/proxy/catalog/api/x"))
    assert api.delete("/api/proxy/catalog/api/x").status_code == 403


@pytest.mark.parametrize(
    "path",
    ["unknown", "catalog/apis", "http://127.0.0.1/", "/127.0.0.1/", "catalog", "catalog/api@evil.example/"],
)
def test_only_what_is_named_is_reached(api: APIClient, path: str) -> None:
    status, name, message = error(api.get(f"/api/proxy/{path}"))
    assert (status, name) == (404, "NotFoundError")
    assert message.startswith("There is no proxy for")


@pytest.mark.parametrize("path", ["a/../../x", "..%2fx", "%2e%2e/x", "%252e%252e%252fx", "..;/x", "a\\..\\x", "a%00b"])
def test_a_path_that_climbs_up_is_refused(api: APIClient, path: str) -> None:
    assert error(api.get(f"/api/proxy/keyed/{path}"))[:2] == (400, "InputError")


def test_a_method_that_is_not_allowed_is_said_with_those_that_are(api: APIClient) -> None:
    answer = api.post("/api/proxy/reads/x")
    assert error(answer)[0] == 405
    assert answer["Allow"] == "GET"


def test_redirects_lead_back_through_the_proxy_or_nowhere(api: APIClient, target: str) -> None:
    assert api.get("/api/proxy/catalog/api/status/302/?to=/b")["Location"] == "/api/proxy/catalog/api/b"
    assert "Location" not in api.get("/api/proxy/catalog/api/status/302/?to=http://169.254.169.254/")


@pytest.mark.parametrize("status", [201, 204, 304, 404, 500, 503])
def test_the_status_of_the_target_is_the_answer(api: APIClient, status: int) -> None:
    assert api.get(f"/api/proxy/catalog/api/status/{status}").status_code == status


def test_a_target_that_is_gone_is_a_502_without_its_secrets(api: APIClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = api.get("/api/proxy/gone/x")
    assert error(answer) == (502, "Error", "The target could not be reached.")
    api.get("/api/proxy/keyed/x")
    api.get("/api/proxy/keyed/../x")
    assert KEY not in caplog.text + answer.content.decode()


def test_a_target_that_is_slow_is_a_504(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay, "TIMEOUT", httpx2.Timeout(0.2))
    assert error(api.get("/api/proxy/catalog/api/slow"))[0] == 504


def test_a_route_that_is_configured_wrongly_says_where_to_look(api: APIClient) -> None:
    status, name, message = error(api.get("/api/proxy/broken/x"))
    assert (status, name) == (503, "ServiceUnavailableError")
    assert "doctor" in message


def test_bodies_have_a_limit_in_both_directions(api: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    found = told(api.post("/api/proxy/catalog/api/x", "x" * 3_000_000, content_type="text/plain"))
    assert found["length"] == 3_000_000
    monkeypatch.setattr(views, "MOST_SENT", 1000)
    monkeypatch.setattr(views, "MOST_ANSWERED", 100_000)
    assert error(api.post("/api/proxy/catalog/api/x", "x" * 1001, content_type="text/plain"))[0] == 413
    assert error(api.get("/api/proxy/catalog/api/large"))[0] == 502
    answer = api.get("/api/proxy/catalog/api/large/chunked")
    with pytest.raises(relay.TooLarge):
        text_of(answer)


def test_an_answer_is_handed_on_as_it_comes(api: APIClient) -> None:
    answer = api.get("/api/proxy/catalog/api/large/chunked")
    assert answer.streaming
    assert len(text_of(answer)) == 300_000

"""Requests against a real server on this machine, whose address is private and so must be allowed."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from common.errors import ProviderError, UserError
from common.http import fetch, reachable_address

HERE = ("127.0.0.0/8",)


class Handler(BaseHTTPRequestHandler):
    seen: list[tuple[str, dict[str, str]]] = []
    failures = 0

    def do_GET(self) -> None:
        Handler.seen.append((self.path, dict(self.headers)))
        match self.path:
            case "/inside":
                self._redirect("http://169.254.169.254/latest/meta-data/")
            case "/loop":
                self._redirect("/loop")
            case "/file":
                self._redirect("file:///etc/passwd")
            case "/moved":
                self._redirect("/here")
            case "/other-host":
                self._redirect(f"http://localhost:{self.server.server_address[1]}/here")
            case "/large":
                self._answer(200, b"x" * 5000)
            case "/flaky" if Handler.failures:
                Handler.failures -= 1
                self._answer(503, b"later")
            case "/missing":
                self._answer(404, b"nothing")
            case _:
                self._answer(200, b"hello")

    def _redirect(self, where: str) -> None:
        self.send_response(302)
        self.send_header("Location", where)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{httpd.server_address[1]}"
    httpd.shutdown()


@pytest.fixture(autouse=True)
def _forget() -> None:
    Handler.seen, Handler.failures = [], 0


def test_an_allowed_address_is_read_and_redirects_are_followed(server: str) -> None:
    answer = fetch(f"{server}/moved", allow_private=HERE)
    assert (answer.status, answer.body, answer.url) == (200, b"hello", f"{server}/here")


def test_a_private_address_is_refused_before_anything_is_sent(server: str) -> None:
    with pytest.raises(UserError, match="leads to a private address"):
        fetch(f"{server}/here")
    assert Handler.seen == []


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://10.0.0.1/",
        "http://169.254.169.254/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://0x7f.1/",
    ],
)
def test_no_spelling_of_a_private_address_gets_through(url: str) -> None:
    with pytest.raises((UserError, ProviderError)) as caught:
        fetch(url)
    assert caught.value.id in {"address-refused", "unknown-host"}


def test_a_redirect_to_a_private_address_is_refused(server: str) -> None:
    with pytest.raises(UserError, match=r"169\.254\.169\.254"):
        fetch(f"{server}/inside", allow_private=HERE)


def test_only_the_web_is_read(server: str) -> None:
    with pytest.raises(UserError, match="not an http or https address"):
        fetch("file:///etc/passwd")
    with pytest.raises(UserError, match="not an http or https address"):
        fetch(f"{server}/file", allow_private=HERE)


@pytest.mark.parametrize("url", ["https://example.com:99999/a", "https://example.com:x/a"])
def test_a_port_that_cannot_be_is_said(url: str) -> None:
    with pytest.raises(UserError, match=r"example.com:\w+ has no port that there can be"):
        fetch(url)


def test_redirects_without_end_are_cut(server: str) -> None:
    with pytest.raises(ProviderError, match="redirects more than"):
        fetch(f"{server}/loop", allow_private=HERE)


def test_more_than_the_limit_is_not_read(server: str) -> None:
    with pytest.raises(ProviderError, match="holds more than"):
        fetch(f"{server}/large", allow_private=HERE, max_bytes=4096)


def test_a_server_that_is_busy_is_asked_again(server: str) -> None:
    Handler.failures = 1
    assert fetch(f"{server}/flaky", allow_private=HERE).status == 200
    assert len(Handler.seen) == 2


def test_a_server_that_stays_busy_is_named(server: str) -> None:
    Handler.failures = 9
    with pytest.raises(ProviderError, match=r"127\.0\.0\.1 answered 503"):
        fetch(f"{server}/flaky", allow_private=HERE)


def test_an_answer_of_4xx_is_the_callers_to_judge(server: str) -> None:
    assert fetch(f"{server}/missing", allow_private=HERE).status == 404


def test_credentials_do_not_follow_to_another_host(server: str) -> None:
    headers = {"Authorization": "Bearer secret"}
    fetch(f"{server}/other-host", headers=headers, allow_private=("127.0.0.0/8", "::1"))
    sent = {path: "Authorization" in found for path, found in Handler.seen}
    assert sent == {"/other-host": True, "/here": False}


def test_credentials_do_not_follow_however_the_header_is_written(server: str) -> None:
    fetch(f"{server}/other-host", headers={"authorization": "Bearer secret"}, allow_private=("127.0.0.0/8", "::1"))
    assert {path for path, found in Handler.seen if "secret" in str(found)} == {"/other-host"}


def test_whoever_asks_for_it_is_given_the_answer_of_a_busy_server(server: str) -> None:
    Handler.failures = 9
    assert fetch(f"{server}/flaky", allow_private=HERE, returned={503}).status == 503
    assert len(Handler.seen) == 1


def test_other_programs_are_sent_to_the_address_that_was_checked(server: str) -> None:
    assert str(reachable_address(server, allow_private=HERE)) == "127.0.0.1"
    for url in ("ssh://git@127.0.0.1/o/r", "https://localhost/o/r"):
        with pytest.raises(UserError, match="leads to a private address"):
            reachable_address(url)


def test_a_dead_port_and_an_unknown_host_are_named() -> None:
    with pytest.raises(ProviderError, match="could not be reached"):
        fetch("http://127.0.0.1:9/", allow_private=HERE, attempts=1)
    with pytest.raises(ProviderError, match="There is no host"):
        fetch("http://nowhere.invalid/")

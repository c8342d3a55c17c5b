"""A REST API on the loopback interface that can be told to fail. The base of the Git hosts' fakes."""

import hashlib
import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came; header names in lower case, a JSON body decoded."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any = None

    @property
    def target(self) -> str:
        """Path and query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. A ``body`` that is not bytes is sent as JSON."""

    status: int = 200
    body: Any = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Fault:
    """What goes wrong where ``path`` fits the path, or path and query, ``times`` times.

    A reply in the place of the true one, half of the true one (``truncated``), or the true one after ``seconds``.
    """

    path: str
    reply: Reply | None = None
    truncated: bool = False
    seconds: float = 0.0
    times: int = 1_000_000

    def takes(self, asked: Asked) -> bool:
        """Whether this request is one of those that fail; counts it."""
        if self.times <= 0 or not any(re.search(self.path, where) for where in (asked.path, asked.target)):
            return False
        self.times -= 1
        return True


class FakeRest(ABC):
    """Answers by ``answer``, which each host's fake writes, with ETags, pages and a budget. Used as a context."""

    #: What the headers of the budget begin with.
    rate = "X-RateLimit-"

    def __init__(self) -> None:
        self.requests: list[Asked] = []
        self.faults: list[Fault] = []
        self.limit, self.remaining, self.reset = 5000, 5000, int(time.time()) + 3600
        self.page_size = 100
        self.lock = Lock()
        handler = type("Handler", (_Handler,), {"fake": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)

    @abstractmethod
    def answer(self, asked: Asked) -> Reply:
        """The true answer."""

    def refuse_exhausted(self) -> Reply:
        """The answer when the budget is spent."""
        return Reply(403, {"message": "API rate limit exceeded"})

    @property
    def netloc(self) -> str:
        """Host and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{self.netloc}"

    def asked_for(self, path: str) -> list[Asked]:
        """The requests to paths that fit the regular expression ``path``."""
        return [asked for asked in self.requests if re.search(path, asked.path)]

    def page(self, asked: Asked, items: list[Any]) -> Reply:
        """The page of ``items`` that was asked for, with the address of the next in ``Link``."""
        size = min(int(asked.query.get("per_page", "30")), self.page_size)
        number = int(asked.query.get("page", "1"))
        part = items[(number - 1) * size : number * size]
        if number * size >= len(items):
            return Reply(200, part)
        query = urlencode({**asked.query, "page": str(number + 1)})
        return Reply(200, part, {"Link": f'<{self.url}{asked.path}?{query}>; rel="next"'})

    def __enter__(self) -> Self:
        Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reply_to(self, asked: Asked) -> tuple[Reply, Fault | None]:
        """The true answer or a fault, with the budget counted."""
        with self.lock:
            self.requests.append(asked)
            fault = next((one for one in self.faults if one.takes(asked)), None)
            reply = fault.reply if fault and fault.reply else self._true(asked)
            return self._with_budget(reply), fault

    def _true(self, asked: Asked) -> Reply:
        if self.remaining <= 0:
            return self.refuse_exhausted()
        reply = self.answer(asked)
        if asked.method == "GET" and reply.status == 200:
            reply = _conditional(asked, reply)
        if reply.status != 304:
            self.remaining -= 1
        return reply

    def _with_budget(self, reply: Reply) -> Reply:
        told = {"Limit": self.limit, "Remaining": self.remaining, "Reset": self.reset}
        rate = {f"{self.rate}{name}": str(value) for name, value in told.items()}
        return Reply(reply.status, reply.body, {**rate, **reply.headers})


def _conditional(asked: Asked, reply: Reply) -> Reply:
    """304 when the one who asks has it already."""
    etag = f'W/"{hashlib.sha256(_bytes(reply.body)).hexdigest()}"'
    if asked.headers.get("if-none-match") == etag:
        return Reply(304, b"", {"ETag": etag})
    return Reply(reply.status, reply.body, {**reply.headers, "ETag": etag})


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


class _Handler(BaseHTTPRequestHandler):
    fake: FakeRest
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def do_GET(self) -> None:
        self._reply()

    def do_POST(self) -> None:
        self._reply()

    def do_PUT(self) -> None:
        self._reply()

    def do_DELETE(self) -> None:
        self._reply()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def _reply(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(sent) if sent and "json" in self.headers.get("Content-Type", "") else None
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply, fault = self.fake.reply_to(Asked(self.command, parts.path, dict(parse_qsl(parts.query)), headers, body))
        data = _bytes(reply.body) if reply.status != 304 else b""
        if fault and fault.seconds:
            time.sleep(fault.seconds)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if fault and fault.truncated:
            self.close_connection = True
            data = data[: len(data) // 2]
        self.wfile.write(data)

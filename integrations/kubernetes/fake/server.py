"""The emulated API over HTTP."""

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from integrations.kubernetes.fake.addresses import ACCESS_REVIEWS, Address, discovery, label_selector, read_address
from integrations.kubernetes.fake.cluster import Cluster, Write
from integrations.kubernetes.fake.refusals import Refusal, bad_request

Object = dict[str, Any]
Answer = tuple[HTTPStatus, Object]
_MOST_BYTES = 3 * 1024 * 1024
_APPLY, _MERGE = "application/apply-patch+yaml", "application/merge-patch+json"


def make_server(cluster: Cluster, port: int) -> ThreadingHTTPServer:
    """A server for ``cluster`` on the loopback interface; port 0 takes a free one."""
    handler = type("Handler", (_Handler,), {"cluster": cluster})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


class _Handler(BaseHTTPRequestHandler):
    cluster: Cluster
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one packet an answer: two of them would wait 40 ms for each other

    def do_GET(self) -> None:
        self._answer(self._get)

    def do_POST(self) -> None:
        self._answer(self._post)

    def do_PUT(self) -> None:
        self._answer(self._put)

    def do_PATCH(self) -> None:
        self._answer(self._patch)

    def do_DELETE(self) -> None:
        self._answer(self._delete)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the supervisor merges every part's output into one log."""

    def _answer(self, act: Callable[[str, Mapping[str, str]], Answer]) -> None:
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        try:
            if query.get("watch") == "true":
                self._stream(parts.path, query)
                return
            code, body = act(parts.path, query)
        except Refusal as refusal:
            code, body = refusal.code, refusal.status
        self._send(code, body)

    def _stream(self, path: str, query: Mapping[str, str]) -> None:
        """Answer a watch: a line an event. The status was sent long before one can be refused."""
        at = self._at(path)
        events = self.cluster.watch(
            at.kind, at.namespace, query.get("resourceVersion", ""), float(query.get("timeoutSeconds", 60))
        )
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for event in events:
                self._chunk({"type": event.type, "object": event.object})
        except Refusal as refusal:
            self._chunk({"type": "ERROR", "object": refusal.status})
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True
            return
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, line: Object) -> None:
        data = json.dumps(line).encode() + b"\n"
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def _send(self, code: HTTPStatus, body: Object) -> None:
        data = b"ok" if not body else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json" if body else "text/plain")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _get(self, path: str, query: Mapping[str, str]) -> Answer:
        if path in ("/readyz", "/livez", "/healthz"):
            return HTTPStatus.OK, {}
        if found := discovery(path, self.cluster.kinds()):
            return HTTPStatus.OK, found
        at = self._at(path)
        if at.name:
            return HTTPStatus.OK, self.cluster.read(at.kind, at.namespace, at.name)
        return HTTPStatus.OK, self.cluster.listing(
            at.kind, at.namespace, label_selector(query.get("labelSelector", ""))
        )

    def _post(self, path: str, query: Mapping[str, str]) -> Answer:
        if path == ACCESS_REVIEWS:
            return HTTPStatus.CREATED, {**self._body(), "status": {"allowed": True}}  # nobody is told apart here
        at, body = self._at(path), self._body()
        name = str(body.get("metadata", {}).get("name", ""))
        if not name:
            raise bad_request("name is required")
        self.cluster.refuse_existing(at.kind, at.namespace, name)
        return self.cluster.update(at.kind, at.namespace, name, lambda _: body, _write(query))

    def _put(self, path: str, query: Mapping[str, str]) -> Answer:
        at, body = self._named(path), self._body()
        return self.cluster.update(at.kind, at.namespace, at.name, lambda _: body, _write(query))

    def _patch(self, path: str, query: Mapping[str, str]) -> Answer:
        at, body = self._named(path), self._body()
        kind = self.headers.get_content_type()
        if kind == _APPLY and at.part:
            return self.cluster.apply_status(at.kind, at.namespace, at.name, body, _write(query))
        if kind == _APPLY:
            return self.cluster.apply(at.kind, at.namespace, at.name, body, _write(query))
        if kind != _MERGE:
            raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"{kind} is not emulated", reason="UnsupportedMediaType")
        self.cluster.read(at.kind, at.namespace, at.name)
        return self.cluster.update(at.kind, at.namespace, at.name, lambda live: _merged(live, body), _write(query))

    def _delete(self, path: str, query: Mapping[str, str]) -> Answer:
        at = self._named(path)
        self._body()
        return HTTPStatus.OK, self.cluster.delete(at.kind, at.namespace, at.name, dry_run="dryRun" in query)

    def _at(self, path: str) -> Address:
        return read_address(path, self.cluster.kinds())

    def _named(self, path: str) -> Address:
        at = self._at(path)
        if not at.name:
            raise Refusal(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "the server does not allow this method on the requested resource",
                reason="MethodNotAllowed",
            )
        return at

    def _body(self) -> Object:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _MOST_BYTES:
            self.close_connection = True
            raise Refusal(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"Request entity too large: limit is {_MOST_BYTES}",
                reason="RequestEntityTooLarge",
            )
        try:
            body = json.loads(self.rfile.read(length) or b"{}")
        except ValueError:
            raise bad_request("the body is not JSON, which is all that is emulated of YAML") from None
        if not isinstance(body, dict):
            raise bad_request("the body is not an object")
        return body


def _write(query: Mapping[str, str]) -> Write:
    return Write(query.get("fieldManager", ""), dry_run="dryRun" in query, force=query.get("force") == "true")


def _merged(live: Any, patch: Any) -> Any:
    """A JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(live) if isinstance(live, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = _merged(result.get(name), value)
    return result

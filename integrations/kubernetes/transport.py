"""The kubernetes package's dynamic client, made from our credentials and kept quiet on the disk."""

import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from integrations.kubernetes.kubeconfig import Credentials

#: Seconds to connect and to wait for an answer. The package itself would wait for ever.
TIMEOUTS = (5.0, 30.0)

if TYPE_CHECKING:
    from kubernetes.dynamic import DynamicClient


class Transport:
    """Owns a private folder for what the package wants as files: client certificate, key, discovery cache.

    The package's own place for the cache is shared between all users of the machine.
    """

    def __init__(self, credentials: Credentials, timeouts: tuple[float, float] = TIMEOUTS) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cairn-kubernetes-")
        self.dynamic = self._connect(credentials, timeouts)

    def _connect(self, credentials: Credentials, timeouts: tuple[float, float]) -> "DynamicClient":
        # Imported late: it costs 0.6 s, and only workers talk to clusters.
        from kubernetes.client import ApiClient, Configuration
        from kubernetes.dynamic import DynamicClient
        from urllib3 import Retry

        configuration = Configuration(
            host=_pinned(credentials),
            api_key={"BearerToken": f"Bearer {credentials.token}"} if credentials.token else None,
            ca_cert_data=credentials.authority.decode() or None,
            cert_file=self._file("client.crt", credentials.certificate),
            key_file=self._file("client.key", credentials.key),
            # An API server never sends elsewhere; what claims to be one could send us inside with our token.
            retries=Retry(total=1, redirect=False),
            tls_server_name=urlsplit(credentials.server).hostname if credentials.address else None,
        )
        api = ApiClient(configuration)
        if credentials.address:
            api.default_headers["Host"] = urlsplit(credentials.server).netloc
        api.call_api = partial(_in_time, api.call_api, timeouts)  # type: ignore[method-assign]
        cache = Path(self._folder.name) / "discovery.json"
        return DynamicClient(api, cache_file=str(cache))  # type: ignore[no-untyped-call]

    def _file(self, name: str, content: bytes) -> str | None:
        if not content:
            return None
        path = Path(self._folder.name) / name
        path.write_bytes(content)  # the folder is ours alone (0700)
        return str(path)


def _pinned(credentials: Credentials) -> str:
    """The server's URL with the address that was checked in the place of its name."""
    if not credentials.address:
        return credentials.server
    parts = urlsplit(credentials.server)
    host = f"[{credentials.address}]" if ":" in credentials.address else credentials.address
    return urlunsplit(parts._replace(netloc=f"{host}:{parts.port}" if parts.port else host))


def _in_time(
    call: Callable[..., Any], timeouts: tuple[float, float], *request: Any, _request_timeout: Any = None
) -> Any:
    # Here and not at each call, because discovery gives no timeout and no way to pass one.
    return call(*request, _request_timeout=_request_timeout or timeouts)

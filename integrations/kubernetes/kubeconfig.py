"""Reads the credentials of one cluster out of a kubeconfig; runs nothing that stands in it."""

import base64
import binascii
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from common.errors import ProviderError

_PROGRAMS = ("exec", "auth-provider")
_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Credentials:
    """Where an API server is and who we are there. Certificates and keys are PEM bytes.

    ``address`` is where the host was found to be when it was checked: connections go there and nowhere else.
    """

    server: str
    token: str = field(default="", repr=False)
    authority: bytes = b""
    certificate: bytes = b""
    key: bytes = field(default=b"", repr=False)
    address: str = ""


def read_kubeconfig(path: Path) -> Credentials:
    """The credentials of the current context of the kubeconfig at ``path``.

    Raises ProviderError when it cannot be read, names a program to run, or switches off TLS checks.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise _unusable(path, error.strerror or "it cannot be read") from None
    if len(raw) > _MOST_BYTES:
        raise _unusable(path, "it is larger than 1 MiB")
    try:
        document = yaml.safe_load(raw)
    except yaml.YAMLError:
        raise _unusable(path, "it is not YAML") from None
    try:
        return _Reader(path, document).credentials()
    except (KeyError, TypeError, AttributeError, StopIteration):
        raise _unusable(path, "its current context does not name a cluster and a user") from None


def _unusable(path: Path, why: str) -> ProviderError:
    return ProviderError(
        f"The kubeconfig {path.name} cannot be used: {why}.",
        permanent=True,
        id="kubeconfig-unusable",
        hint="Give CAIRN_KUBECONFIG a file with a server, its authority, and a token or a client certificate.",
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    path: Path
    document: dict[str, Any]

    def credentials(self) -> Credentials:
        context = self._named("contexts", "context", self.document["current-context"])
        cluster = self._named("clusters", "cluster", context["cluster"])
        user = self._named("users", "user", context["user"])
        for program in _PROGRAMS:
            if program in user:
                raise _unusable(self.path, f"its user is a program to run ({program}), and Cairn runs none")
        if cluster.get("insecure-skip-tls-verify"):
            raise _unusable(self.path, "it switches off the check of the server's certificate")
        if not str(cluster["server"]).startswith(("https://", "http://")):
            raise _unusable(self.path, "its server is no http(s) URL")
        return Credentials(
            server=str(cluster["server"]).rstrip("/"),
            token=str(user.get("token") or self._file(user, "tokenFile").decode().strip()),
            authority=self._pem(cluster, "certificate-authority"),
            certificate=self._pem(user, "client-certificate"),
            key=self._pem(user, "client-key"),
        )

    def _named(self, plural: str, singular: str, name: str) -> dict[str, Any]:
        found: dict[str, Any] = next(each[singular] for each in self.document[plural] if each["name"] == name)
        return found

    def _pem(self, holder: dict[str, Any], name: str) -> bytes:
        if inline := holder.get(f"{name}-data"):
            try:
                return base64.b64decode(inline, validate=True)
            except binascii.Error:
                raise _unusable(self.path, f"{name}-data is not base64") from None
        return self._file(holder, name)

    def _file(self, holder: dict[str, Any], name: str) -> bytes:
        if not (given := holder.get(name)):
            return b""
        try:
            return (self.path.parent / str(given)).read_bytes()
        except OSError as error:
            raise _unusable(self.path, f"{name}: {error.strerror}") from None

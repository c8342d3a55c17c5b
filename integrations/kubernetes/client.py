"""A client for one cluster: plain dicts in and out, errors in our words, a timeout on every call.

The kubernetes package takes 0.6 s to import, so it is imported when the first client is made.
"""

import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from common.errors import CairnError, NotFound, ProviderError
from integrations.kubernetes.errors import KubernetesRefused, error_for, unreachable
from integrations.kubernetes.kubeconfig import Credentials, read_kubeconfig
from integrations.kubernetes.objects import FIELD_MANAGER, Manifest, ObjectRef, ref_of

#: Seconds to connect and to wait for an answer.
TIMEOUTS = (5.0, 30.0)
_POLL_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class ServerVersion:
    """What answers. ``emulated`` is true for Cairn's own emulation of the API."""

    text: str
    emulated: bool


class Client:
    """Talks to the API server that ``credentials`` name, as ``field_manager``.

    Raises ProviderError when the server does not answer or refuses, Conflict (FieldConflict for fields
    that others own) when the world has moved on.
    """

    def __init__(self, credentials: Credentials, *, field_manager: str = FIELD_MANAGER) -> None:
        self.credentials = credentials
        self.field_manager = field_manager

    @classmethod
    def from_kubeconfig(cls, path: Path, *, field_manager: str = FIELD_MANAGER) -> Self:
        """A client for the current context of the kubeconfig at ``path``."""
        return cls(read_kubeconfig(path), field_manager=field_manager)

    @property
    def server(self) -> str:
        """The URL of the API server."""
        return self.credentials.server

    def apply(self, manifest: Manifest, *, dry_run: bool = False, force: bool = False) -> Manifest:
        """Apply ``manifest`` on the server's side and return the whole object as it is then.

        What we applied before and leave out now is removed. ``dry_run`` runs admission and keeps nothing;
        ``force`` takes fields that others own. A field the server does not know is an error, never dropped.
        """
        raise NotImplementedError

    def get(self, ref: ObjectRef) -> Manifest | None:
        """The object as it is, or None."""
        raise NotImplementedError

    def list(
        self, api_version: str, kind: str, *, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> list[Manifest]:
        """All objects of a kind, of one namespace or of all, with all of ``labels``."""
        raise NotImplementedError

    def delete(self, ref: ObjectRef) -> bool:
        """Ask for the deletion of ``ref``; False when it was not there. See :meth:`wait_gone`."""
        raise NotImplementedError

    def wait_gone(self, ref: ObjectRef, *, timeout: float) -> None:
        """Return when ``ref`` is really gone; raise ProviderError naming what holds it after ``timeout`` seconds."""
        raise NotImplementedError

    def server_version(self) -> ServerVersion:
        """The server's version; also the cheapest way to ask whether it answers."""
        raise NotImplementedError

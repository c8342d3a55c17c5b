"""Clusters to test against: the emulated API always, a real control plane where KUBEBUILDER_ASSETS names one."""

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from integrations.kubernetes.client import Client
from integrations.kubernetes.fake.cluster import Cluster
from integrations.kubernetes.fake.server import make_server
from integrations.kubernetes.kubeconfig import Credentials, read_kubeconfig
from integrations.kubernetes.objects import ObjectRef
from portal.cluster import ControlPlane

WHY_NOT = "no real Kubernetes: unpack a control plane (make kubernetes) and set KUBEBUILDER_ASSETS to its folder"
#: People with few rights on a real control plane, by token: the name and the group of each.
ACCOUNTS = {"weak-token": ("cairn", "portals"), "member-token": ("alice", "orders-team")}


@dataclass(frozen=True)
class Server:
    """An API server for tests."""

    credentials: Credentials
    real: bool

    def client(self, field_manager: str = "cairn") -> Client:
        """A client with all rights."""
        return Client(self.credentials, field_manager=field_manager)

    def client_of(self, token: str) -> Client:
        """A client of one of the ACCOUNTS, who may nothing until told otherwise; only a real server knows them."""
        return Client(Credentials(self.credentials.server, token=token, authority=self.credentials.authority))

    def edit(self, ref: ObjectRef, patch: Mapping[str, Any]) -> None:
        """Change an object by hand, as ``kubectl edit`` does: a merge patch, no apply."""
        dynamic = self.client()._transport.dynamic
        dynamic.resources.get(api_version=ref.api_version, kind=ref.kind).patch(
            body=dict(patch),
            name=ref.name,
            namespace=ref.namespace or None,
            content_type="application/merge-patch+json",
            field_manager="kubectl-edit",
        )


@pytest.fixture(scope="session")
def emulated_cluster() -> Iterator[Server]:
    """The emulated API, served over HTTP by a thread."""
    server = make_server(Cluster(linger=0.3), 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Server(Credentials(f"http://127.0.0.1:{server.server_port}"), real=False)
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def real_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """etcd, kube-apiserver and kube-controller-manager as `make up` starts them, in about three seconds."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if not assets:
        pytest.skip(WHY_NOT)
    processes = _Processes()
    try:
        plane = ControlPlane(Path(assets), tmp_path_factory.mktemp("control-plane"), os.environ, ACCOUNTS)
        yield Server(read_kubeconfig(plane.start(processes)), real=True)
    finally:
        processes.kill()


@pytest.fixture(params=["emulated", pytest.param("real", marks=pytest.mark.kubernetes)])
def cluster(request: pytest.FixtureRequest) -> Server:
    """Each in turn: what is promised of one holds for both."""
    server: Server = request.getfixturevalue(f"{request.param}_cluster")
    return server


@pytest.fixture
def fresh_name() -> str:
    """A name that no other test uses."""
    return f"orders-{uuid4().hex[:8]}"


class _Processes:
    """Starts without looking after: what dies fails the test, and the end takes no patience."""

    def __init__(self) -> None:
        self._started: list[subprocess.Popen[bytes]] = []

    def add(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._started.append(subprocess.Popen(list(command), env=dict(environment)))

    def kill(self) -> None:
        for process in reversed(self._started):
            process.kill()
            process.wait()

"""Clusters to test against: the emulated API always, a real control plane where KUBEBUILDER_ASSETS names one."""

import os
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from ssl import CERT_NONE, create_default_context
from uuid import uuid4

import pytest
import yaml

from integrations.kubernetes.client import Client
from integrations.kubernetes.fake.cluster import Cluster
from integrations.kubernetes.fake.server import make_server
from integrations.kubernetes.kubeconfig import Credentials

WHY_NOT = "no real Kubernetes: unpack a control plane (make kubernetes) and set KUBEBUILDER_ASSETS to its folder"
ADMIN, WEAK = "admin-token", "weak-token"


@dataclass(frozen=True)
class Server:
    """An API server for tests. ``weak`` is somebody who may nothing until told otherwise; only real ones have it."""

    credentials: Credentials
    real: bool
    weak: Credentials | None = None

    def client(self, field_manager: str = "cairn") -> Client:
        """A client with all rights."""
        return Client(self.credentials, field_manager=field_manager)


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
    """etcd, kube-apiserver and kube-controller-manager, in about three seconds."""
    assets = os.environ.get("KUBEBUILDER_ASSETS")
    if not assets:
        pytest.skip(WHY_NOT)
    plane = _ControlPlane(Path(assets), tmp_path_factory.mktemp("control-plane"))
    try:
        yield plane.start()
    finally:
        plane.stop()


@pytest.fixture(params=["emulated", pytest.param("real", marks=pytest.mark.kubernetes)])
def cluster(request: pytest.FixtureRequest) -> Server:
    """Each in turn: what is promised of one holds for both."""
    server: Server = request.getfixturevalue(f"{request.param}_cluster")
    return server


@pytest.fixture
def fresh_name() -> str:
    """A name that no other test uses."""
    return f"orders-{uuid4().hex[:8]}"


class _ControlPlane:
    def __init__(self, assets: Path, folder: Path) -> None:
        self.assets, self.folder = assets, folder
        self.etcd, self.port = _free_port(), _free_port()
        self.processes: list[subprocess.Popen[bytes]] = []

    def start(self) -> Server:
        self._write_secrets()
        etcd = f"http://127.0.0.1:{self.etcd}"
        self._run("etcd", f"--data-dir={self.folder / 'etcd'}", f"--listen-client-urls={etcd}",
                  f"--advertise-client-urls={etcd}", "--listen-peer-urls=http://127.0.0.1:0",
                  "--unsafe-no-fsync")  # fmt: skip
        self._run("kube-apiserver", f"--etcd-servers={etcd}", f"--cert-dir={self.folder}", "--bind-address=127.0.0.1",
                  f"--secure-port={self.port}", "--service-cluster-ip-range=10.0.0.0/24", "--authorization-mode=RBAC",
                  f"--token-auth-file={self.folder / 'tokens.csv'}",
                  "--service-account-issuer=https://kubernetes.default.svc",
                  f"--service-account-key-file={self.folder / 'sa.pub'}",
                  f"--service-account-signing-key-file={self.folder / 'sa.key'}",
                  "--disable-admission-plugins=ServiceAccount", "--allow-privileged=true")  # fmt: skip
        self._wait_ready()
        authority = (self.folder / "apiserver.crt").read_bytes()
        admin, weak = (Credentials(self.url, token=token, authority=authority) for token in (ADMIN, WEAK))
        kubeconfig = self._kubeconfig()
        self._run("kube-controller-manager", *(f"--{name}={kubeconfig}" for name in _KUBECONFIGS),
                  f"--controllers={','.join(_CONTROLLERS)}",
                  f"--service-account-private-key-file={self.folder / 'sa.key'}",
                  "--leader-elect=false", "--secure-port=0")  # fmt: skip
        return Server(admin, real=True, weak=weak)

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.wait()

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def _run(self, program: str, *arguments: str) -> None:
        with (self.folder / f"{program}.log").open("wb") as log:
            command = [str(self.assets / program), *arguments]
            self.processes.append(subprocess.Popen(command, stdout=log, stderr=log, cwd=self.folder))

    def _write_secrets(self) -> None:
        key, public = self.folder / "sa.key", self.folder / "sa.pub"
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        subprocess.run(["openssl", "rsa", "-in", key, "-pubout", "-out", public], check=True, capture_output=True)
        (self.folder / "tokens.csv").write_text(f'{ADMIN},admin,1,"system:masters"\n{WEAK},cairn,2,"portals"\n')

    def _wait_ready(self) -> None:
        context = create_default_context()
        context.check_hostname, context.verify_mode = False, CERT_NONE
        request = urllib.request.Request(f"{self.url}/readyz", headers={"Authorization": f"Bearer {ADMIN}"})
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                with urllib.request.urlopen(request, context=context, timeout=5):
                    return
            except OSError:
                time.sleep(0.1)
        pytest.fail((self.folder / "kube-apiserver.log").read_text()[-3000:])

    def _kubeconfig(self) -> Path:
        path = self.folder / "kubeconfig"
        cluster = {"server": self.url, "certificate-authority": str(self.folder / "apiserver.crt")}
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "test",
            "clusters": [{"name": "test", "cluster": cluster}],
            "users": [{"name": "test", "user": {"token": ADMIN}}],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
        }
        path.write_text(yaml.safe_dump(document))
        return path


_KUBECONFIGS = ("kubeconfig", "authentication-kubeconfig", "authorization-kubeconfig")
_CONTROLLERS = (
    "namespace-controller",
    "resourcequota-controller",
    "serviceaccount-controller",
    "root-ca-certificate-publisher-controller",
    "garbage-collector-controller",
)


def _free_port() -> int:
    with create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])

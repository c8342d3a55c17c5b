"""A Kubernetes API for one machine: a real control plane where KUBEBUILDER_ASSETS names it, else the emulation."""

import json
import secrets
import socket
import ssl
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from integrations.kubernetes.client import Client
from integrations.kubernetes.rights import read_rights
from portal.data_folder import write_private
from portal.supervisor import Supervisor
from provisioning.custom_resource import read_definition

START_SECONDS = 60
CONTROLLERS = (
    "namespace-controller",
    "resourcequota-controller",
    "serviceaccount-controller",
    "root-ca-certificate-publisher-controller",
    "garbage-collector-controller",
    "clusterrole-aggregation-controller",  # without it the roles edit and view give nothing
)


class Starter(Protocol):
    """Starts a process and keeps it, as the supervisor does."""

    def add(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start ``command``."""


def start_cluster(supervisor: Supervisor, data: Path, environment: Mapping[str, str]) -> Path:
    """Start it and answer the path of its kubeconfig, which only its owner may read."""
    assets = Path(environment.get("KUBEBUILDER_ASSETS") or "/nonexistent")
    if (assets / "kube-apiserver").is_file():
        return ControlPlane(assets, data, environment).start(supervisor)
    return _emulate(supervisor, data, environment)


def _emulate(supervisor: Supervisor, data: Path, environment: Mapping[str, str]) -> Path:
    port = free_port()
    state = str(data / "kubernetes.json")
    command = [sys.executable, "-m", "integrations.kubernetes.fake", "--port", str(port), "--state", state]
    supervisor.add("kubernetes", command, environment)
    _wait(lambda: _connects(port), "The emulated Kubernetes API")
    kubeconfig = _write_kubeconfig(data / "kubeconfig", {"server": f"http://127.0.0.1:{port}"}, {})
    Client.from_kubeconfig(kubeconfig).apply(read_definition(), force=True)
    return kubeconfig


class ControlPlane:
    """etcd, kube-apiserver and kube-controller-manager with their files in the data folder.

    ``accounts`` are people besides the administrator, by token: the name and the group of each.
    """

    def __init__(
        self,
        assets: Path,
        data: Path,
        environment: Mapping[str, str],
        accounts: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        self._assets, self._environment, self._accounts = assets, environment, accounts or {}
        self._kubeconfig = data / "kubeconfig"
        self._folder = data / "kubernetes"
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._etcd, self._port, self._peer = free_port(), free_port(), free_port()

    def start(self, starter: Starter) -> Path:
        """Start the three and answer the kubeconfig of an administrator."""
        token = self._write_secrets()
        self._run(starter, "etcd", self._etcd_options())
        _wait(lambda: _connects(self._etcd), "etcd")
        self._run(starter, "kube-apiserver", self._apiserver_options())
        _wait(lambda: self._is_ready(token), "The Kubernetes API")
        cluster = {
            "server": f"https://127.0.0.1:{self._port}",
            "certificate-authority": str(self._folder / "apiserver.crt"),
        }
        _write_kubeconfig(self._kubeconfig, cluster, {"token": token})
        self._run(starter, "kube-controller-manager", self._controller_options())
        client = Client.from_kubeconfig(self._kubeconfig)
        for manifest in (*read_rights(), read_definition()):
            client.apply(manifest, force=True)  # whoever tried another one here: what counts is the file
        return self._kubeconfig

    def _run(self, starter: Starter, program: str, options: Mapping[str, str]) -> None:
        command = [str(self._assets / program), *(f"--{name}={value}" for name, value in options.items())]
        # Their chatter fills the log; what is wrong with them shows in /readyz and in the portal's own words.
        quiet = ["sh", "-c", 'exec "$@" >>"$0" 2>&1', str(self._folder / f"{program}.log"), *command]
        starter.add(program.removeprefix("kube-")[:10], quiet, self._environment)

    def _etcd_options(self) -> dict[str, str]:
        url = f"http://127.0.0.1:{self._etcd}"
        return {
            "data-dir": str(self._folder / "etcd"),
            "listen-client-urls": url,
            "advertise-client-urls": url,
            "listen-peer-urls": f"http://127.0.0.1:{self._peer}",
            "unsafe-no-fsync": "true",
        }

    def _apiserver_options(self) -> dict[str, str]:
        folder = self._folder
        return {
            "etcd-servers": f"http://127.0.0.1:{self._etcd}",
            "cert-dir": str(folder),
            "bind-address": "127.0.0.1",
            "secure-port": str(self._port),
            "service-cluster-ip-range": "10.0.0.0/24",
            "authorization-mode": "RBAC",
            "token-auth-file": str(folder / "tokens.csv"),
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": str(folder / "sa.pub"),
            "service-account-signing-key-file": str(folder / "sa.key"),
            "disable-admission-plugins": "ServiceAccount",
            "allow-privileged": "true",
        }

    def _controller_options(self) -> dict[str, str]:
        kubeconfig = str(self._kubeconfig)
        return {
            "kubeconfig": kubeconfig,
            "authentication-kubeconfig": kubeconfig,
            "authorization-kubeconfig": kubeconfig,
            "controllers": ",".join(CONTROLLERS),
            "service-account-private-key-file": str(self._folder / "sa.key"),
            "leader-elect": "false",
            "secure-port": "0",
        }

    def _write_secrets(self) -> str:
        """Keys for service accounts and the administrator's token, made once."""
        tokens = self._folder / "tokens.csv"
        if not tokens.exists():
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            private = key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
            public = key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            write_private(self._folder / "sa.key", private.decode())
            write_private(self._folder / "sa.pub", public.decode())
            people = {secrets.token_urlsafe(32): ("admin", "system:masters"), **self._accounts}
            lines = (f'{token},{name},{name},"{group}"' for token, (name, group) in people.items())
            write_private(tokens, "\n".join(lines))
        return tokens.read_text().split(",", 1)[0]

    def _is_ready(self, token: str) -> bool:
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # it has just made its own certificate
        url = f"https://127.0.0.1:{self._port}/readyz"
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, context=context, timeout=5) as answer:  # noqa: S310
                return bool(answer.status == 200)
        except OSError:
            return False


def _write_kubeconfig(file: Path, cluster: dict[str, str], user: dict[str, str]) -> Path:
    document: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "cairn",
        "clusters": [{"name": "cairn", "cluster": cluster}],
        "users": [{"name": "cairn", "user": user}],
        "contexts": [{"name": "cairn", "context": {"cluster": "cairn", "user": "cairn"}}],
    }
    write_private(file, json.dumps(document, indent=2))
    return file


def free_port() -> int:
    """A port of the loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _connects(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(answers: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not answers():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not answer in time.")
        time.sleep(0.1)

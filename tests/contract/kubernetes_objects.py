"""Objects to apply, and who applies them, for the tests of what a Kubernetes API promises."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integrations.kubernetes.client import Client
from integrations.kubernetes.objects import ref_of
from tests.kubernetes import Server, cluster, emulated_cluster, fresh_name, real_cluster

Manifest = dict[str, Any]
RBAC, NETWORKING = "rbac.authorization.k8s.io/v1", "networking.k8s.io/v1"

__all__ = [
    "NETWORKING",
    "RBAC",
    "Manifest",
    "client",
    "cluster",
    "config",
    "emulated_cluster",
    "eventually",
    "fresh_name",
    "home",
    "namespace",
    "of",
    "quota",
    "real_cluster",
    "somebody",
]


@pytest.fixture
def client(cluster: Server) -> Client:
    return cluster.client()


@pytest.fixture
def somebody(cluster: Server) -> Client:
    """Another field manager, such as a person with an editor."""
    return cluster.client("kubectl-edit")


@pytest.fixture
def home(client: Client, fresh_name: str) -> Iterator[str]:
    """A namespace to test in."""
    client.apply(namespace(fresh_name))
    yield fresh_name
    client.delete(ref_of(namespace(fresh_name)))


def namespace(name: str, **metadata: Any) -> Manifest:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, **metadata}}


def quota(home: str, *, name: str = "quota", **hard: object) -> Manifest:
    amounts = {resource.replace("_", "."): amount for resource, amount in hard.items()}
    return of("v1", "ResourceQuota", home, name, spec={"hard": amounts})


def config(home: str, *, name: str = "settings", **data: str) -> Manifest:
    return of("v1", "ConfigMap", home, name, data=data)


def of(api_version: str, kind: str, home: str, name: str, **content: Any) -> Manifest:
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, "namespace": home}, **content}


def eventually(happened: Callable[[], bool], *, seconds: float = 60) -> None:
    """Wait for what the cluster's controllers do in their own time."""
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.1)

"""The rights that the blueprint's README asks for are enough, and give no more than they say."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from integrations.kubernetes.client import Client
from integrations.kubernetes.errors import KubernetesRefused
from integrations.kubernetes.objects import ObjectRef, ref_of
from provisioning.blueprints import blueprint_named
from provisioning.bundle import NamespaceSpec, render
from tests.kubernetes import Server, fresh_name, real_cluster  # noqa: F401

pytestmark = pytest.mark.kubernetes
QUOTA = {"requests.cpu": "1", "limits.cpu": "2"}


@pytest.fixture
def limited(real_cluster: Server) -> Iterator[Client]:  # noqa: F811
    """Somebody with the documented role and nothing else."""
    readme = (Path(blueprint_named("namespace").folder) / "README.md").read_text()
    role = yaml.safe_load(readme.split("```yaml\n")[1].split("```")[0])
    group = "rbac.authorization.k8s.io"
    binding = {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "cairn"},
        "roleRef": {"apiGroup": group, "kind": "ClusterRole", "name": "cairn"},
        "subjects": [{"apiGroup": group, "kind": "User", "name": "cairn"}],
    }
    admin = real_cluster.client()
    admin.apply(role)
    admin.apply(binding)
    assert real_cluster.weak is not None
    yield Client(real_cluster.weak)
    admin.delete(ref_of(binding))
    admin.delete(ref_of(role))


def spec_of(name: str, role: str = "edit") -> NamespaceSpec:
    team = "group:default/orders-team"
    return NamespaceSpec(name, team, "development", QUOTA, viewers=("platform-viewers",), member_role=role)


def test_the_documented_rights_make_change_and_remove_a_namespace(limited: Client, fresh_name: str) -> None:  # noqa: F811
    manifests = render(spec_of(fresh_name))
    _wait_until_allowed(limited, manifests[0])
    for manifest in manifests:
        limited.apply(manifest)
    for manifest in manifests:
        limited.apply(manifest, dry_run=True)
        assert limited.get(ref_of(manifest)) is not None
    assert limited.list("networking.k8s.io/v1", "NetworkPolicy", namespace=fresh_name)
    assert limited.delete(ref_of(manifests[-1]))
    namespace = ref_of(manifests[0])
    assert limited.delete(namespace)
    limited.wait_gone(namespace, timeout=30)


def test_they_read_no_secrets_and_hand_out_no_other_role(limited: Client, fresh_name: str) -> None:  # noqa: F811
    with pytest.raises(KubernetesRefused) as refused:
        limited.list("v1", "Secret")
    assert refused.value.id == "kubernetes-forbidden"
    assert "README" in refused.value.hint
    manifests = {ref_of(each).address: each for each in render(spec_of(fresh_name, role="cluster-admin"))}
    limited.apply(manifests[f"Namespace/{fresh_name}"])
    with pytest.raises(KubernetesRefused, match="attempting to grant"):
        limited.apply(manifests[f"RoleBinding/{fresh_name}/members"])
    limited.delete(ObjectRef("v1", "Namespace", fresh_name))


def _wait_until_allowed(client: Client, manifest: dict[str, object]) -> None:
    """A binding takes a moment to reach the server's authorizer."""
    for _ in range(100):
        try:
            client.apply(manifest, dry_run=True)
            return
        except KubernetesRefused:
            time.sleep(0.2)
    client.apply(manifest, dry_run=True)

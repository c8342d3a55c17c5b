"""Tasks for the Kubernetes backend on either cluster."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from provisioning.backends.base import Change, Plan, Task
from provisioning.backends.kubernetes import KubernetesBackend
from tests.kubernetes import Server

QUOTA = {"requests.cpu": "1.5", "requests.memory": "1.5Gi", "limits.cpu": "2", "limits.memory": "2Gi"}


@pytest.fixture
def task(cluster: Server, fresh_name: str, settings: Any, tmp_path: Path) -> Task:
    """Make a namespace for orders-team."""
    (tmp_path / "ca.crt").write_bytes(cluster.credentials.authority)
    authority = {"certificate-authority": "ca.crt"} if cluster.real else {}
    config = {
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
        "clusters": [{"name": "c", "cluster": {"server": cluster.credentials.server, **authority}}],
        "users": [{"name": "u", "user": {"token": cluster.credentials.token}}],
    }
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(config))
    settings.KUBECONFIG = str(tmp_path / "kubeconfig")
    return Task(
        action="create",
        resource_id=1,
        name=fresh_name,
        environment="development",
        owner_ref="group:default/orders-team",
        inputs={"quota": QUOTA},
        imposed={},
        module=tmp_path,
        outputs={},
        workspace=tmp_path,
        run_id=1,
        epoch=1,
        log=lambda line: None,
    )


@pytest.fixture
def made(task: Task) -> Task:
    """The same, done."""
    backend = KubernetesBackend()
    backend.apply(task, backend.plan(task))
    return replace(task, action="update")


def fields_of(plan: Plan, address: str) -> dict[str, tuple[Any, Any]]:
    """The fields that change in one object: before and after, by path."""
    change: Change = next(change for change in plan.changes if change.address == address)
    return {field.path: (field.before, field.after) for field in change.fields}


def with_inputs(task: Task, **inputs: Any) -> Task:
    """``task`` with some inputs changed."""
    return replace(task, inputs={**task.inputs, **inputs})

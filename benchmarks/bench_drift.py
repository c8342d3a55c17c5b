"""How long a sweep for drift takes with N namespaces (1,000), and how often it asks the cluster:
``python benchmarks/bench_drift.py [N]``.

The cluster is the emulated one, over HTTP, so that the figure is ours and not a control plane's.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("CAIRN_LOG_LEVEL", "WARNING")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django
import yaml

django.setup()

from django.conf import settings  # noqa: E402

from integrations.kubernetes.client import Client  # noqa: E402
from integrations.kubernetes.fake.cluster import Cluster, Write  # noqa: E402
from integrations.kubernetes.fake.kinds import KINDS  # noqa: E402
from integrations.kubernetes.fake.server import make_server  # noqa: E402
from integrations.kubernetes.objects import ref_of  # noqa: E402
from provisioning.backends.base import Task  # noqa: E402
from provisioning.backends.kubernetes import KubernetesBackend, _bundle  # noqa: E402

QUOTA = {"requests.cpu": "1.5", "requests.memory": "1.5Gi", "limits.cpu": "2", "limits.memory": "2Gi"}


def task(number: int) -> Task:
    """A namespace as it was asked for."""
    return Task(
        action="update",
        resource_id=number,
        name=f"team-{number:05}",
        environment="development",
        owner_ref="group:default/orders-team",
        inputs={"quota": QUOTA},
        imposed={},
        module=Path(),
        outputs={},
        workspace=Path(),
        run_id=0,
        epoch=0,
        log=lambda line: None,
    )


def fill(cluster: Cluster, tasks: list[Task]) -> int:
    """Make the first one, and the others as copies of it, past HTTP and the emulation's own checks; every tenth is
    changed by hand. Answers how many objects there are."""
    kinds, first = {kind.kind: kind for kind in KINDS}, tasks[0]
    for manifest in _bundle(first):
        ref = ref_of(manifest)
        cluster.apply(kinds[ref.kind], ref.namespace, ref.name, manifest, Write("cairn"))
    made = {key: value for key, value in cluster.objects.items() if first.name in key}
    for one in tasks[1:]:
        for (plural, namespace, name), value in made.items():
            text = json.dumps(value).replace(first.name, one.name)
            text = text.replace('"cairn.dev/resource-id": "1"', f'"cairn.dev/resource-id": "{one.resource_id}"')
            place = (plural, namespace and one.name, one.name if name == first.name else name)
            cluster.objects[place] = json.loads(text)
        if one.resource_id % 10 == 0:
            cluster.objects["resourcequotas", one.name, "quota"]["spec"]["hard"]["limits.cpu"] = "99"
    return len(made) * len(tasks)


def main(count: int) -> None:
    """Sweep once and print what it took."""
    cluster = Cluster()
    tasks = [task(number) for number in range(1, count + 1)]
    objects = fill(cluster, tasks)
    server = make_server(cluster, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    asked: list[str] = []
    page = Client._page

    def counted(self: Client, ref: Any, *more: Any) -> Any:
        asked.append(ref.kind)
        return page(self, ref, *more)

    Client._page = counted  # type: ignore[method-assign,assignment]
    with TemporaryDirectory() as folder:
        config = {
            "current-context": "c",
            "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
            "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
            "users": [{"name": "u", "user": {}}],
        }
        (Path(folder) / "kubeconfig").write_text(yaml.safe_dump(config))
        settings.KUBECONFIG = str(Path(folder) / "kubeconfig")
        started = time.perf_counter()
        looks = dict(KubernetesBackend().sweep(tasks))
        seconds = time.perf_counter() - started
    drifted = sum(bool(look.changes) for look in looks.values())
    lists = len(set(asked))
    print(f"{count} namespaces, {objects} objects: {seconds:.2f} s, {lists} lists in {len(asked)} pages")
    print(f"{drifted} drifted of {count // 10} that were changed by hand")
    server.shutdown()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)

"""How long a namespace takes: ``python benchmarks/bench_namespaces.py [COUNT]``.

Starts a real control plane where KUBEBUILDER_ASSETS names one (else the emulated API), files COUNT requests (default
10) one after another, approves each, and takes the steps as a worker does. Prints medians in milliseconds from filing
to ready, and where the time goes: in the cluster's answers, and in ours. Compare, do not gate. On a busy machine look
at the processor time, which waiting for the processor does not add to.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
os.environ.setdefault("CAIRN_LOG_LEVEL", "WARNING")
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

TEAM = "group:default/orders-team"
QUOTA = {"requests.cpu": "2", "requests.memory": "4Gi", "limits.cpu": "4", "limits.memory": "8Gi"}


class Clock:
    """Seconds by what they went into."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = defaultdict(float)
        self.calls = 0

    @contextmanager
    def on(self, what: str) -> Iterator[None]:
        """Count what happens inside for ``what``."""
        begun = time.perf_counter()
        try:
            yield
        finally:
            self.spent[what] += time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    django.setup()
    from django.test.utils import setup_databases, teardown_databases

    old = setup_databases(0, interactive=False)
    try:
        with tempfile.TemporaryDirectory() as folder, a_cluster(Path(folder)):
            measure(count)
    finally:
        teardown_databases(old, 0)


@contextmanager
def a_cluster(folder: Path) -> Iterator[None]:
    """A control plane for this process alone, which the portal is configured for."""
    from django.conf import settings

    from portal.cluster import start_cluster

    started: list[subprocess.Popen[bytes]] = []

    class Starter:
        def add(self, name: str, command: list[str], environment: dict[str, str]) -> None:
            started.append(subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL))

    try:
        settings.KUBECONFIG = str(start_cluster(Starter(), folder, dict(os.environ)))  # type: ignore[arg-type]
        settings.DATA_DIR = folder
        yield
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def measure(count: int) -> None:
    """Make ``count`` namespaces and print the medians."""
    from accounts.actions import create_user
    from integrations.kubernetes.transport import Transport

    alice = create_user(name="alice", role="developer", member_of=[TEAM])
    pat = create_user(name="pat", role="platform-admin")
    clock = Clock()
    whole = Transport._connect

    def watched(self: Transport, *arguments: Any) -> Any:
        dynamic = whole(self, *arguments)
        call = dynamic.client.call_api

        def timed(*request: Any, **more: Any) -> Any:
            clock.calls += 1
            with clock.on("the cluster answers"):
                answer = call(*request, **more)
                answer.read()
                return answer

        dynamic.client.call_api = timed
        return dynamic

    Transport._connect = watched  # type: ignore[method-assign]
    one(alice, pat, "warm-up", clock)
    rounds = [one(alice, pat, f"orders-{number}", clock) for number in range(count)]
    for what in rounds[0]:
        print(f"{what:32} {statistics.median(each[what] for each in rounds):9.1f}")


def one(alice: Any, pat: Any, name: str, clock: Clock) -> dict[str, float]:
    """Make one, and say in milliseconds where the time went."""
    from django.db import connection, reset_queries
    from django.test.utils import CaptureQueriesContext

    from provisioning import actions
    from provisioning.asking import Asked
    from provisioning.blueprints import blueprint_named
    from provisioning.submitting import submit

    clock.spent.clear()
    clock.calls = 0
    reset_queries()
    begun, used = time.perf_counter(), time.process_time()
    with CaptureQueriesContext(connection) as queries:
        with clock.on("filing"):
            asked = Asked(blueprint_named("namespace"), "create", name, TEAM, "development", {"quota": QUOTA})
            request = submit(asked=asked, by=alice)
        with clock.on("to the plan"):
            follow(request)
        with clock.on("approving"):
            actions.decide(request=request, by=pat, decision="approve")
        with clock.on("from approval to ready"):
            follow(request)
    whole, used = time.perf_counter() - begun, time.process_time() - used
    request.refresh_from_db()
    assert request.state == "fulfilled", request.error
    cluster = clock.spent["the cluster answers"]
    found = {
        "request to ready": whole,
        "  the cluster answers": cluster,
        "  ours": whole - cluster,
        "  ours, processor time": used,
    }
    found |= {
        f"  {part}": clock.spent[part] for part in ("filing", "to the plan", "approving", "from approval to ready")
    }
    counted = {"calls to the cluster": float(clock.calls), "queries": float(len(queries))}
    return {what: seconds * 1000 for what, seconds in found.items()} | counted


def follow(request: Any) -> None:
    """Take steps as a worker does, until the run rests."""
    from provisioning.models import Request
    from runs.engine import advance

    while advance(Request.objects.get(pk=request.pk).run_id):
        pass


if __name__ == "__main__":
    main()

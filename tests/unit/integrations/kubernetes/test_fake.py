"""What only the emulation promises: keeping its state, and holding together under many at once."""

import json
import threading
from typing import Any

import pytest

from integrations.kubernetes.fake.cluster import Cluster, Write
from integrations.kubernetes.fake.kinds import CONFIG_MAP, NAMESPACE
from integrations.kubernetes.fake.refusals import Refusal


def make(cluster: Cluster, name: str, data: dict[str, str] | None = None) -> None:
    cluster.apply(NAMESPACE, "", name, manifest("Namespace", name), Write("cairn"))
    if data is not None:
        cluster.apply(CONFIG_MAP, name, "c", {**manifest("ConfigMap", "c"), "data": data}, Write("cairn"))


def manifest(kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name}}


def test_the_state_survives_a_restart_with_its_owners() -> None:
    first = Cluster()
    make(first, "orders", {"a": "b"})
    second = Cluster()
    second.restore(json.loads(json.dumps(first.state())))
    assert second.read(CONFIG_MAP, "orders", "c") == first.read(CONFIG_MAP, "orders", "c")
    body = {**manifest("ConfigMap", "c"), "data": {"a": "z"}}
    with pytest.raises(Refusal, match='conflict with "cairn"'):
        second.apply(CONFIG_MAP, "orders", "c", body, Write("other"))


def test_a_deletion_under_way_ends_after_a_restart() -> None:
    first = Cluster(linger=60)
    make(first, "orders")
    first.delete(NAMESPACE, "", "orders")
    second = Cluster(linger=60)
    second.restore(first.state())
    with pytest.raises(Refusal, match="not found"):
        second.read(NAMESPACE, "", "orders")


def test_every_change_is_kept_and_a_dry_run_is_none() -> None:
    cluster, kept = Cluster(), list[int]()
    cluster.keep(lambda state: kept.append(state["version"]))
    cluster.apply(NAMESPACE, "", "a", manifest("Namespace", "a"), Write("cairn", dry_run=True))
    assert kept == []
    make(cluster, "a")
    assert kept


def test_an_outright_write_takes_over_what_it_changes() -> None:
    cluster = Cluster()
    make(cluster, "orders", {"a": "b", "c": "d"})
    cluster.update(
        CONFIG_MAP, "orders", "c", lambda live: {**live, "data": {"a": "x", "c": "d"}}, Write("kubectl-edit")
    )
    owners = {
        entry["manager"]: set(entry["fieldsV1"]["f:data"])
        for entry in cluster.read(CONFIG_MAP, "orders", "c")["metadata"]["managedFields"]
    }
    assert owners == {"cairn": {"f:c"}, "kubectl-edit": {"f:a"}}


def test_many_at_once_lose_nothing() -> None:
    cluster = Cluster()
    make(cluster, "orders")

    def write(number: int) -> None:
        body = {**manifest("ConfigMap", f"c{number}"), "data": {"n": str(number)}}
        cluster.apply(CONFIG_MAP, "orders", f"c{number}", body, Write("cairn"))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = {each["metadata"]["name"] for each in cluster.of_kind(CONFIG_MAP, "orders")}
    assert {f"c{number}" for number in range(20)} <= names

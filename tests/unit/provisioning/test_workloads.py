"""What runs, of whom, and what is wrong with it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provisioning.workloads.selection import ID, NAMESPACE, SELECTOR, Term, matches, parse_selector, selection_of
from provisioning.workloads.summary import pod_line, warnings_in, workloads_in

LABELS = {"app": "orders", "tier": "web"}


def named(name: str, labels: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    return {"metadata": {"name": name, "namespace": "orders", "labels": labels or {}}, **more}


def deployment(name: str = "orders", ready: int = 2, wanted: int = 2, **labels: str) -> dict[str, Any]:
    template = {"spec": {"containers": [{"name": "web", "image": "orders:1.2"}]}}
    spec = {"replicas": wanted, "selector": {"matchLabels": {"app": name}}, "template": template}
    return named(name, labels, spec=spec, status={"readyReplicas": ready})


def pod(name: str, app: str = "orders", **status: Any) -> dict[str, Any]:
    return named(name, {"app": app}, spec={"containers": [{"name": "web"}]}, status={"phase": "Running", **status})


def container(ready: bool = True, restarts: int = 0, **state: Any) -> dict[str, Any]:
    return {"name": "web", "ready": ready, "restartCount": restarts, **state}


@pytest.mark.parametrize(
    ("selector", "fits"),
    [
        ("app=orders", True),
        ("app==orders,tier=web", True),
        ("app=carts", False),
        ("app!=carts", True),
        ("missing!=x", True),
        ("app in (carts, orders)", True),
        ("app notin (carts,orders)", False),
        ("tier", True),
        ("!tier", False),
        ("!missing,app=orders", True),
        ("app in (a", False),
    ],
)
def test_label_selectors_mean_what_they_mean_in_kubernetes(selector: str, fits: bool) -> None:
    assert all(term.fits(LABELS) for term in parse_selector(selector)) is fits


@given(st.text(max_size=60))
def test_any_selector_is_read_and_none_fits_by_accident(text: str) -> None:
    terms = parse_selector(text)
    assert terms
    assert all(isinstance(term.fits(LABELS), bool) for term in terms)


def test_a_selector_outweighs_the_id_and_the_id_is_the_name_without_one() -> None:
    assert selection_of("orders", {}).terms == (Term(ID, ("orders",)),)
    assert selection_of("orders", {ID: "shop"}).terms == (Term(ID, ("shop",)),)
    chosen = selection_of("orders", {ID: "shop", SELECTOR: "app=orders", NAMESPACE: "shop"})
    assert (chosen.terms, chosen.namespace) == ((Term("app", ("orders",)),), "shop")


def test_an_empty_selector_of_a_workload_takes_no_pods() -> None:
    assert not matches({}, LABELS)
    assert matches({"matchExpressions": [{"key": "app", "operator": "In", "values": ["orders"]}]}, LABELS)
    assert not matches({"matchExpressions": [{"key": "app", "operator": "Unknown"}]}, LABELS)


def test_a_workload_is_of_the_component_by_its_label_or_by_that_of_its_pods() -> None:
    objects = {
        "Deployment": [deployment("orders", **{ID: "orders"}), deployment("carts")],
        "Pod": [pod("orders-1"), pod("orders-2"), pod("carts-1", "carts")],
    }
    (found,) = workloads_in(objects, selection_of("orders", {}))
    assert (found.name, found.ready, found.wanted, found.images) == ("orders", 2, 2, ("orders:1.2",))
    assert [line.name for line in found.pods] == ["orders-1", "orders-2"]
    (by_pods,) = workloads_in(objects, selection_of("x", {SELECTOR: "app=carts"}))
    assert by_pods.name == "carts"


def test_pods_of_no_workload_stand_together() -> None:
    objects = {"Deployment": [deployment()], "Pod": [pod("job-1", "job"), pod("orders-1")]}
    found = workloads_in(objects, selection_of("x", {SELECTOR: "app=job"}))
    assert [(each.kind, [line.name for line in each.pods]) for each in found] == [("Pods", ["job-1"])]


def waits(reason: str) -> dict[str, Any]:
    return container(False, state={"waiting": {"reason": reason}})


@pytest.mark.parametrize(
    ("status", "state", "tone"),
    [
        ({"containerStatuses": [container()]}, "Running", "ok"),
        ({"containerStatuses": [container(ready=False)]}, "Running", "warn"),
        ({"phase": "Succeeded", "containerStatuses": [container(ready=False)]}, "Succeeded", "ok"),
        ({"containerStatuses": [container(False, 9, state={"waiting": {"reason": "CrashLoopBackOff"}})]},
         "CrashLoopBackOff", "bad"),
        ({"containerStatuses": [container(False, 9, state={"waiting": {"reason": "CrashLoopBackOff"}},
                                          lastState={"terminated": {"reason": "OOMKilled"}})]}, "OOMKilled", "bad"),
        ({"phase": "Pending", "containerStatuses": [waits("ImagePullBackOff")]},
         "ImagePullBackOff", "bad"),
        ({"phase": "Pending", "initContainerStatuses": [waits("ErrImagePull")]},
         "ErrImagePull", "bad"),
        ({"phase": "Pending", "containerStatuses": [waits("ContainerCreating")]},
         "ContainerCreating", "warn"),
        ({"containerStatuses": [container(False, state={"terminated": {"exitCode": 1}})]}, "Error", "bad"),
        ({"phase": "Pending", "conditions": [
            {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}]},
         "Unschedulable", "bad"),
        ({"phase": "Failed", "reason": "Evicted"}, "Evicted", "bad"),
        ({"phase": "Pending"}, "Pending", "warn"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_pod_is_named_and_explained(status: dict[str, Any], state: str, tone: str) -> None:
    line = pod_line(pod("orders-1", **status))
    assert (line.state, line.tone) == (state, tone)
    assert tone != "bad" or (line.meaning and line.hint)


def test_the_troubled_come_first_and_tell_how_it_stands() -> None:
    broken = pod("b-1", "b", containerStatuses=[container(False, 4, state={"waiting": {"reason": "CrashLoopBackOff"}})])
    objects = {
        "Deployment": [deployment("a", 1, 1), deployment("b", 0, 1), deployment("off", 0, 0), deployment("new", 0, 1)],
        "Pod": [broken],
    }
    found = workloads_in(objects, selection_of("x", {SELECTOR: "!none"}))
    assert [(each.name, each.tone) for each in found] == [("b", "bad"), ("new", "warn"), ("a", "ok"), ("off", "idle")]
    assert found[0].restarts == 4


def test_warnings_are_about_what_is_shown_newest_first() -> None:
    def event(about: str, reason: str, at: str, type: str = "Warning") -> dict[str, Any]:
        kind, _, name = about.partition("/")
        said = {"type": type, "reason": reason, "message": "…", "lastTimestamp": at, "count": 3}
        return named(f"{name}.{reason}", involvedObject={"kind": kind, "name": name}, **said)

    objects = {
        "Deployment": [deployment()],
        "Pod": [pod("orders-5d-1")],
        "Event": [
            event("Pod/orders-5d-1", "BackOff", "2026-01-01T00:00:00Z"),
            event("ReplicaSet/orders-5d", "FailedCreate", "2026-01-02T00:00:00Z"),
            event("Pod/carts-1", "BackOff", "2026-01-03T00:00:00Z"),
            event("Pod/orders-5d-1", "Pulled", "2026-01-03T00:00:00Z", "Normal"),
        ],
    }
    lines = warnings_in(objects, workloads_in(objects, selection_of("x", {SELECTOR: "!none"})))
    assert [(line.about, line.reason, line.count) for line in lines] == [
        ("ReplicaSet/orders-5d", "FailedCreate", 3),
        ("Pod/orders-5d-1", "BackOff", 3),
    ]

"""A namespace's objects as what people ask about: is it up, since when, what is wrong. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from provisioning.workloads.explaining import meaning_of
from provisioning.workloads.selection import Selection, matches

MOST_PODS, MOST_EVENTS = 20, 10
#: Where each kind keeps how many are ready and how many there should be.
_READY = {"Deployment": "readyReplicas", "StatefulSet": "readyReplicas", "DaemonSet": "numberReady"}
_WELL = frozenset({"Running", "Succeeded"})
_ON_ITS_WAY = frozenset({"ContainerCreating", "PodInitializing", "Pending", "Terminating"})
Manifest = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PodLine:
    """One pod. ``state`` is its phase or, when something is wrong, the reason; ``meaning`` and ``hint`` explain it."""

    name: str
    state: str
    ready: str
    restarts: int
    since: datetime | None
    message: str = ""
    meaning: str = ""
    hint: str = ""

    @property
    def tone(self) -> str:
        """How it is shown: ok, warn or bad."""
        if self.state in _WELL:
            return "ok" if self.state == "Succeeded" or not self.ready.startswith("0/") else "warn"
        return "warn" if self.state in _ON_ITS_WAY else "bad"


@dataclass(frozen=True, slots=True)
class Workload:
    """Something that keeps pods running. ``more`` counts the pods beyond those listed, the troubled ones first."""

    kind: str
    name: str
    namespace: str
    ready: int
    wanted: int
    images: tuple[str, ...]
    since: datetime | None
    pods: tuple[PodLine, ...] = ()
    more: int = 0

    @property
    def restarts(self) -> int:
        """Of the pods that are listed, together."""
        return sum(pod.restarts for pod in self.pods)

    @property
    def tone(self) -> str:
        """How it is shown: ok, warn, bad, or idle when nothing is to run."""
        if self.wanted == 0:
            return "idle"
        if self.ready >= self.wanted:
            return "ok"
        return "bad" if any(pod.tone == "bad" for pod in self.pods) else "warn"


@dataclass(frozen=True, slots=True)
class EventLine:
    """A warning that the cluster gave, with how often and when last."""

    about: str
    reason: str
    message: str
    count: int
    last: datetime | None
    meaning: str = ""
    hint: str = ""


def workloads_in(objects: Mapping[str, Iterable[Manifest]], selection: Selection) -> list[Workload]:
    """What runs of ``selection``, the troubled first; pods that belong to no workload stand together at the end."""
    pods = list(objects.get("Pod", ()))
    found, taken = [], set[str]()
    for kind in _READY:
        for manifest in objects.get(kind, ()):
            mine = [pod for pod in pods if matches(manifest.get("spec", {}).get("selector") or {}, _labels(pod))]
            if selection.fits(manifest) or any(selection.fits(pod) for pod in mine):
                found.append(_workload(kind, manifest, mine))
                taken |= {_name(pod) for pod in mine}
    alone = [pod for pod in pods if _name(pod) not in taken and selection.fits(pod)]
    if alone:
        found.append(_alone(alone))
    order = {"bad": 0, "warn": 1, "ok": 2, "idle": 3}
    return sorted(found, key=lambda workload: (order[workload.tone], workload.kind, workload.name))


def warnings_in(objects: Mapping[str, Iterable[Manifest]], workloads: Sequence[Workload]) -> list[EventLine]:
    """The latest warnings about ``workloads`` and their pods, newest first."""
    names = {workload.name for workload in workloads} | {pod.name for each in workloads for pod in each.pods}
    lines = [_event(event) for event in objects.get("Event", ()) if event.get("type") == "Warning"]
    mine = [line for line in lines if _is_about(line.about.partition("/")[2], names)]
    return sorted(mine, key=lambda line: line.last.timestamp() if line.last else 0.0, reverse=True)[:MOST_EVENTS]


def _is_about(name: str, names: Iterable[str]) -> bool:
    """Also a ReplicaSet, whose name begins with its Deployment's."""
    return any(name == each or name.startswith(f"{each}-") for each in names)


def _workload(kind: str, manifest: Manifest, pods: Sequence[Manifest]) -> Workload:
    spec, status = manifest.get("spec", {}), manifest.get("status") or {}
    wanted = status.get("desiredNumberScheduled", 0) if kind == "DaemonSet" else spec.get("replicas", 1)
    containers = spec.get("template", {}).get("spec", {}).get("containers") or []
    lines = _pod_lines(pods)
    return Workload(
        kind,
        _name(manifest),
        str(manifest["metadata"].get("namespace", "")),
        int(status.get(_READY[kind]) or 0),
        int(wanted or 0),
        tuple(str(container.get("image", "")) for container in containers),
        _moment(manifest["metadata"].get("creationTimestamp")),
        tuple(lines[:MOST_PODS]),
        max(0, len(lines) - MOST_PODS),
    )


def _alone(pods: Sequence[Manifest]) -> Workload:
    lines = _pod_lines(pods)
    well = sum(line.tone == "ok" for line in lines)
    images = dict.fromkeys(
        str(container.get("image", "")) for pod in pods for container in pod.get("spec", {}).get("containers") or []
    )
    namespace = str(pods[0]["metadata"].get("namespace", ""))
    more = max(0, len(lines) - MOST_PODS)
    return Workload(
        "Pods", "on their own", namespace, well, len(lines), tuple(images), None, tuple(lines[:MOST_PODS]), more
    )


def _pod_lines(pods: Iterable[Manifest]) -> list[PodLine]:
    order = {"bad": 0, "warn": 1, "ok": 2}
    return sorted(map(pod_line, pods), key=lambda line: (order[line.tone], line.name))


def pod_line(pod: Manifest) -> PodLine:
    """A pod with what is wrong with it, if anything is."""
    status = pod.get("status") or {}
    containers = status.get("containerStatuses") or []
    state, message = _trouble(pod, status)
    meaning, hint = meaning_of(state)
    total = len(containers) or len(pod.get("spec", {}).get("containers") or [])
    return PodLine(
        _name(pod),
        state,
        f"{sum(bool(each.get('ready')) for each in containers)}/{total}",
        sum(int(each.get("restartCount") or 0) for each in containers),
        _moment(status.get("startTime") or pod["metadata"].get("creationTimestamp")),
        message,
        meaning,
        hint,
    )


def _trouble(pod: Manifest, status: Manifest) -> tuple[str, str]:
    """The reason that says most, and the cluster's own words; the phase where nothing is wrong."""
    if "deletionTimestamp" in pod["metadata"]:
        return "Terminating", ""
    for each in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        now, last = each.get("state") or {}, each.get("lastState") or {}
        if waiting := now.get("waiting"):
            ended = (last.get("terminated") or {}).get("reason")
            reason = str(waiting.get("reason") or "Pending")
            if reason == "CrashLoopBackOff" and ended == "OOMKilled":
                reason = ended
            return reason, str(waiting.get("message") or "")
        ended_now = now.get("terminated")
        if ended_now and ended_now.get("exitCode"):
            return str(ended_now.get("reason") or "Error"), str(ended_now.get("message") or "")
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return str(condition.get("reason") or "Unschedulable"), str(condition.get("message") or "")
    return str(status.get("reason") or status.get("phase") or "Pending"), str(status.get("message") or "")


def _event(event: Manifest) -> EventLine:
    about, reason = event.get("involvedObject") or {}, str(event.get("reason") or "")
    series = event.get("series") or {}
    last = event.get("lastTimestamp") or series.get("lastObservedTime") or event.get("eventTime")
    meaning, hint = meaning_of(reason)
    return EventLine(
        f"{about.get('kind', '')}/{about.get('name', '')}",
        reason,
        str(event.get("message") or ""),
        int(event.get("count") or series.get("count") or 1),
        _moment(last or event["metadata"].get("creationTimestamp")),
        meaning,
        hint,
    )


def _name(manifest: Manifest) -> str:
    return str(manifest["metadata"]["name"])


def _labels(manifest: Manifest) -> Mapping[str, str]:
    return manifest["metadata"].get("labels") or {}


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text)) if text else None
    except ValueError:
        return None

"""What is particular to a cluster: its name servers, its own namespaces, its ingress controller. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Self

from common.errors import FieldError

POD_SECURITY = ("restricted", "baseline", "privileged")
_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_PATTERN = re.compile(r"[a-z0-9*?](?:[-a-z0-9*?]{0,61}[a-z0-9*?])?", re.ASCII)
_LABEL_KEY = re.compile(
    r"(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?", re.ASCII
)
_LABEL_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?", re.ASCII)
MOST_PATTERNS = 100


@dataclass(frozen=True, slots=True)
class ClusterProfile:
    """``dns_…`` say where name servers answer; ``system_namespaces`` (names and patterns such as ``istio-*``) are never
    given to teams; ``pod_security`` empty leaves it to the blueprint; the ingress controller in ``ingress_namespace``
    may reach every namespace, where there is one."""

    dns_namespace: str = "kube-system"
    dns_labels: Mapping[str, str] = field(default_factory=lambda: {"k8s-app": "kube-dns"})
    dns_port: int = 53
    system_namespaces: tuple[str, ...] = ()
    pod_security: str = ""
    ingress_namespace: str = ""
    ingress_labels: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The profile that :meth:`as_json` gave; what it does not say is as usual."""
        known = {name: stored[name] for name in cls.__slots__ if name in stored}
        return cls(**known | {"system_namespaces": tuple(known.get("system_namespaces", ()))})

    def as_json(self) -> dict[str, Any]:
        """As it is stored and served."""
        return asdict(self) | {"system_namespaces": list(self.system_namespaces)}

    def keeps(self, name: str) -> bool:
        """Whether the namespace ``name`` is the cluster's own."""
        own = (self.dns_namespace, self.ingress_namespace, *self.system_namespaces)
        return any(fnmatchcase(name, pattern) for pattern in own if pattern)

    @property
    def dns(self) -> dict[str, Any]:
        """Where name servers answer, as a bundle takes it."""
        return {"namespace": self.dns_namespace, "labels": dict(self.dns_labels), "port": self.dns_port}


def profile_mistakes(given: Mapping[str, Any], prefix: str = "profile") -> Iterator[FieldError]:
    """Everything wrong with ``given`` as a profile, by field."""
    for name in given:
        if name not in ClusterProfile.__slots__:
            yield FieldError(f"{prefix}.{name}", "There is no such field.", f"Known: {_known()}.")
    yield from _name(given.get("dns_namespace", "kube-system"), f"{prefix}.dns_namespace")
    yield from _labels(given.get("dns_labels", {"k8s-app": "kube-dns"}), f"{prefix}.dns_labels", needed=True)
    yield from _port(given.get("dns_port", 53), f"{prefix}.dns_port")
    yield from _patterns(given.get("system_namespaces", ()), f"{prefix}.system_namespaces")
    if given.get("pod_security", "") not in ("", *POD_SECURITY):
        yield FieldError(f"{prefix}.pod_security", "There is no such level.", f"One of {', '.join(POD_SECURITY)}.")
    if namespace := given.get("ingress_namespace", ""):
        yield from _name(namespace, f"{prefix}.ingress_namespace")
    yield from _labels(given.get("ingress_labels", {}), f"{prefix}.ingress_labels")
    if given.get("ingress_labels") and not namespace:
        yield FieldError(f"{prefix}.ingress_namespace", "In which namespace?", "Such as ingress-nginx.")


def _known() -> str:
    return ", ".join(ClusterProfile.__slots__)


def _name(given: object, path: str) -> Iterator[FieldError]:
    if not isinstance(given, str) or not _NAME.fullmatch(given):
        yield FieldError(
            path, "It is no name of a namespace.", "Small letters, digits and dashes, such as kube-system."
        )


def _port(given: object, path: str) -> Iterator[FieldError]:
    if isinstance(given, bool) or not isinstance(given, int) or not 1 <= given <= 65535:
        yield FieldError(path, "It is no port.", "A number from 1 to 65535; most clusters have 53, OpenShift 5353.")


def _patterns(given: object, path: str) -> Iterator[FieldError]:
    if not isinstance(given, Iterable) or isinstance(given, str | Mapping):
        yield FieldError(path, "It must be a list.", "Names and patterns, such as istio-system or openshift-*.")
        return
    patterns = list(given)
    if len(patterns) > MOST_PATTERNS:
        yield FieldError(path, f"{len(patterns)} are too many.", f"At most {MOST_PATTERNS}; a pattern covers several.")
    for pattern in patterns:
        if not isinstance(pattern, str) or not _PATTERN.fullmatch(pattern):
            yield FieldError(path, f"{str(pattern)[:80]} is neither a name nor a pattern.", "Such as openshift-*.")


def _labels(given: object, path: str, *, needed: bool = False) -> Iterator[FieldError]:
    if not isinstance(given, Mapping):
        yield FieldError(path, "It must be a mapping.", "Such as k8s-app: kube-dns.")
        return
    if needed and not given:
        yield FieldError(path, "At least one is needed.", "Such as k8s-app=kube-dns: without one, all pods are meant.")
    for key, value in given.items():
        if not (isinstance(key, str) and isinstance(value, str)):
            yield FieldError(path, "Labels are texts.", "Such as k8s-app=kube-dns.")
        elif not (_LABEL_KEY.fullmatch(key) and _LABEL_VALUE.fullmatch(value)):
            yield FieldError(path, f"{key[:80]}={value[:80]} is no label.", "Such as k8s-app=kube-dns.")

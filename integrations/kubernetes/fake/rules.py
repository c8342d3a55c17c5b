"""Defaults and rules of the kinds, as far as a namespace's bundle meets them. Pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from common.quantities import QuantityError, parse_quantity
from integrations.kubernetes.fake.kinds import Kind
from integrations.kubernetes.fake.refusals import Cause, invalid_value, required, unsupported
from integrations.kubernetes.fake.shapes import Shape

Object = dict[str, Any]

_DNS_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
_LABEL_VALUE = re.compile(r"(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?", re.ASCII)
_RBAC = "rbac.authorization.k8s.io"
_QUOTA_COUNTS = frozenset(
    {
        "configmaps",
        "persistentvolumeclaims",
        "pods",
        "replicationcontrollers",
        "resourcequotas",
        "secrets",
        "services",
        "services.loadbalancers",
        "services.nodeports",
    }
)
_QUOTA_PLAIN = _QUOTA_COUNTS | {"cpu", "memory", "ephemeral-storage"}
_QUOTA_COMPUTE = re.compile(r"(requests|limits)\.(cpu|memory|storage|ephemeral-storage|[\w.-]+/[\w.-]+)", re.ASCII)
_QUALIFIED = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)


def normalise(value: Any, shape: Shape) -> Any:
    """``value`` with quantities in canonical form and nulls dropped; raises QuantityError."""
    if shape.type == "quantity":
        return _canonical(value)
    if shape.type == "any":
        return value
    if isinstance(value, dict):
        members = ((name, shape.child(name), member) for name, member in value.items())
        return {name: normalise(member, child) for name, child, member in members if child and member is not None}
    if isinstance(value, list) and shape.item:
        return [normalise(item, shape.item) for item in value]
    return value


def _canonical(value: object) -> str:
    # The server trims and takes a plus sign; common/quantities.py is stricter on purpose.
    text = value.strip().removeprefix("+") if isinstance(value, str) else value
    return str(parse_quantity(text, negative=True))


def set_defaults(kind: Kind, target: Object) -> None:
    """Fill in what the server fills in."""
    if fill := _DEFAULTS.get(kind.kind):
        fill(target)


def _default_namespace(target: Object) -> None:
    target["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = target["metadata"]["name"]
    target.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    target.setdefault("status", {"phase": "Active"})


def _default_policy(target: Object) -> None:
    spec = target.setdefault("spec", {})
    spec.setdefault("podSelector", {})
    spec.setdefault("policyTypes", ["Ingress", "Egress"] if spec.get("egress") else ["Ingress"])
    for rule in [*spec.get("ingress", []), *spec.get("egress", [])]:
        for port in rule.get("ports", []):
            port.setdefault("protocol", "TCP")


def _default_limits(target: Object) -> None:
    for limit in target.setdefault("spec", {}).setdefault("limits", []):
        if limit.get("type") != "Container":
            continue
        for resource, most in limit.get("max", {}).items():
            limit.setdefault("default", {}).setdefault(resource, most)
        for resource, least in [*limit.get("default", {}).items(), *limit.get("min", {}).items()]:
            limit.setdefault("defaultRequest", {}).setdefault(resource, least)


def _default_binding(target: Object) -> None:
    target.setdefault("roleRef", {}).setdefault("apiGroup", _RBAC)
    for subject in target.get("subjects", []):
        if subject.get("kind") in ("User", "Group"):
            subject.setdefault("apiGroup", _RBAC)


_DEFAULTS: Mapping[str, Callable[[Object], object]] = {
    "Namespace": _default_namespace,
    "NetworkPolicy": _default_policy,
    "LimitRange": _default_limits,
    "RoleBinding": _default_binding,
    "ResourceQuota": lambda target: target.setdefault("status", {}),
}


def broken_rules(kind: Kind, target: Object, live: Object | None) -> list[Cause]:
    """Everything in ``target`` that the server refuses; ``live`` is what it would replace."""
    check = _RULES.get(kind.kind)
    return [*_metadata(kind, target["metadata"]), *(check(target, live) if check else ())]


def _metadata(kind: Kind, metadata: Mapping[str, Any]) -> Iterator[Cause]:
    name, label = str(metadata["name"]), kind.kind == "Namespace"
    pattern, most = (_DNS_LABEL, 63) if label else (_SUBDOMAIN, 253)
    if not kind.group.startswith("rbac.") and (not pattern.fullmatch(name) or len(name) > most):
        word = "label" if label else "subdomain"
        yield invalid_value("metadata.name", name, f"a lowercase RFC 1123 {word} must consist of lower case letters")
    yield from _labels(metadata.get("labels", {}), "metadata.labels")


def _labels(labels: Mapping[str, str], field: str) -> Iterator[Cause]:
    for value in labels.values():
        if not _LABEL_VALUE.fullmatch(value):
            yield invalid_value(field, value, "a valid label must be an empty string or consist of alphanumerics")
        if len(value) > 63:
            yield invalid_value(field, value, "must be no more than 63 bytes")


def _namespace(target: Object, live: Object | None) -> Iterator[Cause]:
    for mode in ("enforce", "audit", "warn"):
        name = f"pod-security.kubernetes.io/{mode}"
        level = target["metadata"].get("labels", {}).get(name, "privileged")
        if level not in ("privileged", "baseline", "restricted"):
            yield invalid_value(f"metadata.labels[{name}]", level, "must be one of privileged, baseline, restricted")


def _quota(target: Object, live: Object | None) -> Iterator[Cause]:
    for name, amount in target.get("spec", {}).get("hard", {}).items():
        field, value = f"spec.hard[{name}]", parse_quantity(amount, negative=True).value
        if not _is_quota_resource(name):
            yield invalid_value(field, name, "must be a standard resource type or fully qualified")
        if value < 0:
            yield invalid_value(field, amount, "must be greater than or equal to 0")
        elif (name in _QUOTA_COUNTS or name.startswith("count/")) and value != value.to_integral_value():
            yield invalid_value(field, amount, "must be an integer")


def _is_quota_resource(name: str) -> bool:
    return name in _QUOTA_PLAIN or bool(_QUOTA_COMPUTE.fullmatch(name) or _QUALIFIED.fullmatch(name))


def _limits(target: Object, live: Object | None) -> Iterator[Cause]:
    for index, limit in enumerate(target["spec"]["limits"]):
        field = f"spec.limits[{index}]"
        if limit.get("type") not in ("Container", "Pod", "PersistentVolumeClaim"):
            yield invalid_value(f"{field}.type", limit.get("type", ""), "must be a standard limit type")
        for low, high, words in _LIMIT_ORDER:
            for resource in sorted(set(limit.get(low, {})) & set(limit.get(high, {}))):
                less, more = limit[low][resource], limit[high][resource]
                if _amount(less) > _amount(more):
                    yield invalid_value(f"{field}.{low}[{resource}]", less, words.format(less, more))


_LIMIT_ORDER = (
    ("min", "max", "min value {} is greater than max value {}"),
    ("defaultRequest", "max", "default request value {} is greater than max value {}"),
    ("default", "max", "default value {} is greater than max value {}"),
    ("defaultRequest", "default", "default request value {} is greater than default limit value {}"),
)


def _amount(text: str) -> Decimal:
    return parse_quantity(text, negative=True).value


def _policy(target: Object, live: Object | None) -> Iterator[Cause]:
    spec = target["spec"]
    yield from _labels(spec["podSelector"].get("matchLabels", {}), "spec.podSelector.matchLabels")
    for index, word in enumerate(spec["policyTypes"]):
        if word not in ("Ingress", "Egress"):
            yield unsupported(f"spec.policyTypes[{index}]", word, ("Ingress", "Egress"))
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in enumerate(spec.get(direction, [])):
            field = f"spec.{direction}[{index}]"
            yield from _ports(rule.get("ports", []), f"{field}.ports")
            yield from _peers(rule.get(peers, []), f"{field}.{peers}")


def _ports(ports: list[Object], field: str) -> Iterator[Cause]:
    for index, port in enumerate(ports):
        if port["protocol"] not in ("TCP", "UDP", "SCTP"):
            yield unsupported(f"{field}[{index}].protocol", port["protocol"], ("TCP", "UDP", "SCTP"))
        number = port.get("port")
        if isinstance(number, int) and not 1 <= number <= 65535:
            yield invalid_value(f"{field}[{index}].port", number, "must be between 1 and 65535, inclusive")


def _peers(peers: list[Object], field: str) -> Iterator[Cause]:
    for index, peer in enumerate(peers):
        if not peer:
            yield required(f"{field}[{index}]", "must specify a peer")
        for selector in ("podSelector", "namespaceSelector"):
            labels = peer.get(selector, {}).get("matchLabels", {})
            yield from _labels(labels, f"{field}[{index}].{selector}.matchLabels")


def _binding(target: Object, live: Object | None) -> Iterator[Cause]:
    role = target["roleRef"]
    if role.get("kind") not in ("Role", "ClusterRole"):
        yield unsupported("roleRef.kind", role.get("kind", ""), ("Role", "ClusterRole"))
    if not role.get("name"):
        yield required("roleRef.name")
    for index, subject in enumerate(target.get("subjects", [])):
        if not subject.get("name"):
            yield required(f"subjects[{index}].name")
        if subject.get("kind") not in ("ServiceAccount", "User", "Group"):
            yield unsupported(f"subjects[{index}].kind", subject.get("kind", ""), ("ServiceAccount", "User", "Group"))
    if live and live["roleRef"] != role:
        yield invalid_value("roleRef", str(role), "cannot change roleRef")


_RULES: Mapping[str, Callable[[Object, Object | None], Iterator[Cause]]] = {
    "Namespace": _namespace,
    "ResourceQuota": _quota,
    "LimitRange": _limits,
    "NetworkPolicy": _policy,
    "RoleBinding": _binding,
}

__all__ = ["QuantityError", "broken_rules", "normalise", "set_defaults"]

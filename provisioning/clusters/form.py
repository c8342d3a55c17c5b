"""A cluster on a form: texts as people type them, and back. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from provisioning.clusters.profile import ClusterProfile


def read_form(posted: Mapping[str, str], environments: Sequence[str]) -> dict[str, Any]:
    """The posted texts as :func:`cluster_actions.put_cluster` takes them. What does not read stays as it is, for the
    checks to name."""
    text = {name: value.strip() for name, value in posted.items()}
    port = text.get("dns_port", "53")
    return {
        "name": text.get("name", ""),
        "server": text.get("server", ""),
        "authority": text.get("authority", ""),
        "token": text.get("token", ""),
        "environments": list(environments),
        "watched": bool(text.get("watched")),
        "intake": pairs(text.get("intake", "")),
        "profile": {
            "dns_namespace": text.get("dns_namespace", ""),
            "dns_labels": pairs(text.get("dns_labels", "")),
            "dns_port": int(port) if re.fullmatch(r"[0-9]{1,9}", port, re.ASCII) else port,
            "system_namespaces": words(text.get("system_namespaces", "")),
            "pod_security": text.get("pod_security", ""),
            "ingress_namespace": text.get("ingress_namespace", ""),
            "ingress_labels": pairs(text.get("ingress_labels", "")),
        },
    }


def shown(profile: ClusterProfile, intake: Mapping[str, str]) -> dict[str, str]:
    """The fields of a form that show ``profile`` and ``intake``."""
    return {
        "dns_namespace": profile.dns_namespace,
        "dns_labels": _lines(profile.dns_labels),
        "dns_port": str(profile.dns_port),
        "system_namespaces": "\n".join(profile.system_namespaces),
        "pod_security": profile.pod_security,
        "ingress_namespace": profile.ingress_namespace,
        "ingress_labels": _lines(profile.ingress_labels),
        "intake": _lines(intake),
    }


def words(text: str) -> list[str]:
    """What stands between white space and commas."""
    return [word for word in re.split(r"[\s,]+", text) if word]


def pairs(text: str) -> dict[str, str]:
    """``a=b`` a line, or with commas between. A line without ``=`` has an empty value."""
    found = (part.partition("=") for part in re.split(r"[\n,]+", text) if part.strip())
    return {key.strip(): value.strip() for key, _, value in found}


def _lines(given: Mapping[str, str]) -> str:
    return "\n".join(f"{key}={value}" for key, value in given.items())

"""The objects that make a namespace fit to work in, as manifests. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Manifest = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NamespaceSpec:
    """What a team asked for and what the platform adds.

    ``quota`` maps resource names of a ResourceQuota (``requests.cpu``) to quantities; ``owner_ref`` is a
    group's entity ref; ``allow_ingress`` names the namespaces that may connect.
    """

    name: str
    owner_ref: str
    environment: str
    quota: Mapping[str, str]
    description: str = ""
    default_deny: bool = True
    allow_ingress: Sequence[str] = field(default_factory=tuple)
    resource_id: str = ""
    request_id: str = ""


def render(spec: NamespaceSpec) -> list[Manifest]:
    """The manifests of ``spec`` in the order in which they are applied; the same spec gives the same bytes."""
    raise NotImplementedError

"""What names an object in a cluster. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Manifest = dict[str, Any]

#: The field manager under which Cairn owns what it applies.
FIELD_MANAGER = "cairn"


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """One object of a cluster; ``namespace`` is empty for what stands outside namespaces."""

    api_version: str
    kind: str
    name: str
    namespace: str = ""

    @property
    def address(self) -> str:
        """How plans and logs name it: ``Namespace/orders``, ``ResourceQuota/orders/quota``."""
        return "/".join(part for part in (self.kind, self.namespace, self.name) if part)


def ref_of(manifest: Mapping[str, Any]) -> ObjectRef:
    """The reference to the object that ``manifest`` describes."""
    metadata = manifest["metadata"]
    return ObjectRef(
        str(manifest["apiVersion"]), str(manifest["kind"]), str(metadata["name"]), str(metadata.get("namespace") or "")
    )

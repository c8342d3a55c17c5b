"""NamespaceRequests that people apply in a cluster: the kind itself, what becomes of each, and its status."""

from pathlib import Path
from typing import Any

import yaml

DEFINITION = Path(__file__).with_name("namespace-request-crd.yaml")


def read_definition() -> dict[str, Any]:
    """The CustomResourceDefinition as a manifest."""
    loaded: dict[str, Any] = yaml.safe_load(DEFINITION.read_text())
    return loaded

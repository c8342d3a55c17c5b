"""The roles that a cluster must know before namespaces are made in it."""

from pathlib import Path

import yaml

from integrations.kubernetes.objects import Manifest

RIGHTS = Path(__file__).with_name("rights.yaml")


def read_rights() -> list[Manifest]:
    """The ClusterRoles of Cairn's own account and of the members of a namespace."""
    return list(yaml.safe_load_all(RIGHTS.read_text()))

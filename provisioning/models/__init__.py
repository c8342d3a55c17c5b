"""Resources, the requests that make and change them, approvals, secrets, drift, and Terraform's states."""

from provisioning.models.blueprint import BlueprintFile, BlueprintSource, BlueprintVersion, Preview
from provisioning.models.break_glass import BreakGlass
from provisioning.models.budget import Budget
from provisioning.models.cloud_account import CloudAccount
from provisioning.models.cluster import Cluster
from provisioning.models.delegation import Delegation
from provisioning.models.drift import Drift
from provisioning.models.intent import Intent
from provisioning.models.policy import PolicyRule
from provisioning.models.request import Approval, Request
from provisioning.models.resource import Resource, Secret
from provisioning.models.watched import ClusterWatch, WatchedRequest
from provisioning.state.models import StateLock, StateVersion

__all__ = [
    "Approval",
    "BlueprintFile",
    "BlueprintSource",
    "BlueprintVersion",
    "BreakGlass",
    "Budget",
    "CloudAccount",
    "Cluster",
    "ClusterWatch",
    "Delegation",
    "Drift",
    "Intent",
    "PolicyRule",
    "Preview",
    "Request",
    "Resource",
    "Secret",
    "StateLock",
    "StateVersion",
    "WatchedRequest",
]

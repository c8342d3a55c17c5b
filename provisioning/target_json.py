"""How clusters and cloud accounts are said to programs: never with a token or a key."""

from typing import Any

from provisioning.models import CloudAccount, Cluster

_SHARED = ("id", "name", "configured", "environments", "created_at", "changed_at")


def cluster_json(cluster: Cluster) -> dict[str, Any]:
    """A cluster as the API shows it."""
    return {name: getattr(cluster, name) for name in _SHARED} | {
        "server": cluster.server,
        "authority": cluster.authority,
        "has_token": bool(cluster.token),
        "profile": cluster.rules.as_json(),
        "watched": cluster.watched,
        "intake": cluster.intake,
        "label": cluster.label,
        "probe": cluster.probe,
        "probed_at": cluster.probed_at,
    }


def account_json(account: CloudAccount) -> dict[str, Any]:
    """A cloud account as the API shows it."""
    return {name: getattr(account, name) for name in _SHARED} | {
        "provider": account.provider,
        "region": account.where,
        "endpoint": account.endpoint or None,
        "emulated": account.emulated,
        "credentials": account.credentials,
        "plan_credentials": account.plan_credentials or None,
        "role_arn": account.role_arn or None,
        "plan_role_arn": account.plan_role_arn or None,
        "tested": account.tested,
        "tested_at": account.tested_at,
    }

"""What a namespace gets."""

from dataclasses import replace
from typing import Any

import pytest

from common.quantities import parse_quantity
from provisioning.bundle import NamespaceSpec, render

SPEC = NamespaceSpec(
    "orders",
    "group:default/orders-team",
    "production",
    {"requests.cpu": "10", "requests.memory": "20Gi", "limits.cpu": "20", "limits.memory": "40Gi"},
    resource_id="7",
    description="Orders",
    allow_ingress=("monitoring", "ingress-nginx"),
    viewers=("platform-viewers",),
)


def by_address(spec: NamespaceSpec) -> dict[str, dict[str, Any]]:
    return {f"{each['kind']}/{each['metadata']['name']}": each for each in render(spec)}


def policies(spec: NamespaceSpec) -> list[str]:
    return [each["metadata"]["name"] for each in render(spec) if each["kind"] == "NetworkPolicy"]


def test_the_namespace_comes_first_and_the_denial_before_what_is_allowed() -> None:
    assert [f"{each['kind']}/{each['metadata']['name']}" for each in render(SPEC)] == [
        "Namespace/orders",
        "ServiceAccount/default",
        "RoleBinding/members",
        "RoleBinding/viewers",
        "LimitRange/defaults",
        "ResourceQuota/quota",
        "NetworkPolicy/default-deny",
        "NetworkPolicy/allow-dns",
        "NetworkPolicy/allow-same-namespace",
        "NetworkPolicy/allow-from-ingress-nginx",
        "NetworkPolicy/allow-from-monitoring",
    ]


def test_the_order_and_number_of_what_is_asked_for_does_not_show() -> None:
    shuffled = replace(
        SPEC,
        quota=dict(reversed(list(SPEC.quota.items()))),
        allow_ingress=("ingress-nginx", "monitoring", "ingress-nginx"),
    )
    assert render(shuffled) == render(SPEC)


def test_every_object_says_whose_it_is() -> None:
    for each in render(SPEC):
        labels = each["metadata"]["labels"]
        assert labels["app.kubernetes.io/managed-by"] == "cairn"
        assert labels["cairn.dev/resource-id"] == "7"
    namespace = by_address(SPEC)["Namespace/orders"]["metadata"]
    assert namespace["labels"]["cairn.dev/owner"] == "orders-team"
    assert namespace["annotations"]["cairn.dev/owner-ref"] == "group:default/orders-team"


def test_pods_must_keep_to_the_restricted_standard() -> None:
    labels = by_address(SPEC)["Namespace/orders"]["metadata"]["labels"]
    assert {labels[f"pod-security.kubernetes.io/{mode}"] for mode in ("enforce", "audit", "warn")} == {"restricted"}


def test_the_default_denial_names_both_directions() -> None:
    spec = by_address(SPEC)["NetworkPolicy/default-deny"]["spec"]
    assert spec == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_name_servers_are_reached_by_both_selectors_at_once() -> None:
    (rule,) = by_address(SPEC)["NetworkPolicy/allow-dns"]["spec"]["egress"]
    (peer,) = rule["to"]
    assert set(peer) == {"namespaceSelector", "podSelector"}
    assert {(port["protocol"], port["port"]) for port in rule["ports"]} == {("UDP", 53), ("TCP", 53)}


def test_without_the_denial_there_is_no_allowance_either_which_alone_would_isolate() -> None:
    assert policies(replace(SPEC, default_deny=False, allow_ingress=())) == []


@pytest.mark.parametrize("limit", ["50m", "200m", "1", "20"])
def test_default_limits_fit_into_the_quota_and_requests_into_limits(limit: str) -> None:
    spec = replace(SPEC, quota={"limits.cpu": limit, "limits.memory": "64Mi"})
    (limits,) = by_address(spec)["LimitRange/defaults"]["spec"]["limits"]
    for resource, most in (("cpu", limit), ("memory", "64Mi")):
        assert parse_quantity(limits["default"][resource]) <= parse_quantity(most)
        assert parse_quantity(limits["defaultRequest"][resource]) <= parse_quantity(limits["default"][resource])


def test_quotas_are_sent_in_canonical_form() -> None:
    spec = replace(SPEC, quota={"requests.cpu": "1.5", "limits.memory": "1.5Gi"})
    assert by_address(spec)["ResourceQuota/quota"]["spec"]["hard"] == {
        "limits.memory": "1536Mi",
        "requests.cpu": "1500m",
    }


def test_the_token_of_the_default_account_is_not_mounted() -> None:
    assert by_address(SPEC)["ServiceAccount/default"]["automountServiceAccountToken"] is False

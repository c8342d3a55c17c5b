"""What is particular to a cluster, and what it makes of a namespace's bundle."""

from typing import Any

import pytest

from provisioning.bundle import NamespaceSpec, render
from provisioning.clusters.form import pairs, read_form, shown
from provisioning.clusters.profile import ClusterProfile, profile_mistakes


def test_what_is_stored_is_read_back() -> None:
    profile = ClusterProfile(dns_namespace="openshift-dns", dns_port=5353, system_namespaces=("openshift-*",))
    assert ClusterProfile.from_json(profile.as_json()) == profile
    assert ClusterProfile.from_json({}) == ClusterProfile()


def test_what_a_form_shows_is_what_it_reads() -> None:
    profile = ClusterProfile(system_namespaces=("istio-*", "monitoring"), ingress_namespace="ingress-nginx")
    given = read_form(shown(profile, {"team-orders": "*"}), ["production"])
    assert ClusterProfile.from_json(given["profile"]) == profile
    assert given["intake"] == {"team-orders": "*"}
    assert list(profile_mistakes(given["profile"])) == []


def test_pairs_are_one_a_line_or_between_commas() -> None:
    assert pairs("a=b\n c = d ,e=f") == {"a": "b", "c": "d", "e": "f"}
    assert pairs("") == {}


def test_namespaces_of_the_cluster_itself_are_known_by_name_and_pattern() -> None:
    profile = ClusterProfile(system_namespaces=("istio-*", "monitoring"), ingress_namespace="edge")
    kept = {name for name in ("istio-system", "monitoring", "edge", "kube-system", "orders") if profile.keeps(name)}
    assert kept == {"istio-system", "monitoring", "edge", "kube-system"}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"dns_namespace": "Kube System"}, "dns_namespace"),
        ({"dns_labels": {}}, "dns_labels"),
        ({"dns_labels": {"a b": "c"}}, "dns_labels"),
        ({"dns_labels": ["x"]}, "dns_labels"),
        ({"dns_port": 0}, "dns_port"),
        ({"dns_port": True}, "dns_port"),
        ({"dns_port": "fifty"}, "dns_port"),
        ({"system_namespaces": "one"}, "system_namespaces"),
        ({"system_namespaces": ["../etc"]}, "system_namespaces"),
        ({"system_namespaces": ["a"] * 101}, "system_namespaces"),
        ({"pod_security": "open"}, "pod_security"),
        ({"ingress_labels": {"a": "b"}}, "ingress_namespace"),
        ({"surprise": 1}, "surprise"),
    ],
)
def test_mistakes_are_named_by_field(given: dict[str, Any], path: str) -> None:
    (found, *_) = profile_mistakes(given)
    assert found.path == f"profile.{path}"
    assert found.hint


def test_the_bundle_follows_the_profile() -> None:
    spec = NamespaceSpec(
        "orders",
        "group:default/orders-team",
        "production",
        {},
        dns={"namespace": "openshift-dns", "labels": {"dns": "default"}, "port": 5353},
        ingress_controller=("ingress-nginx", {"app": "nginx"}),
    )
    policies = {each["metadata"]["name"]: each["spec"] for each in render(spec) if each["kind"] == "NetworkPolicy"}
    (dns,) = policies["allow-dns"]["egress"]
    assert dns["ports"][0]["port"] == 5353
    (rule,) = policies["allow-ingress-controller"]["ingress"]
    assert rule["from"] == [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "ingress-nginx"}},
            "podSelector": {"matchLabels": {"app": "nginx"}},
        }
    ]

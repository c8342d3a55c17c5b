"""NamespaceRequest manifests: the guide's own, and every way to get one wrong."""

import contextlib
import json
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from common.errors import FieldError, UserError
from provisioning.namespace_request import NamespaceRequest, parse

GUIDE = """\
# Self-service namespace request
apiVersion: platform.example.com/v1
kind: NamespaceRequest
metadata:
  name: orders
spec:
  team: orders-team
  description: "Orders microservice namespace"
  quota:
    requests.cpu: "10"
    requests.memory: "20Gi"
    limits.cpu: "20"
    limits.memory: "40Gi"
  networkPolicies:
    defaultDeny: true
    allowIngress:
      - fromNamespace: ingress-nginx
"""


def mistakes(text: str) -> dict[str, FieldError]:
    with pytest.raises(UserError) as refused:
        parse(text)
    return {each.path: each for each in refused.value.fields}


def test_the_guides_manifest_is_read_as_it_is() -> None:
    assert parse(GUIDE) == NamespaceRequest(
        "orders",
        "group:default/orders-team",
        None,
        {
            "description": "Orders microservice namespace",
            "quota": {
                "requests.cpu": "10",
                "requests.memory": "20Gi",
                "limits.cpu": "20",
                "limits.memory": "40Gi",
            },
            "networkPolicies": {"defaultDeny": True, "allowIngress": [{"fromNamespace": "ingress-nginx"}]},
        },
    )


def test_json_is_read_just_the_same() -> None:
    assert parse(json.dumps(yaml.safe_load(GUIDE))) == parse(GUIDE)


@pytest.mark.parametrize(
    ("team", "ref"),
    [
        ("orders-team", "group:default/orders-team"),
        ("shop/orders-team", "group:shop/orders-team"),
        ("group:default/orders-team", "group:default/orders-team"),
    ],
)
def test_a_team_may_be_written_short_or_as_a_reference(team: str, ref: str) -> None:
    assert parse(GUIDE.replace("team: orders-team", f"team: {team}")).owner_ref == ref


@pytest.mark.parametrize(
    ("old", "new", "path", "line"),
    [
        ('"10"', "NaN", "spec.quota.requests.cpu", 10),
        ('"10"', ".nan", "spec.quota.requests.cpu", 10),
        ('"20Gi"', "-1", "spec.quota.requests.memory", 11),
        ('"40Gi"', '"40GB"', "spec.quota.limits.memory", 13),
        ('"20"', '"0"', "spec.quota.limits.cpu", 12),
        ('"20"', '"5"', "spec.quota.requests.cpu", 10),
        ("limits.cpu", "limits.gpu", "spec.quota.limits.gpu", 12),
        ("kind: NamespaceRequest", "kind: Namespace", "kind", 3),
        ("platform.example.com/v1", "v1", "apiVersion", 2),
        ("  name: orders\n", "  name: Orders_1\n", "metadata.name", 5),
        ("  name: orders\n", "  name: kube-system\n", "metadata.name", 5),
        ("  team: orders-team\n", "", "spec.team", 6),
        ("  team: orders-team\n", "  taem: orders-team\n", "spec.taem", 7),
        ("defaultDeny: true", "defaultDeny: yes", "spec.networkPolicies.defaultDeny", 15),
        ("defaultDeny: true", "defaultDeny: false", "spec.networkPolicies.allowIngress", 16),
        ("ingress-nginx", "Ingress", "spec.networkPolicies.allowIngress[0].fromNamespace", 17),
    ],
)
def test_a_mistake_is_named_with_its_field_line_and_a_hint(old: str, new: str, path: str, line: int) -> None:
    found = mistakes(GUIDE.replace(old, new, 1))
    assert found[path].line == line
    assert found[path].message
    assert found[path].hint


def test_all_mistakes_are_named_at_once() -> None:
    text = GUIDE.replace('"10"', "NaN").replace('"20Gi"', "-1").replace("team:", "taem:")
    assert set(mistakes(text)) == {
        "spec.quota.requests.cpu",
        "spec.quota.requests.memory",
        "spec.taem",
        "spec.team",
    }


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing\n",
        "a: [1",
        f"{GUIDE}---\n{GUIDE}",
        "[1, 2]",
        "text",
        "null",
        "x" * 70_000,
        f"{GUIDE}kind: Twice\n",
    ],
)
def test_what_is_no_single_manifest_is_refused(text: str) -> None:
    with pytest.raises(UserError):
        parse(text)


def test_an_alias_bomb_is_refused_at_once() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    with pytest.raises(UserError):
        parse("\n".join(lines))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(["metadata", "metadata.name", "spec", "spec.team", "spec.environment", "spec.description"])
    | st.sampled_from(["spec.quota", "spec.networkPolicies", "spec.networkPolicies.allowIngress", "kind"]),
    JSON,
)
def test_whatever_stands_in_a_field_it_is_read_or_refused(path: str, value: Any) -> None:
    document = yaml.safe_load(GUIDE)
    *way, last = path.split(".")
    holder = document
    for name in way:
        holder = holder[name]
    holder[last] = value
    with contextlib.suppress(UserError):
        assert parse(json.dumps(document)).name

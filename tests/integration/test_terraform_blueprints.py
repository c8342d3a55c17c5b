"""Cache, registry, content delivery and cluster on the real AWS provider, against an emulated account.

The four live in one workspace: the provider starts once a command for all of them, and its pauses (half a minute before
it asks whether a cache or a distribution is there) pass side by side.
"""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integrations.aws import emulator
from integrations.aws.provider import aws_provider
from integrations.terraform.plan import SanitisedPlan, sanitise
from integrations.terraform.root_module import MAIN, RootModule
from provisioning.blueprints import blueprint_named
from provisioning.state.models import StateVersion
from tests.integration.terraform_support import Workspace, a_run, needs_aws_provider, needs_terraform
from tests.integration.test_secrets_stay_secret import files_with, places_with

pytestmark = [pytest.mark.terraform, needs_terraform, needs_aws_provider, pytest.mark.django_db(transaction=True)]

TOKEN = "canaryToken0123456789abcdefABCDE"
FACTS = {"environment": "production", "team": "orders-team"}
GUIDE = {"Environment": "production", "Team": "orders-team", "Platform": "managed"}
WISHES: dict[str, dict[str, Any]] = {
    "cache": {"name": "orders-cache", "engine_version": "7.0", "node_type": "cache.t4g.micro", "replicas": 1},
    "container-registry": {"name": "orders", "kept_images": 50, "pull_accounts": ["210987654321"]},
    "cdn": {
        "name": "shop",
        "origin_domain": "www.example.com",
        "default_root_object": "index.html",
        "price_class": "PriceClass_100",
        "expected_traffic": 500,
    },
    "kubernetes-cluster": {
        "name": "platform",
        "kubernetes_version": "1.33",
        "node_type": "m5.large",
        "minimum_nodes": 3,
        "maximum_nodes": 10,
    },
}
CHANGES: dict[str, dict[str, Any]] = {
    "cache": {"engine_version": "7.1", "node_type": "cache.t4g.small", "replicas": 2},
    "container-registry": {"kept_images": 60},
    "cdn": {"price_class": "PriceClass_200", "default_root_object": ""},
    "kubernetes-cluster": {"kubernetes_version": "1.34", "maximum_nodes": 12},
}
OWN_NAME = {
    "aliases": ["shop.example.com"],
    "certificate_arn": "arn:aws:acm:us-east-1:123456789012:certificate/00000000-0000-0000-0000-000000000000",
}


@pytest.fixture(scope="module")
def aws() -> Iterator[dict[str, str]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(emulator.command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        environment = emulator.environment(port)
        assert emulator.wait_until_answering(environment["AWS_ENDPOINT_URL"])
        yield environment
    finally:
        server.kill()
        server.wait()


def root_of(name: str, wish: dict[str, Any]) -> dict[str, Any]:
    """The root module of one blueprint, its outputs under its own name."""
    blueprint = blueprint_named(name)
    root = RootModule(
        name=name,
        inputs={},
        imposed=wish | blueprint.imposed_on(FACTS),
        secrets=tuple(blueprint.secrets),
        secrets_in_state=blueprint.secrets_in_state,
        outputs={output.name: output.sensitive for output in blueprint.outputs},
    ).main()
    root["module"][name]["source"] = f"./modules/{name}"
    root["output"] = {f"{name}-{output}": value for output, value in root["output"].items()}
    return root


class Account:
    """One workspace with a module for each blueprint."""

    def __init__(self, folder: Path, aws: dict[str, str]) -> None:
        self.workspace, self.aws = Workspace(folder, "blueprints"), aws
        for name in WISHES:
            shutil.copytree(blueprint_named(name).module, self.workspace.work / "modules" / name)
        self.terraform = self.workspace.terraform(a_run(), environment={**aws, "TF_VAR_auth_token": TOKEN})

    def write(self, changes: dict[str, dict[str, Any]]) -> None:
        main: dict[str, Any] = {"provider": {"aws": aws_provider(self.aws, default_tags={"ManagedBy": "cairn"})}}
        for name, wish in WISHES.items():
            for part, content in root_of(name, wish | changes.get(name, {})).items():
                main[part] = main.get(part, {}) | content
        (self.workspace.work / MAIN).write_text(json.dumps(main))

    def plan(self, changes: dict[str, dict[str, Any]], *, destroy: bool = False) -> SanitisedPlan | None:
        """What would happen; None for nothing at all."""
        self.write(changes)
        result = self.terraform.plan(destroy=destroy)
        assert result.ok, self.workspace.log
        return sanitise(self.terraform.show_plan()) if result.has_changes else None

    def apply(self) -> None:
        assert self.terraform.apply().verdict == "done", self.workspace.log

    def outputs(self) -> dict[str, Any]:
        return {name: output.value for name, output in self.terraform.outputs().items()}


@pytest.fixture
def account(tmp_path: Path, live_server: Any, settings: Any, aws: dict[str, str]) -> Account:
    settings.INTERNAL_URL = live_server.url
    account = Account(tmp_path, aws)
    account.write({})
    assert account.terraform.init().ok, account.workspace.log
    return account


def shown(plan: SanitisedPlan, address: str) -> dict[str, Any]:
    """The fields of one resource, as they would become."""
    change = next(change for change in plan.changes if change.address == f"module.{address}")
    return {field.path: field.after for field in change.fields}


def test_all_four_are_made_changed_and_removed_and_nothing_drifts(account: Account, tmp_path: Path) -> None:
    plan = account.plan({})
    assert plan
    _imposes_what_the_platform_wants(plan)
    assert TOKEN not in json.dumps(plan.as_json())

    account.apply()
    _has_what_clients_need(account.outputs())
    assert account.plan({}) is None, "a second plan would change something"

    plan = account.plan(CHANGES)
    assert plan
    _changes_only_what_was_asked(plan)
    account.apply()
    assert account.plan(CHANGES) is None, "a plan after the change would change something"

    # Planned, not applied: nothing issues the certificate.
    plan = account.plan(CHANGES | {"cdn": CHANGES["cdn"] | OWN_NAME})
    assert plan
    assert (plan.summary.update, len(plan.changes)) == (1, 1)
    cdn = shown(plan, "cdn.aws_cloudfront_distribution.this")
    assert cdn["viewer_certificate.0.minimum_protocol_version"] == "TLSv1.2_2021"

    plan = account.plan(CHANGES, destroy=True)
    assert plan
    account.apply()
    state = StateVersion.objects.latest_of("blueprints")
    assert json.loads(state.document)["resources"] == [], account.workspace.log

    account.terraform.forget()
    assert TOKEN not in account.workspace.log
    assert places_with([TOKEN]) == []
    assert files_with(tmp_path, [TOKEN]) == []


def _imposes_what_the_platform_wants(plan: SanitisedPlan) -> None:
    cache = shown(plan, "cache.aws_elasticache_replication_group.this")
    assert cache["replication_group_id"] == "orders-cache-production"
    assert (cache["at_rest_encryption_enabled"], cache["transit_encryption_enabled"]) == ("true", True)
    assert (cache["multi_az_enabled"], cache["automatic_failover_enabled"]) == (True, True)
    assert (cache["num_cache_clusters"], cache["snapshot_retention_limit"]) == (2, 7)
    assert cache["auth_token"] == "(sensitive)"

    repository = shown(plan, "container-registry.aws_ecr_repository.this")
    assert (repository["name"], repository["image_tag_mutability"]) == ("production/orders", "IMMUTABLE")
    assert repository["image_scanning_configuration.0.scan_on_push"] is True
    assert repository["force_delete"] is False

    cdn = shown(plan, "cdn.aws_cloudfront_distribution.this")
    assert cdn["default_cache_behavior.0.viewer_protocol_policy"] == "redirect-to-https"
    assert cdn["default_root_object"] == "index.html"

    cluster = shown(plan, "kubernetes-cluster.aws_eks_cluster.this")
    assert (cluster["vpc_config.0.endpoint_public_access"], cluster["encryption_config.0.resources.0"]) == (
        False,
        "secrets",
    )
    nodes = shown(plan, "kubernetes-cluster.aws_eks_node_group.application")
    assert (nodes["scaling_config.0.min_size"], nodes["scaling_config.0.max_size"]) == (3, 10)
    assert nodes["instance_types.0"] == "m5.large"
    template = shown(plan, "kubernetes-cluster.aws_launch_template.nodes")
    assert template["metadata_options.0.http_tokens"] == "required"
    addons = {change.address.split('"')[1] for change in plan.changes if "aws_eks_addon" in change.address}
    assert addons == {"vpc-cni", "coredns", "kube-proxy", "aws-ebs-csi-driver"}

    for fields in (cache, repository, cdn, cluster, nodes, template):
        assert {name: fields[f"tags.{name}"] for name in GUIDE} == GUIDE
        assert fields["tags_all.ManagedBy"] == "cairn"


def _has_what_clients_need(outputs: dict[str, Any]) -> None:
    missing = [
        f"{name}-{output.name}"
        for name in WISHES
        for output in blueprint_named(name).outputs
        if not outputs.get(f"{name}-{output.name}")
    ]
    assert missing == []
    assert outputs["cache-port"] == 6379
    assert outputs["container-registry-url"].endswith("/production/orders")
    assert outputs["kubernetes-cluster-cluster"] == "platform-production"


def _changes_only_what_was_asked(plan: SanitisedPlan) -> None:
    changed = {
        change.address.removeprefix("module."): {
            field.path: (field.before, field.after) for field in change.fields if field.after != "(known after apply)"
        }
        for change in plan.changes
    }
    rules = changed.pop("container-registry.aws_ecr_lifecycle_policy.this")
    assert '"countNumber":60' in rules["policy"][1]
    assert changed == {
        "cache.aws_elasticache_replication_group.this": {
            "engine_version": ("7.0", "7.1"),
            "node_type": ("cache.t4g.micro", "cache.t4g.small"),
            "num_cache_clusters": (2, 3),
        },
        "cdn.aws_cloudfront_distribution.this": {
            "price_class": ("PriceClass_100", "PriceClass_200"),
            "default_root_object": ("index.html", ""),
        },
        "kubernetes-cluster.aws_eks_cluster.this": {"version": ("1.33", "1.34")},
        "kubernetes-cluster.aws_eks_node_group.application": {
            "version": ("1.33", "1.34"),
            "scaling_config.0.max_size": (10, 12),
        },
    }

"""A signed push has what it touched read again, and nothing else."""

import hashlib
import hmac
import json
from typing import Any

import pytest
from django.test import Client

from catalog.actions import register_source, sync_source
from catalog.models import Entity, Problem, Source
from catalog.tasks import refresh_source
from integrations.fake_rest import Fault, Reply
from integrations.github.fake import FakeGitHub, FakeRepository
from integrations.gitlab.fake import FakeGitLab
from metrics import actions
from metrics.models import Delivery
from runs.models import OutboxMessage

pytestmark = pytest.mark.django_db
SECRET = "It's a Secret to Everybody"


def component(name: str, more: str = "") -> str:
    return (
        f"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: {name}\n{more}"
        "spec:\n  type: service\n  lifecycle: production\n  owner: orders-team\n"
    )


def body(repository: str, *paths: str, branch: str = "main", **more: Any) -> dict[str, Any]:
    """A ``push`` delivery of GitHub, cut to what is read."""
    return {
        "ref": f"refs/heads/{branch}",
        "before": "1" * 40,
        "after": "2" * 40,
        "repository": {
            "full_name": repository,
            "default_branch": "main",
            "html_url": f"https://github.test/{repository}",
        },
        "commits": [{"id": "2" * 40, "added": [], "removed": [], "modified": list(paths)}],
        **more,
    }


def deliver(content: dict[str, Any], *, key: str = "1", signature: str = "") -> int:
    raw = json.dumps(content).encode()
    signed = "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": signature or signed, "X-GitHub-Delivery": key, "X-GitHub-Event": "push"}
    return Client().post("/webhooks/github", raw, content_type="application/json", headers=headers).status_code


def work() -> str:
    """What the worker does with the deliveries and with what they lead to."""
    for delivery in Delivery.objects.filter(state="new"):
        actions.read_delivery(delivery)
    for message in OutboxMessage.objects.filter(task="catalog.tasks.refresh_source"):
        refresh_source(*message.args)
        message.delete()
    return str(Delivery.objects.order_by("-pk").values_list("outcome", flat=True).first())


def names() -> list[str]:
    return sorted(Entity.objects.present().exclude(kind="Location").values_list("name", flat=True))


@pytest.fixture
def orders(github: FakeGitHub) -> FakeRepository:
    made = github.add("acme/orders", {"catalog-info.yaml": component("orders")})
    github.add("acme/stock", {"catalog-info.yaml": component("stock")})
    return made


@pytest.fixture
def acme(orders: FakeRepository, github: FakeGitHub) -> Source:
    made = register_source(kind="github", target="https://github.test/acme", by=None)
    sync_source(source=made, by=None)
    github.requests.clear()
    return made


def test_a_push_refreshes_the_one_repository(acme: Source, orders: FakeRepository, github: FakeGitHub) -> None:
    orders.push({"catalog-info.yaml": component("orders-2")})
    assert deliver(body("acme/orders", "catalog-info.yaml")) == 202
    assert work() == "push to main of acme/orders: 1 source of the catalog read it again"
    assert names() == ["orders-2", "stock"]
    assert {asked.path.split("/")[3] for asked in github.requests} == {"orders"}
    github.requests.clear()
    sync_source(source=Source.objects.get(), by=None)
    assert [asked.path for asked in github.requests] == ["/orgs/acme/repos"]
    assert names() == ["orders-2", "stock"]


def test_pushes_to_a_repository_keep_the_sync_of_all_the_others_where_it_was(
    acme: Source, orders: FakeRepository
) -> None:
    before = Source.objects.values_list("next_sync_at", "good_at").get()
    orders.push({"catalog-info.yaml": component("orders", "  title: Orders\n")})
    deliver(body("acme/orders", "catalog-info.yaml"))
    work()
    assert Entity.objects.get(name="orders").title == "Orders"
    assert Source.objects.values_list("next_sync_at", "good_at").get() == before


def test_a_change_that_is_taken_back_between_two_syncs_is_seen(acme: Source, orders: FakeRepository) -> None:
    orders.push({"catalog-info.yaml": component("orders-2")})
    deliver(body("acme/orders", "catalog-info.yaml"))
    work()
    orders.push({"catalog-info.yaml": component("orders")})
    sync_source(source=Source.objects.get(), by=None)
    assert names() == ["orders", "stock"]


@pytest.mark.parametrize(
    "content",
    [
        body("acme/orders", "src/main.go"),
        body("acme/orders", "catalog-info.yaml", branch="feature"),
        body("acme/orders", "catalog-info.yaml", deleted=True),
        body("other/orders", "catalog-info.yaml"),
        body("acme2/orders", "catalog-info.yaml"),
        body("acme/orders", "catalog-info.yaml", ref="refs/tags/v1"),
    ],
)
def test_a_push_that_touches_no_catalog_file_costs_nothing(acme: Source, github: FakeGitHub, content: dict) -> None:
    deliver(content)
    work()
    assert github.requests == []
    assert Delivery.objects.get().state == "ignored"


def test_a_forced_push_may_have_touched_anything(acme: Source, orders: FakeRepository) -> None:
    orders.push({"catalog-info.yaml": component("orders-2")})
    deliver(body("acme/orders", forced=True))
    work()
    assert names() == ["orders-2", "stock"]


def test_a_push_that_is_not_signed_well_is_refused(acme: Source) -> None:
    assert deliver(body("acme/orders", "catalog-info.yaml"), signature="sha256=00") == 401
    assert not Delivery.objects.exists()


def test_problems_come_and_go_with_the_repository(acme: Source, orders: FakeRepository, github: FakeGitHub) -> None:
    github.add("acme/bad", {"catalog-info.yaml": "kind: ["})
    sync_source(source=acme, by=None)
    orders.push({"catalog-info.yaml": component("orders") + "---\n" + component("not a name")})
    deliver(body("acme/orders", "catalog-info.yaml"))
    work()
    assert {problem.file.split("/")[4] for problem in Problem.objects.all()} == {"bad", "orders"}
    orders.push({"catalog-info.yaml": component("orders")})
    deliver(body("acme/orders", "catalog-info.yaml"), key="2")
    work()
    assert {problem.file.split("/")[4] for problem in Problem.objects.all()} == {"bad"}
    assert names() == ["orders", "stock"]


def test_a_push_cannot_take_what_another_repository_says(acme: Source, orders: FakeRepository) -> None:
    orders.push({"catalog-info.yaml": component("stock")})
    deliver(body("acme/orders", "catalog-info.yaml"))
    work()
    assert "acme/stock" in Entity.objects.get(name="stock").location
    assert "is said in" in Problem.objects.get().message


def test_a_repository_that_fails_now_makes_the_source_due(acme: Source, github: FakeGitHub) -> None:
    before = Source.objects.get().next_sync_at
    github.faults = [Fault("/repos/acme/orders", Reply(403, {"message": "no"}))]
    deliver(body("acme/orders", "catalog-info.yaml"))
    work()
    assert names() == ["orders", "stock"]
    assert Source.objects.get().next_sync_at < before


def test_sources_of_one_file_are_read_when_it_or_what_it_read_is_touched(
    orders: FakeRepository, github: FakeGitHub
) -> None:
    text = component("orders", "  description: {$text: ./about.txt}\n")
    orders.push({"catalog-info.yaml": text, "about.txt": "one"})
    target = "https://github.test/acme/orders/blob/main/catalog-info.yaml"
    sync_source(source=register_source(kind="url", target=target, by=None), by=None)
    orders.push({"catalog-info.yaml": text, "about.txt": "two"})
    deliver(body("acme/orders", "about.txt"))
    work()
    assert Entity.objects.get(name="orders").description == "two"


def test_gitlab_s_push_refreshes_the_one_project(gitlab: FakeGitLab, settings: Any) -> None:
    settings.WEBHOOK_SECRETS = {"gitlab": SECRET}
    gitlab.groups = {"acme": []}
    made = gitlab.add("acme/shop/orders", {"catalog-info.yaml": component("orders")})
    gitlab.add("acme/stock", {"catalog-info.yaml": component("stock")})
    sync_source(source=register_source(kind="gitlab", target="https://gitlab.test/acme", by=None), by=None)
    made.push({"catalog-info.yaml": component("orders-2")})
    gitlab.requests.clear()
    project = {
        "path_with_namespace": "acme/shop/orders",
        "default_branch": "main",
        "web_url": "https://gitlab.test/acme/shop/orders",
    }
    content = {
        "object_kind": "push",
        "ref": "refs/heads/main",
        "before": "1" * 40,
        "after": "2" * 40,
        "project": project,
        "commits": [{"added": [], "modified": ["catalog-info.yaml"], "removed": []}],
        "total_commits_count": 1,
    }
    headers = {"X-Gitlab-Token": SECRET, "X-Gitlab-Event-UUID": "1", "X-Gitlab-Event": "Push Hook"}
    answer = Client().post("/webhooks/gitlab", json.dumps(content), content_type="application/json", headers=headers)
    assert answer.status_code == 202
    work()
    assert names() == ["orders-2", "stock"]
    assert not gitlab.asked_for("stock")
    refused = Client().post("/webhooks/gitlab", "{}", content_type="application/json", headers={"X-Gitlab-Token": "x"})
    assert refused.status_code == 401

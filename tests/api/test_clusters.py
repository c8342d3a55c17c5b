"""Clusters: who adds them, what is refused, what a test finds, and which one a namespace goes to."""

# ruff: noqa: F401, F811  -- fixtures are imported by name

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Event
from provisioning.models import Cluster, Resource
from tests.api.test_requests import post
from tests.kubernetes import Server, emulated_cluster
from tests.unit.integrations.kubernetes.test_pasted import kubeconfig

pytestmark = pytest.mark.django_db
Api = Callable[..., APIClient]
TOKEN = "eyJ-canary-token"
NAMESPACE: dict[str, Any] = {
    "blueprint": "namespace",
    "name": "orders",
    "owner": "orders-team",
    "environment": "production",
    "inputs": {"quota": {"requests.cpu": "1", "limits.cpu": "2"}},
}


@pytest.fixture
def given(emulated_cluster: Server, settings: Any) -> dict[str, Any]:
    """A cluster that answers."""
    settings.HTTP_ALLOW_PRIVATE, settings.KUBECONFIG = ("127.0.0.1",), ""
    server = emulated_cluster.credentials.server
    return {"name": "prod-eu", "server": server, "token": TOKEN, "environments": ["production"]}


def added(api: APIClient, given: dict[str, Any], **more: Any) -> Cluster:
    answer = post(api, "clusters", given | more)
    assert answer.status_code == 201, answer.json()
    return Cluster.objects.get(pk=answer.json()["id"])


def test_a_platform_admin_adds_tests_changes_and_removes_a_cluster(pat: User, api_for: Api, given: Any) -> None:
    api = api_for(pat)
    cluster = added(api, given)
    tested = post(api, f"clusters/{cluster.pk}/tests", {}).json()
    assert tested["probe"]["emulated"]
    assert tested["probe"]["server_side_apply"]
    assert tested["probe"]["managed_fields"]
    assert (tested["probe"]["missing"], tested["label"]) == ([], "emulated API")
    changed = api.put(
        f"/api/v1/clusters/{cluster.pk}", given | {"token": "", "environments": ["staging"]}, format="json"
    )
    assert (changed.status_code, changed.json()["environments"]) == (200, ["staging"])
    assert api.delete(f"/api/v1/clusters/{cluster.pk}").status_code == 204
    assert not Cluster.objects.exists()
    verbs = list(Event.objects.filter(subject_kind="cluster").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["cluster.added", "cluster.tested", "cluster.changed", "cluster.removed"]


def test_the_token_is_kept_encrypted_and_never_shown_again(
    pat: User, api_for: Api, client_for: Callable[[User], Client], given: Any
) -> None:
    cluster = added(api_for(pat), given)
    assert cluster.bearer == TOKEN
    assert TOKEN.encode() not in bytes(cluster.token)
    pages = [client_for(pat).get(path).content.decode() for path in ("/clusters", f"/clusters/{cluster.pk}")]
    answers = [api_for(pat).get(f"/api/v1/{path}").content.decode() for path in ("clusters", f"clusters/{cluster.pk}")]
    trail = str(list(Event.objects.values()))
    assert all(TOKEN not in text for text in (*pages, *answers, trail))


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"name": "Prod EU"}, "name"),
        ({"name": "default"}, "name"),
        ({"server": ""}, "server"),
        ({"server": "file:///etc/passwd"}, "server"),
        ({"server": "https://user:hush@k8s.example.com"}, "server"),
        ({"server": "https://[::1"}, "server"),
        ({"server": "https://169.254.169.254"}, "server"),
        ({"server": "https://10.0.0.1:6443"}, "server"),
        ({"server": "http://127.0.0.2:6443"}, "server"),
        ({"authority": "no certificate"}, "authority"),
        ({"token": ""}, "token"),
        ({"token": "two words"}, "token"),
        ({"token": "line\r\nHost: evil"}, "token"),
        ({"environments": []}, "environments"),
        ({"environments": ["moon"]}, "environments"),
        ({"profile": {"dns_port": 0}}, "profile.dns_port"),
        ({"intake": {"team-orders": "group:default/nobody"}}, "intake"),
    ],
)
def test_mistakes_are_named_by_field_and_keep_nothing(
    pat: User, api_for: Api, given: Any, wrong: Any, path: str
) -> None:
    answer = post(api_for(pat), "clusters", given | wrong)
    assert answer.status_code == 422, answer.json()
    assert path in {field["path"] for field in answer.json()["errors"]}
    assert not Cluster.objects.exists()


def test_a_token_is_not_sent_to_another_server_than_it_was_given_for(pat: User, api_for: Api, given: Any) -> None:
    cluster = added(api_for(pat), given)
    moved = given | {"server": "http://127.0.0.1:1", "token": ""}
    answer = api_for(pat).put(f"/api/v1/clusters/{cluster.pk}", moved, format="json")
    assert answer.status_code == 422
    assert [field["path"] for field in answer.json()["errors"]] == ["token"]


def test_a_cluster_that_does_not_answer_says_so_and_loses_nothing(pat: User, api_for: Api, given: Any) -> None:
    cluster = added(api_for(pat), given, server="http://127.0.0.1:1")
    tested = post(api_for(pat), f"clusters/{cluster.pk}/tests", {})
    assert tested.status_code == 201
    assert tested.json()["probe"]["error"]["id"] == "kubernetes-unreachable"
    assert tested.json()["label"] == "does not answer"


def test_an_address_that_has_become_private_is_not_asked(pat: User, api_for: Api, given: Any, settings: Any) -> None:
    cluster = added(api_for(pat), given)
    settings.HTTP_ALLOW_PRIVATE = ()
    tested = post(api_for(pat), f"clusters/{cluster.pk}/tests", {}).json()
    assert tested["probe"]["error"]["id"] == "address-refused"


def test_a_kubeconfig_fills_the_form_and_a_hostile_one_is_refused_with_its_line(
    pat: User, api_for: Api, client_for: Callable[[User], Client], given: Any
) -> None:
    browser = client_for(pat)
    page = browser.post("/clusters/new", {"paste": "1", "kubeconfig": kubeconfig()})
    assert page.status_code == 200
    assert 'value="https://k8s.example.com:6443"' in page.content.decode()
    assert 'value="prod-eu"' in page.content.decode()
    assert page["Cache-Control"] == "no-store"
    hostile = kubeconfig(user="exec: {command: touch, args: [ran]}")
    refused = browser.post("/clusters/new", {"paste": "1", "kubeconfig": hostile, "name": "mine"})
    assert refused.status_code == 422
    assert "Line 20: exec would run a program here." in refused.content.decode()
    assert 'value="mine"' in refused.content.decode()
    by_api = post(api_for(pat), "clusters", {"name": "x", "environments": ["staging"], "kubeconfig": hostile})
    assert (by_api.status_code, by_api.json()["errors"][0]["line"]) == (422, 20)
    assert not Cluster.objects.exists()


def test_a_form_with_mistakes_keeps_what_was_typed_but_the_token(
    pat: User, client_for: Callable[[User], Client], given: Any
) -> None:
    form = {
        "name": "prod-eu",
        "server": "nowhere",
        "token": TOKEN,
        "dns_labels": "k8s-app=dns",
        "environments": "staging",
    }
    page = client_for(pat).post("/clusters/new", form | {"dns_namespace": "kube-system", "dns_port": "53"})
    text = page.content.decode()
    assert page.status_code == 422
    assert "k8s-app=dns" in text
    assert 'value="staging" checked' in text
    assert TOKEN not in text


def test_a_namespace_goes_to_the_cluster_of_its_environment_and_stays_there(
    alice: User, pat: User, api_for: Api, given: Any
) -> None:
    cluster = added(api_for(pat), given)
    made = post(api_for(alice), "requests", NAMESPACE)
    assert made.status_code == 201, made.json()
    resource = Resource.objects.get(pk=made.json()["resource"]["id"])
    assert resource.cluster == cluster
    assert api_for(alice).get(f"/api/v1/resources/{resource.pk}").json()["target"] == "prod-eu"
    refused = api_for(pat).delete(f"/api/v1/clusters/{cluster.pk}")
    assert refused.status_code == 409
    assert "orders in production" in refused.json()["detail"]
    Resource.objects.update(state="deleted")
    assert api_for(pat).delete(f"/api/v1/clusters/{cluster.pk}").status_code == 204


def test_where_several_serve_an_environment_whoever_asks_says_which(
    alice: User, pat: User, api_for: Api, client_for: Callable[[User], Client], given: Any
) -> None:
    added(api_for(pat), given)
    other = added(api_for(pat), given, name="prod-us")
    asked = post(api_for(alice), "requests", NAMESPACE)
    assert asked.json()["errors"][0]["path"] == "target"
    assert "One of prod-eu, prod-us." in asked.json()["errors"][0]["hint"]
    unknown = post(api_for(alice), "requests", NAMESPACE | {"target": "prod-cn"})
    assert unknown.status_code == 422
    made = post(api_for(alice), "requests", NAMESPACE | {"target": "prod-us"})
    assert Resource.objects.get(pk=made.json()["resource"]["id"]).cluster == other
    form = client_for(alice).get("/self-service/namespace/new").content.decode()
    assert '<option value="prod-us"' in form
    posted = {"name": "carts", "owner": "group:default/orders-team", "environment": "production", "target": "prod-eu"}
    kept = client_for(alice).post("/self-service/namespace/new", posted | {"inputs.quota.requests.cpu": "1"})
    assert kept.status_code == 302, kept.content.decode()
    assert Resource.objects.get(name="carts").cluster.name == "prod-eu"


def test_an_environment_that_no_cluster_serves_is_refused_on_the_form(
    alice: User, pat: User, api_for: Api, given: Any
) -> None:
    added(api_for(pat), given)
    asked = post(api_for(alice), "requests", NAMESPACE | {"environment": "staging"})
    assert (asked.status_code, asked.json()["errors"][0]["message"]) == (422, "No cluster serves staging.")


def test_nobody_asks_for_a_namespace_of_the_cluster_itself(alice: User, pat: User, api_for: Api, given: Any) -> None:
    added(api_for(pat), given, profile={"system_namespaces": ["istio-*"]})
    asked = post(api_for(alice), "requests", NAMESPACE | {"name": "istio-system"})
    assert (asked.status_code, asked.json()["errors"][0]["path"]) == (422, "name")


def test_the_cluster_of_the_configuration_is_there_labelled_and_stays(
    pat: User, api_for: Api, given: Any, settings: Any, tmp_path: Any
) -> None:
    settings.KUBECONFIG = str(tmp_path / "kubeconfig")
    (tmp_path / "kubeconfig").write_text(kubeconfig())
    added(api_for(pat), given)
    (first, _) = api_for(pat).get("/api/v1/clusters").json()["items"]
    assert (first["name"], first["configured"], first["label"]) == ("default", True, "not tested yet")
    assert api_for(pat).delete(f"/api/v1/clusters/{first['id']}").status_code == 409
    # It serves what no other one names.
    assert [row.name for row in Cluster.objects.serving("production")] == ["prod-eu"]
    assert [row.name for row in Cluster.objects.serving("staging")] == ["default"]


@pytest.mark.parametrize("path", ["clusters", "cloud-accounts"])
def test_developers_neither_see_nor_add_targets(path: str, alice: User, api_for: Api, given: Any) -> None:
    assert api_for(alice).get(f"/api/v1/{path}").status_code == 403
    assert post(api_for(alice), path, given).status_code == 403
    assert not Cluster.objects.exists()

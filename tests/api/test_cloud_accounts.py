"""Cloud accounts: who adds them, what is refused, which keys a phase gets, and that none is kept."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Event
from common.errors import ProviderError
from provisioning.cloud_credentials import access_to
from provisioning.models import CloudAccount, Resource
from tests.api.test_requests import BODY, post

pytestmark = pytest.mark.django_db
Api = Callable[..., APIClient]
SECRET = "canary-secret-key"
GIVEN: dict[str, Any] = {
    "name": "prod",
    "region": "eu-west-1",
    "environments": ["production"],
    "credentials": {"kind": "environment", "prefix": "PROD_"},
}
KEYS = {"PROD_AWS_ACCESS_KEY_ID": "AKIAPROD1234", "PROD_AWS_SECRET_ACCESS_KEY": SECRET}
READING = {"READ_AWS_ACCESS_KEY_ID": "AKIAREAD5678", "READ_AWS_SECRET_ACCESS_KEY": SECRET}


@pytest.fixture(autouse=True)
def _keys(settings: Any) -> None:
    settings.CLOUD_CREDENTIALS = KEYS | READING


def added(api: APIClient, **more: Any) -> CloudAccount:
    answer = post(api, "cloud-accounts", GIVEN | more)
    assert answer.status_code == 201, answer.json()
    return CloudAccount.objects.get(pk=answer.json()["id"])


def test_a_platform_admin_adds_tests_changes_and_removes_an_account(pat: User, api_for: Api) -> None:
    api = api_for(pat)
    account = added(api)
    tested = post(api, f"cloud-accounts/{account.pk}/tests", {}).json()["tested"]
    assert tested["apply"] == {"key": "…1234", "expires": None}
    changed = api.put(f"/api/v1/cloud-accounts/{account.pk}", GIVEN | {"region": "us-east-1"}, format="json")
    assert changed.json()["region"] == "us-east-1"
    assert api.delete(f"/api/v1/cloud-accounts/{account.pk}").status_code == 204
    events = Event.objects.filter(subject_kind="cloud-account").order_by("pk")
    assert [event.verb.split(".")[1] for event in events] == ["added", "tested", "changed", "removed"]
    assert SECRET not in str(list(events.values()))


def test_plans_have_credentials_of_their_own_where_they_are_given(pat: User, api_for: Api) -> None:
    reading = {"kind": "environment", "prefix": "READ_"}
    role = "arn:aws:iam::123456789012:role/cairn"
    account = added(api_for(pat), plan_credentials=reading, role_arn=role)
    plan, apply = access_to(account, "plan"), access_to(account, "apply")
    assert (plan.environment["AWS_ACCESS_KEY_ID"], plan.role) == ("AKIAREAD5678", "")
    assert (apply.environment["AWS_ACCESS_KEY_ID"], apply.role) == ("AKIAPROD1234", role)
    assert SECRET not in repr(plan)
    account.plan_credentials, account.plan_role_arn = {}, f"{role}-read"
    assert access_to(account, "plan").role == f"{role}-read"


def test_keys_that_are_gone_are_named_and_never_another_account_s(pat: User, api_for: Api, settings: Any) -> None:
    account = added(api_for(pat))
    settings.CLOUD_CREDENTIALS = READING
    with pytest.raises(ProviderError, match="PROD_AWS_ACCESS_KEY_ID is not set"):
        access_to(account, "apply")
    tested = post(api_for(pat), f"cloud-accounts/{account.pk}/tests", {}).json()["tested"]
    assert tested["apply"]["error"]["id"] == "cloud-credentials"


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"name": ""}, "name"),
        ({"name": "default"}, "name"),
        ({"region": "mars"}, "region"),
        ({"environments": ["moon"]}, "environments"),
        ({"environments": []}, "environments"),
        ({"credentials": {}}, "credentials"),
        ({"credentials": {"kind": "paste", "key": "AKIA"}}, "credentials"),
        ({"credentials": {"kind": "environment", "prefix": ""}}, "credentials.prefix"),
        ({"credentials": {"kind": "environment", "prefix": "prod"}}, "credentials.prefix"),
        ({"credentials": {"kind": "file", "path": "keys", "profile": "x"}}, "credentials.path"),
        ({"credentials": {"kind": "file", "path": "/a/../etc/shadow", "profile": "x"}}, "credentials.path"),
        ({"credentials": {"kind": "file", "path": "/etc/keys", "profile": "a]\n[b"}}, "credentials.profile"),
        ({"credentials": {"kind": "command", "command": ["/bin/sh", "-c", "id"]}}, "credentials.command"),
        ({"credentials": {"kind": "command", "command": "id"}}, "credentials.command"),
        ({"plan_credentials": {"kind": "environment", "prefix": "x"}}, "plan_credentials.prefix"),
        ({"role_arn": "admin"}, "role_arn"),
        ({"endpoint": "http://169.254.169.254"}, "endpoint"),
    ],
)
def test_mistakes_are_named_by_field(pat: User, api_for: Api, wrong: Any, path: str) -> None:
    answer = post(api_for(pat), "cloud-accounts", GIVEN | wrong)
    assert answer.status_code == 422, answer.json()
    assert path in {field["path"] for field in answer.json()["errors"]}
    assert not CloudAccount.objects.filter(configured=False).exists()


def test_a_name_that_is_taken_is_a_conflict(pat: User, api_for: Api) -> None:
    added(api_for(pat))
    assert post(api_for(pat), "cloud-accounts", GIVEN).status_code == 409


def test_a_database_goes_to_the_account_of_its_environment_which_cannot_be_removed_then(
    alice: User, pat: User, api_for: Api
) -> None:
    account = added(api_for(pat))
    made = post(api_for(alice), "requests", BODY).json()
    assert (made["target"], Resource.objects.get().cloud_account) == ("prod", account)
    refused = api_for(pat).delete(f"/api/v1/cloud-accounts/{account.pk}")
    assert (refused.status_code, refused.json()["id"]) == (409, "target-in-use")
    staging = post(api_for(alice), "requests", BODY | {"environment": "staging"}).json()
    assert staging["target"] == "default"


def test_the_form_keeps_what_was_typed_and_shows_what_it_reads(
    pat: User, client_for: Callable[[User], Client], settings: Any
) -> None:
    settings.CREDENTIAL_COMMANDS = ("/usr/local/bin/keys",)
    browser = client_for(pat)
    form = {"name": "prod", "region": "mars", "environments": "production", "credentials_kind": "command"}
    form |= {"credentials_command": "/usr/local/bin/keys --for 'prod eu'"}
    page = browser.post("/cloud-accounts/new", form)
    assert page.status_code == 422
    assert "--for &#x27;prod eu&#x27;" in page.content.decode()
    kept = browser.post("/cloud-accounts/new", form | {"region": "eu-west-1"}, follow=True)
    assert kept.status_code == 200
    assert CloudAccount.objects.get(name="prod").credentials["command"] == ["/usr/local/bin/keys", "--for", "prod eu"]
    assert "--for &#x27;prod eu&#x27;" in kept.content.decode()
    assert browser.post(f"/cloud-accounts/{CloudAccount.objects.get(name='prod').pk}/test").status_code == 302


def test_the_emulator_stays_the_default_and_says_that_it_is_one(pat: User, api_for: Api, settings: Any) -> None:
    settings.AWS_ENVIRONMENT = {"AWS_ENDPOINT_URL": "http://127.0.0.1:5000", "AWS_REGION": "eu-central-1"}
    (only,) = api_for(pat).get("/api/v1/cloud-accounts").json()["items"]
    assert (only["name"], only["configured"], only["emulated"]) == ("default", True, True)
    assert access_to(CloudAccount.objects.configured(), "apply").environment == settings.AWS_ENVIRONMENT

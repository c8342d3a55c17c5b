"""Answers of the catalog API come from memory while nothing has changed, and never a moment longer."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.actions import change_role, create_token, revoke_token
from accounts.models import ApiToken, User
from tests.integration.test_catalog_sync import Folder, component

pytestmark = pytest.mark.django_db
NAMED = "/api/catalog/entities/by-name/component/default/orders"
LIST = "/api/catalog/entities/by-query?filter=kind=component"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "one")
    made.write("a.yaml", component("orders"))
    made.sync()
    return made


@pytest.fixture
def api(folder: Folder, alice: User, api_for: Callable[..., APIClient]) -> APIClient:
    return api_for(alice)


def queries(api: APIClient, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert api.get(path).status_code == 200
    return len(captured)


@pytest.mark.parametrize("path", [NAMED, LIST])
def test_the_same_question_again_asks_only_whether_something_has_changed(api: APIClient, path: str) -> None:
    first = api.get(path)
    assert queries(api, path) == 0  # the driver is asked straight
    assert api.get(path).content == first.content


@pytest.mark.parametrize("path", [NAMED, LIST])
def test_a_change_is_seen_at_once(api: APIClient, folder: Folder, path: str) -> None:
    before = api.get(path).content
    folder.write("a.yaml", component("orders", owner="others"))
    folder.sync()
    after = api.get(path).content
    assert before != after
    assert b"others" in after


def test_what_is_gone_is_gone_and_errors_are_not_remembered(api: APIClient, folder: Folder) -> None:
    assert api.get(NAMED).status_code == 200
    (folder.path / "a.yaml").unlink()
    folder.sync(allow_removal=True)
    assert api.get(NAMED).status_code == 404
    folder.write("a.yaml", component("orders"))
    folder.sync()
    assert api.get(NAMED).status_code == 200


def test_a_revoked_token_ends_with_the_next_request(alice: User, api: APIClient) -> None:
    assert api.get(NAMED).status_code == 200
    revoke_token(token=ApiToken.objects.get(user=alice), by=alice)
    assert api.get(NAMED).status_code == 401


def test_a_person_who_left_reads_nothing_more(alice: User, api: APIClient) -> None:
    assert api.get(NAMED).status_code == 200
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert api.get(NAMED).status_code == 401


def test_a_token_expires_although_it_is_remembered(folder: Folder, alice: User) -> None:
    _, text = create_token(user=alice, scopes=["catalog:read"], by=alice, days=1)
    api = APIClient()
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {text}")
    assert api.get(NAMED).status_code == 200
    ApiToken.objects.filter(user=alice).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert api.get(NAMED).status_code == 401


def test_a_new_role_counts_with_the_next_request(alice: User, pat: User, api: APIClient, folder: Folder) -> None:
    refresh = {"entityRef": "component:default/orders"}
    assert api.post("/api/catalog/refresh", refresh, format="json").status_code == 200
    change_role(user=alice, role="viewer", by=pat)
    assert api.post("/api/catalog/refresh", refresh, format="json").status_code == 403


def test_bodies_are_part_of_the_question(api: APIClient) -> None:
    path = "/api/catalog/entities/by-refs"
    one = api.post(path, {"entityRefs": ["component:default/orders"]}, format="json").json()
    other = api.post(path, {"entityRefs": ["component:default/none"]}, format="json").json()
    assert one["items"][0]["metadata"]["name"] == "orders"
    assert other["items"] == [None]


def test_a_stranger_gets_nothing_of_what_is_remembered(api: APIClient) -> None:
    assert api.get(NAMED).status_code == 200
    assert APIClient().get(NAMED).status_code == 401

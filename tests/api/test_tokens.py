"""Tokens by script: made once, shown once, ended at once."""

from collections.abc import Callable

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import ApiToken, User

pytestmark = pytest.mark.django_db
ApiFor = Callable[..., APIClient]


def test_a_token_made_by_script_works_and_its_text_is_never_shown_again(alice: User, api_for: ApiFor) -> None:
    api = api_for(alice)
    made = api.post("/api/v1/tokens", {"name": "ci", "scopes": ["runs:read"], "days": 90}, format="json")
    assert made.status_code == 201
    text = made.json()["token"]
    assert Client().get("/api/v1/runs", headers={"Authorization": f"Bearer {text}"}).status_code == 200

    listed = api.get("/api/v1/tokens")
    assert {token["name"]: token["scopes"] for token in listed.json()["items"]}["ci"] == ["runs:read"]
    assert text not in listed.content.decode()
    assert not ApiToken.objects.filter(digest__contains=text).exists()


def test_a_revoked_token_opens_nothing_from_then_on(alice: User, api_for: ApiFor) -> None:
    api = api_for(alice)
    made = api.post("/api/v1/tokens", {"scopes": ["runs:read"]}, format="json").json()
    assert api.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert Client().get("/api/v1/runs", headers=headers).status_code == 401
    assert made["id"] not in {token["id"] for token in api.get("/api/v1/tokens").json()["items"]}


def test_a_token_cannot_make_another_that_may_do_more(alice: User, api_for: ApiFor) -> None:
    answer = api_for(alice, scopes=("runs:read",)).post("/api/v1/tokens", {"scopes": ["admin"]}, format="json")
    assert (answer.status_code, answer.json()["id"]) == (403, "scope-missing")


@pytest.mark.parametrize("body", [{}, {"scopes": []}, {"scopes": ["everything"]}, {"scopes": ["admin"], "days": 0}])
def test_a_token_that_makes_no_sense_is_refused_by_its_field(alice: User, api_for: ApiFor, body: dict) -> None:
    answer = api_for(alice).post("/api/v1/tokens", body, format="json")
    assert answer.status_code == 422
    assert {error["path"].partition("[")[0] for error in answer.json()["errors"]} <= {"scopes", "days"}

"""Numbers and cursors that are far too large, negative or of another type: an answer or a refusal, never a fault."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from common.numbers import parse_digits

pytestmark = pytest.mark.django_db
NUMBERS = ["", "9" * 20, "9" * 5000, "-1", "--1", "1.5", "٣", "²", "true", "0x10", "1 or 1=1"]
PARAMETERS = {
    "/api/catalog/entities": ("limit", "offset"),
    "/api/catalog/entities/by-query": ("limit", "offset"),
    "/api/v1/catalog/changes": ("limit",),
    "/api/v1/problems": ("limit",),
    "/api/v1/audit": ("limit",),
    "/api/v1/runs": ("limit",),
    "/api/v1/metrics/deployment_frequency/rows": ("limit",),
}
PAGED = [
    "/api/v1/catalog/changes",
    "/api/v1/sources",
    "/api/v1/problems",
    "/api/v1/audit",
    "/api/v1/runs",
    "/api/v1/resources",
    "/api/v1/requests",
    "/api/v1/metrics/deployment_frequency/rows",
    "/api/v1/deliveries",
    "/api/catalog/entities/by-query",
    "/activity",
]
VALUES: list[Any] = [10**30, -(10**30), -1, "text", "\0", True, None, 1.5, [1], {"a": 1}, [], {}]


@pytest.fixture
def api(pat: User, api_for: Callable[..., APIClient]) -> APIClient:
    client = api_for(pat)
    client.force_login(pat, backend="django.contrib.auth.backends.ModelBackend")
    return client


def encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize("address", PARAMETERS)
def test_a_number_is_used_or_refused(api: APIClient, address: str) -> None:
    for name in PARAMETERS[address]:
        statuses = {number[:9]: api.get(address, {name: number}).status_code for number in NUMBERS}
        assert set(statuses.values()) <= {200, 400, 422}, (name, statuses)
        assert {400, 422} & set(statuses.values())


@pytest.mark.parametrize("address", PAGED)
def test_a_forged_cursor_is_refused_or_finds_nothing(api: APIClient, address: str) -> None:
    statuses = {repr(value): api.get(address, {"cursor": encoded(value)}).status_code for value in VALUES}
    assert set(statuses.values()) <= {200, 400, 422}, statuses
    assert statuses["'text'"] in {400, 422}


def test_a_cursor_of_the_catalog_api_that_somebody_made_is_refused(api: APIClient) -> None:
    after = encoded({"limit": 1, "offset": 0})
    assert api.get("/api/catalog/entities", {"after": after}).status_code == 400
    body = {"cursor": encoded({"predicate": None, "after": 0})}
    assert api.post("/api/catalog/locations/by-query", body, format="json").status_code == 400


def test_numbers_in_a_body_are_used_or_refused(api: APIClient) -> None:
    for value in VALUES:
        for name in ("limit", "offset"):
            answer = api.post("/api/catalog/entities/by-query", {name: value}, format="json")
            assert answer.status_code in {200, 400, 422}, (name, value)
        answer = api.post("/api/catalog/locations/by-query", {"limit": value}, format="json")
        assert answer.status_code in {200, 400, 422}, value


def test_digits_are_those_of_ascii_and_as_many_as_one_likes() -> None:
    assert [parse_digits(text, most=100) for text in ("7", "007", "100", "101", "9" * 5000)] == [7, 7, 100, 100, 100]
    assert [parse_digits(text, most=100) for text in ("", "-1", "+1", "1.5", " 1", "٣", "²", "1_0")] == [None] * 8

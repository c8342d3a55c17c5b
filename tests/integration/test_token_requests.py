"""Requests with a token to the catalog API take a short way that does all that the long one does."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from tests.integration.test_catalog_sync import Folder, component

LIST = "/api/catalog/entities/by-query"
NOBODY = "/api/catalog/entities/by-name/component/default/nobody"
REFS = json.dumps({"entityRefs": ["component:default/orders"]})


@pytest.fixture
def api(tmp_path: Path, pat: User, api_for: Callable[..., APIClient]) -> APIClient:
    folder = Folder(tmp_path / "one")
    folder.write("a.yaml", component("orders"))
    folder.sync()
    return api_for(pat)


def cut() -> None:
    """Have the server end this connection, which nobody here notices."""
    other = connection.copy()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    other.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("known", [True, False], ids=["remembered", "fresh"])
def test_a_connection_that_died_between_two_requests_is_made_anew(api: APIClient, known: bool) -> None:
    def ask() -> list[int]:
        read = api.get(LIST).status_code
        cut()
        listed = api.post("/api/catalog/entities/by-refs", data=REFS, content_type="application/json").status_code
        cut()
        refreshed = api.post("/api/catalog/refresh", {"entityRef": "component:default/orders"}, format="json")
        return [read, listed, refreshed.status_code]

    if known:
        assert ask() == [200, 200, 200]
    cut()
    assert ask() == [200, 200, 200]


@pytest.mark.django_db
@pytest.mark.parametrize("path", [LIST, NOBODY, "/api/catalog/nothing"])
def test_every_answer_has_its_headers_and_names_the_request(api: APIClient, path: str) -> None:
    for _ in range(2):
        answer = api.get(path, headers={"X-Request-ID": "asked-by-a-test"})
        assert answer["X-Request-ID"] == "asked-by-a-test"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in answer["Content-Security-Policy"]


@pytest.mark.django_db
def test_the_wrong_method_and_an_unknown_address_are_told_as_without_a_token(api: APIClient, pat: User) -> None:
    browser = Client()
    browser.force_login(pat, backend="django.contrib.auth.backends.ModelBackend")
    for path in ("/api/catalog/entities/by-refs", "/api/catalog/nothing", "/api/catalog/"):
        by_token, by_session = api.get(path), browser.get(path)
        assert (by_token.status_code, by_token["Content-Type"]) == (by_session.status_code, by_session["Content-Type"])

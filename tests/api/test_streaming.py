"""Long lists of the catalog API are sent while they are read."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from rest_framework.test import APIClient

from accounts.models import User
from catalog.api.entities import CHUNK
from catalog.models import Entity
from common.streaming import in_chunks
from tests.integration.test_catalog_sync import Folder, component

pytestmark = pytest.mark.django_db
NAMES = [f"part-{number:04}" for number in range(2 * CHUNK + 7)]


@pytest.fixture
def api(tmp_path: Path, alice: User, api_for: Callable[..., APIClient]) -> APIClient:
    folder = Folder(tmp_path / "one")
    folder.write("a.yaml", *map(component, NAMES))
    folder.sync()
    return api_for(alice)


def whole(answer: Any) -> list[dict[str, Any]]:
    assert isinstance(answer, StreamingHttpResponse)
    entities: list[dict[str, Any]] = json.loads(answer.getvalue())
    return entities


def test_all_of_many_entities_come_in_the_order_of_their_references(api: APIClient) -> None:
    assert [entity["metadata"]["name"] for entity in whole(api.get("/api/catalog/entities"))] == NAMES


def test_fields_are_picked_from_each(api: APIClient) -> None:
    found = whole(api.get("/api/catalog/entities?fields=metadata.name"))
    assert found == [{"metadata": {"name": name}} for name in NAMES]


@pytest.mark.parametrize("count", [CHUNK - 1, CHUNK, CHUNK + 1])
def test_the_end_of_a_chunk_is_no_end(api: APIClient, count: int) -> None:
    wanted = NAMES[:count]
    answer = api.get(
        "/api/catalog/entities?fields=metadata.name&" + "&".join(f"filter=metadata.name={n}" for n in wanted)
    )
    body = answer.getvalue() if isinstance(answer, StreamingHttpResponse) else answer.content
    assert [entity["metadata"]["name"] for entity in json.loads(body)] == wanted


def test_a_client_that_leaves_in_the_middle_leaves_a_connection_that_works(api: APIClient) -> None:
    chunks = in_chunks(Entity.objects.order_by("ref").values_list("name"), 50)
    assert next(chunks) == [(name,) for name in NAMES[:50]]
    chunks.close()
    assert connection.is_usable()
    assert Entity.objects.count() == len(NAMES)


def test_nothing_comes_in_no_chunks() -> None:
    assert list(in_chunks(Entity.objects.none().values_list("name"), 50)) == []
    assert list(in_chunks(Entity.objects.filter(name="nobody").values_list("name"), 50)) == []

"""Answers as the OpenAPI document inside Backstage's catalog backend has them."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.urls import Resolver404, resolve
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from accounts.models import User
from catalog.actions import register_source, sync_source
from tests.backstage.conftest import HERE, Files
from tests.backstage.test_methods import ORDERS, ROOT

pytestmark = pytest.mark.django_db
NODE = str(HERE.parent.parent / ".venv/bin")


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Backstage's own."""
    if not (HERE / "node_modules/.backend").is_dir():
        pytest.skip("Backstage's catalog backend is not here; make test fetches it")
    node = shutil.which("node") or shutil.which("node", path=NODE) or "node"
    printed = subprocess.run([node, "spec.mjs"], cwd=HERE, capture_output=True, check=True).stdout
    loaded: dict[str, Any] = json.loads(printed)
    return loaded


@pytest.fixture
def api(pat: User, api_for: Callable[..., APIClient], files: Files) -> APIClient:
    files.put("orders.yaml", ORDERS)
    source = register_source(kind="url", target=files.put("all.yaml", ROOT), by=pat)
    sync_source(source=source, by=pat)
    return api_for(pat)


def test_every_operation_of_backstages_document_is_served(document: dict[str, Any]) -> None:
    missing = []
    for path, item in document["paths"].items():
        for method in item.keys() & {"get", "post", "put", "delete"}:
            address = "/api/catalog" + re.sub(r"\{\w+\}", "x", path)
            try:
                served = resolve(address).func.methods  # type: ignore[attr-defined]
            except Resolver404:
                served = {}
            if method.upper() not in served:
                missing.append(f"{method} {path}")
    assert missing == []


NAMED = "component/default/orders"
BAD = {"entityRefs": 7}
ASKED: tuple[tuple[str, str, str, Any, int], ...] = (
    ("get", "/entities", "?filter=kind=component", None, 200),
    ("get", "/entities", "?filter==x", None, 400),
    ("get", "/entities/by-query", "?limit=1&orderField=metadata.name,desc", None, 200),
    ("get", "/entities/by-query", "?cursor=nonsense", None, 400),
    ("post", "/entities/by-query", "", {"query": {"kind": {"$in": ["Component"]}}, "limit": 1}, 200),
    ("post", "/entities/by-query", "", {"query": {"$bad": []}}, 400),
    ("post", "/entities/by-query", "", {"orderBy": ["kind"]}, 400),
    ("post", "/entities/by-refs", "", {"entityRefs": ["component:default/orders", "component:default/no"]}, 200),
    ("post", "/entities/by-refs", "", BAD, 400),
    ("get", "/entities/by-name/{kind}/{namespace}/{name}", NAMED, None, 200),
    ("get", "/entities/by-name/{kind}/{namespace}/{name}", "component/default/no", None, 404),
    ("get", "/entities/by-name/{kind}/{namespace}/{name}/ancestry", NAMED, None, 200),
    ("get", "/entities/by-uid/{uid}", "no-uid", None, 404),
    ("delete", "/entities/by-uid/{uid}", "no-uid", None, 204),
    ("get", "/entity-facets", "?facet=kind", None, 200),
    ("get", "/entity-facets", "", None, 400),
    ("post", "/entity-facets", "", {"facets": ["kind"], "query": {"kind": "component"}}, 200),
    ("post", "/refresh", "", {"entityRef": "component:default/orders"}, 200),
    ("post", "/refresh", "", {"entityRef": "component:default/no"}, 404),
    ("get", "/locations", "", None, 200),
    ("post", "/locations/by-query", "", {"limit": 10}, 200),
    ("get", "/locations/{id}", "no-id", None, 404),
    ("get", "/locations/by-entity/{kind}/{namespace}/{name}", NAMED, None, 200),
    ("post", "/locations", "", {"type": "file", "target": "/etc/passwd"}, 400),
    ("post", "/locations", "", {"type": "url", "target": "https://x.invalid/y", "strange": 1}, 400),
    ("post", "/validate-entity", "", {"entity": {}, "location": "url:https://example.com/a"}, 400),
)


@pytest.mark.parametrize(("method", "path", "rest", "body", "status"), ASKED)
def test_an_answer_has_the_documented_shape(
    api: APIClient, document: dict[str, Any], method: str, path: str, rest: str, body: Any, status: int
) -> None:
    address = f"/api/catalog{path.partition('{')[0]}"
    if path.endswith("/ancestry"):
        rest += "/ancestry"
    answer = getattr(api, method)(address + rest, body, format="json")
    assert answer.status_code == status, answer.content
    responses = document["paths"][path][method]["responses"]
    described = responses.get(str(status)) or responses["default"]
    _assert_fits(answer, described, document)


def _assert_fits(answer: Any, described: dict[str, Any], document: dict[str, Any]) -> None:
    if "$ref" in described:
        described = document["components"]["responses"][described["$ref"].rsplit("/", 1)[-1]]
    schema = next((content["schema"] for content in described.get("content", {}).values()), None)
    if schema is None:
        assert answer.content == b""
        return
    validator = Draft202012Validator({**schema, "components": document["components"]})
    assert [error.message for error in validator.iter_errors(answer.json())] == []


def test_what_was_registered_moved_and_removed_fits_too(
    api: APIClient, document: dict[str, Any], files: Files, tmp_path: Path
) -> None:
    target = files.put("billing.yaml", ORDERS.replace("orders,", "billing,"))
    dry = api.post("/api/catalog/locations?dryRun=true", {"type": "url", "target": target}, format="json")
    made = api.post("/api/catalog/locations", {"type": "url", "target": target}, format="json")
    address = f"/api/catalog/locations/{made.json()['location']['id']}"
    # The draft for a repository without a file breaks Backstage's document in Backstage as well: it has a name.
    analysed = api.post("/api/catalog/analyze-location", {"location": {"type": "url", "target": target}}, format="json")
    moved = api.put(address, {"type": "url", "target": f"{target}?x"}, format="json")
    gone = api.delete(address)
    paths = document["paths"]
    _assert_fits(dry, paths["/locations"]["post"]["responses"]["201"], document)
    _assert_fits(made, paths["/locations"]["post"]["responses"]["201"], document)
    _assert_fits(analysed, paths["/analyze-location"]["post"]["responses"]["200"], document)
    _assert_fits(moved, paths["/locations/{id}"]["put"]["responses"]["200"], document)
    _assert_fits(gone, paths["/locations/{id}"]["delete"]["responses"]["204"], document)

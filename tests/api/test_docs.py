"""What /api/docs promises."""

import re
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

pytestmark = pytest.mark.django_db

#: Documentation, not part of what it documents.
OWN = {"/api/schema", "/api/docs"}
#: Where nothing is, which is said in Backstage's way.
NOTHING = {"/api/catalog/{rest}"}


@pytest.fixture
def schema(client: Client, alice) -> dict:  # type: ignore[no-untyped-def,type-arg]
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    loaded: dict = yaml.safe_load(client.get("/api/schema").content)  # type: ignore[type-arg]
    return loaded


def addresses(patterns, before: str = "/"):  # type: ignore[no-untyped-def]
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)


def test_every_address_of_the_api_is_documented(schema) -> None:  # type: ignore[no-untyped-def]
    served = (
        {address for address in addresses(get_resolver().url_patterns) if address.startswith("/api/")} - OWN - NOTHING
    )
    documented = {re.sub(r"\{id\}", "{pk}", path) for path in schema["paths"]}
    assert served - documented == set()
    assert "/webhooks/github" in documented


def test_every_operation_says_what_it_does_and_has_a_name_of_its_own(schema) -> None:  # type: ignore[no-untyped-def]
    operations = [operation for item in schema["paths"].values() for operation in item.values()]
    assert all(operation.get("summary") for operation in operations)
    names = [operation["operationId"] for operation in operations]
    assert sorted(names) == sorted(set(names))


def test_it_says_how_to_send_a_token(schema) -> None:  # type: ignore[no-untyped-def]
    assert schema["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert {"token": []} in schema["paths"]["/api/v1/me"]["get"]["security"]
    assert {"token": []} in schema["paths"]["/api/catalog/entities"]["get"]["security"]


def test_the_schema_is_valid_and_made_without_a_warning(tmp_path: Path) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "schema.yaml"))


def test_a_backstage_filter_is_explained(schema) -> None:  # type: ignore[no-untyped-def]
    parameters = {p["name"]: p for p in schema["paths"]["/api/catalog/entities/by-query"]["get"]["parameters"]}
    assert "kind=component" in parameters["filter"]["description"]
    body = schema["paths"]["/api/catalog/entities/by-refs"]["post"]["requestBody"]["content"]["application/json"]
    assert body["example"]["entityRefs"]

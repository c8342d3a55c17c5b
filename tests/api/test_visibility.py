"""What a rule of visibility hides is nowhere: every door of the catalog, asked by those whom it keeps out."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import Entity
from catalog.visibility_actions import add_rule
from tests.api.visibility_world import CANARY, HIDDEN, NOTHING, RULE, World, make_world

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(tmp_path: Path) -> World:
    return make_world(tmp_path)


@pytest.fixture
def rule(world: World) -> World:
    add_rule(declaration=RULE, by=None, origin="page")
    return world


#: The page that says what has a similar name.
NEAR = "/catalog/default/component/ledger"
#: Doors whose question does not name what is hidden, and whose answer to those who may see it does.
PAGES = (
    "/",
    "/catalog",
    "/catalog?q=ledger",
    "/catalog?tag=zebra-tag&format=csv",
    "/catalog?format=csv",
    "/catalog?owner=group:default/orders-team",
    "/palette?q=ledger",
    "/catalog/removed",
    "/catalog/problems",
    "/catalog/problems?source={shared}&q=wrong",
    "/catalog/sources",
    "/catalog/sources/{shared}",
    NEAR,
    "/insights",
    "/insights/deliveries",
)
SCRIPTS = (
    "/api/catalog/entities",
    "/api/catalog/entities?limit=100",
    "/api/catalog/entities?order=asc:metadata.name",
    "/api/catalog/entities?fields=metadata.name",
    "/api/catalog/entities?filter=spec.lifecycle=production",
    "/api/catalog/entities/by-query",
    "/api/catalog/entities/by-query?orderField=metadata.name",
    "/api/catalog/entities/by-query?fullTextFilterTerm=ledger&fullTextFilterFields=metadata.name",
    "/api/catalog/entity-facets?facet=metadata.name",
    "/api/catalog/entity-facets?facet=spec.type&filter=kind=component",
    "/api/catalog/entity-facets?facet=relations.ownedBy,relations.partOf",
    "/api/catalog/locations",
    "/api/v1/sources",
    "/api/v1/sources/{shared}",
    "/api/v1/problems",
    "/api/v1/problems?source={shared}",
    "/api/v1/problems?q=wrong",
    "/api/v1/catalog/changes",
    "/api/v1/owners?repository=example/secret",
    "/api/v1/owners?namespace=herd",
    "/api/v1/deliveries",
    "/api/v1/metrics/deployment_frequency/rows",
)
POSTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/api/catalog/entities/by-query", {"query": {"kind": "component"}}),
    ("/api/catalog/entity-facets", {"facets": ["metadata.name"]}),
    ("/api/catalog/entity-facets", {"facets": ["metadata.name"], "query": {"kind": "component"}}),
    ("/api/catalog/locations/by-query", {}),
)
#: Doors that name what is hidden: they answer as they do for what does not exist.
NAMED_PAGES = (
    "/catalog/default/component/{name}",
    "/catalog/default/component/{name}-gone",
    "/catalog/default/component/{name}/source",
    "/catalog/default/component/{name}/history",
    "/catalog/default/component/{name}-gone/history",
    "/catalog/default/component/{name}/edit",
    "/insights/default/component/{name}",
    "/insights/default/component/{name}/card",
    "/resources/card/default/component/{name}",
)
NAMED_POSTS = (
    "/catalog/default/component/{name}/removal",
    "/catalog/default/component/{name}/restoration",
    "/catalog/default/component/{name}-gone/restoration",
)
NAMED_SCRIPTS: tuple[tuple[str, str, Any], ...] = (
    ("GET", "/api/catalog/entities/by-name/component/default/{name}", None),
    ("GET", "/api/catalog/entities/by-name/component/default/{name}/ancestry", None),
    ("GET", "/api/catalog/entities?filter=metadata.name={name}", None),
    ("GET", "/api/catalog/entities/by-query?filter=metadata.name={name}", None),
    ("GET", "/api/catalog/entities/by-query?filter=kind=component,metadata.name={name}&limit=0", None),
    ("GET", "/api/catalog/entity-facets?facet=kind&filter=metadata.name={name}", None),
    ("GET", "/api/catalog/locations/by-entity/component/default/{name}-located", None),
    ("POST", "/api/catalog/entities/by-refs", {"entityRefs": ["component:default/{name}"]}),
    ("POST", "/api/catalog/entities/by-query", {"query": {"metadata.name": "{name}"}}),
    ("POST", "/api/catalog/refresh", {"entityRef": "component:default/{name}"}),
    ("GET", "/api/v1/entities/component:default/{name}", None),
    ("GET", "/api/v1/entities/component:default/{name}/graph", None),
    ("GET", "/api/v1/entities/component:default/{name}/revisions", None),
    ("GET", "/api/v1/entities/component:default/{name}-gone/revisions", None),
    ("POST", "/api/v1/entities/component:default/{name}/restoration", {}),
    ("POST", "/api/v1/entities/component:default/{name}-gone/restoration", {}),
    ("POST", "/api/v1/entities/component:default/{name}/proposals", {"text": "x"}),
    ("GET", "/api/v1/metrics/deployment_frequency?scope=component:default/{name}&from=2026-01-01&to=2026-12-31", None),
    ("GET", "/api/v1/metrics/deployment_frequency/rows?scope=component:default/{name}", None),
)
#: Doors whose address has a number of what is hidden.
NUMBERED = (
    "/catalog/sources/{own}",
    "/catalog/sources/{location}",
    "/insights/deliveries/{delivery}",
    "/api/v1/sources/{own}",
    "/api/catalog/locations/{location}",
    "/api/catalog/entities/by-uid/{uid}",
)
_FLEETING = re.compile(r'(name="csrfmiddlewaretoken" value="|nonce="|"X-CSRFToken": ?"|csrf[^"]{0,20}"[: ]*")[^"]+"')


def text_of(answer: Any) -> str:
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


def asked(client: Client, path: str, body: Any = None) -> str:
    answer = client.get(path) if body is None else client.post(path, json.dumps(body), content_type="application/json")
    assert answer.status_code == (404 if path == NEAR else 200)
    return text_of(answer)


def seen(client: Client, method: str, path: str, body: Any, name: str) -> tuple[int, str]:
    """The answer to a question about ``name``, without it and without what is another each time."""
    text = json.dumps(body).replace("{name}", name) if body is not None else ""
    answer = client.generic(method, path.replace("{name}", name), text, content_type="application/json")
    return answer.status_code, without_fleeting(text_of(answer).replace(name, "NAME"))


def without_fleeting(text: str) -> str:
    text = _FLEETING.sub(r'\1"', text)
    return re.sub(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}|[0-9a-f]{16,}", "ID", text)


@pytest.mark.parametrize("path", PAGES)
def test_no_page_names_it_to_an_outsider_and_its_owners_find_it(
    path: str, rule: World, alice: User, bob: User, charlie: User, pat: User, client_for: Callable[[User], Client]
) -> None:
    assert CANARY not in asked(client_for(charlie), rule.filled(path))
    for person in (alice, bob, pat) if path != "/" else (alice, bob):
        assert CANARY in asked(client_for(person), rule.filled(path))


@pytest.mark.parametrize(("path", "body"), [*((path, None) for path in SCRIPTS), *POSTS])
def test_no_script_reads_of_it_without_the_right_and_with_it_every_script_does(
    path: str, body: Any, rule: World, alice: User, charlie: User, pat: User, api_for: Callable[..., APIClient]
) -> None:
    owner, outsider, admin = api_for(alice), api_for(charlie), api_for(pat)
    for _ in range(2):  # the second answer comes from memory, whoever asked first
        assert CANARY in asked(owner, rule.filled(path), body)
        assert CANARY not in asked(outsider, rule.filled(path), body)
        assert CANARY in asked(admin, rule.filled(path), body)


@pytest.mark.parametrize("path", [path for path in SCRIPTS if path.startswith("/api/catalog/")])
def test_a_browser_that_asks_the_api_sees_no_more_than_its_person(
    path: str, rule: World, alice: User, charlie: User, client_for: Callable[[User], Client]
) -> None:
    assert CANARY in asked(client_for(alice), rule.filled(path))
    assert CANARY not in asked(client_for(charlie), rule.filled(path))


@pytest.mark.parametrize("path", NAMED_PAGES)
def test_a_page_of_it_is_the_page_of_what_does_not_exist(
    path: str, rule: World, alice: User, charlie: User, client_for: Callable[[User], Client]
) -> None:
    outsider = client_for(charlie)
    code, text = seen(outsider, "GET", path, None, HIDDEN)
    assert (code, text) == seen(outsider, "GET", path, None, NOTHING)
    assert code == 404
    assert CANARY not in text
    assert client_for(alice).get(path.replace("{name}", HIDDEN)).status_code in {200, 403, 404}


@pytest.mark.parametrize("path", NAMED_POSTS)
def test_no_form_changes_it(path: str, rule: World, charlie: User, client_for: Callable[[User], Client]) -> None:
    outsider, before = client_for(charlie), list(Entity.objects.order_by("pk").values())
    code, text = seen(outsider, "POST", path, {}, HIDDEN)
    assert (code, text) == seen(outsider, "POST", path, {}, NOTHING)
    assert code == 404
    assert list(Entity.objects.order_by("pk").values()) == before


@pytest.mark.parametrize(("method", "path", "body"), NAMED_SCRIPTS)
def test_a_script_that_names_it_is_answered_as_if_it_did_not_exist(
    method: str, path: str, body: Any, rule: World, alice: User, charlie: User, api_for: Callable[..., APIClient]
) -> None:
    outsider, owner = api_for(charlie), api_for(alice)
    for _ in range(2):
        found = seen(owner, method, path, body, HIDDEN)
        code, text = seen(outsider, method, path, body, HIDDEN)
        assert (code, text) == seen(outsider, method, path, body, NOTHING)
        assert CANARY not in text
        assert (code, text) != found


@pytest.mark.parametrize("path", NUMBERED)
def test_its_numbers_lead_nowhere(
    path: str,
    rule: World,
    alice: User,
    charlie: User,
    client_for: Callable[[User], Client],
    api_for: Callable[..., APIClient],
) -> None:
    make = api_for if path.startswith("/api/") else client_for
    answer = make(charlie).get(rule.filled(path))
    assert answer.status_code == 404
    assert CANARY not in text_of(answer)
    assert make(alice).get(rule.filled(path)).status_code == 200

"""Every address of the portal, asked by strangers and by developers of another team.

Each address stands in one of the sets of addresses.py; one that stands in none fails the first test.
"""

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.actions import create_token, create_user
from accounts.models import ApiToken, User
from catalog.actions import put_portal_entities, register_source
from catalog.models import Entity, Source
from metrics.models import Delivery
from provisioning.delegation_actions import delegate
from provisioning.models import (
    Approval,
    BlueprintSource,
    BlueprintVersion,
    BreakGlass,
    Budget,
    CloudAccount,
    Cluster,
    Delegation,
    PolicyRule,
    Request,
    Resource,
    Secret,
)
from runs.actions import start_run
from runs.logs import LogWriter
from runs.models import LogChunk, Run, WebhookEndpoint
from runs.redaction import Redactor
from tests.api.addresses import ADMINS, GUARDED, OPEN, OWN_CREDENTIALS, PUBLIC, READ_BY_THEM
from tests.api.test_requests import MANIFEST, TEAM, ask, planned, ready

pytestmark = pytest.mark.django_db


METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
#: Stands in the name of what alice's team has, in the log of its runs and in its token's name, and nowhere else.
CANARY = "zebra-ledger"
#: Whatever a form or a body could ask for.
WISHES = {"decision": "approve", "name": CANARY, "forced": True, "allow_removal": True, "role": "platform-admin"}
WISHES |= {"reason": "Because", "note": "Seen"}
#: More questions to ask of lists, each of which would find what alice's team has.
QUESTIONS = (
    "/activity?subject_kind=request",
    "/activity?format=csv",
    "/requests?for=me",
    "/requests?state=awaiting_approval",
    "/resources?deleted=1",
    "/resources?environment=production",
    "/runs?state=queued",
    "/palette?q=zebra",
    "/catalog?q=zebra",
    "/resources/card/default/group/orders-team",
    "/api/v1/audit?subject_kind=request",
    "/api/v1/audit?verb=request.*",
    "/api/v1/audit?actor=user:default/alice",
    "/api/v1/runs?state=queued",
    "/api/v1/requests?state=awaiting_approval",
)


@dataclass(frozen=True)
class World:
    """What alice and her team have, by the word that stands before its number in an address."""

    numbers: Mapping[str, int]
    uid: str

    def address(self, route: str) -> str:
        """``route`` with what alice has in it."""
        return self._filled(route, lambda before: self.numbers[before])

    def address_of_nothing(self, route: str) -> str:
        """``route`` with a number that nothing has."""
        return self._filled(route, lambda before: 987_654_321)

    def _filled(self, route: str, number: Callable[[str], int]) -> str:
        def fill(match: re.Match[str]) -> str:
            before, name = match[1] or "", match[2]
            words = {"kind": "component", "namespace": "default", "name": "orders", "blueprint": "database"}
            words |= {"metric": "deployment_frequency", "uid": self.uid, "workspace": "resource-1", "source": "github"}
            words |= {"ref": "component:default/orders", "number": "1.0.0", "action": "rotate"}
            special = {"secrets/name": "password", "blueprints/name": "database"}
            special |= {"rules/name": "freeze", "policies/name": "freeze"}
            found = number(before) if name == "pk" else special.get(f"{before}/{name}", words.get(name))
            return f"{before}/{found}" if before else str(found)

        return "/" + re.sub(r"(?:([\w-]+)/)?<(?:\w+:)?(\w+)>", fill, route)


#: Nobody is asked for it before it is known who asks, so any number does.
ANY_WORLD = World(defaultdict(lambda: 1), "00000000-0000-4000-8000-000000000000")


@pytest.fixture
def world(alice: User, bob: User, api_for: Callable[..., APIClient]) -> World:
    """A request that waits for approval, a resource with a secret, a run with a log, a token, and open things."""
    api = api_for(alice)
    waiting = planned(ask(api, name=CANARY))
    resource = ready(ask(api, name=f"{CANARY}-2"))
    run = start_run(
        pipeline="provision", title=CANARY, subject_kind="request", subject_id=str(waiting.pk), owner_ref=TEAM, by=alice
    )
    log = LogWriter(run.pk, run.epoch, Redactor())
    log.write(f"{CANARY} speaks")
    log.flush()
    token, _ = create_token(user=alice, scopes=["runs:read"], name=CANARY, by=alice)
    source = register_source(kind="url", target="https://example.com/catalog-info.yaml", by=alice)
    service = entity("Component", "orders", type="service", lifecycle="production", owner=TEAM)
    put_portal_entities(
        source="test", documents=[service, entity("Group", "orders-team", type="team", children=[])], by=alice
    )
    delivery = Delivery.objects.create(source="github", key="1", event="ping", headers={}, body=b"{}")
    numbers = {"requests": waiting.pk, "resources": resource.pk, "runs": run.pk, "tokens": token.pk}
    numbers["blueprint-sources"] = BlueprintSource.objects.create(kind="folder", target="/srv/blueprints").pk
    numbers["previews"] = 1
    numbers["budgets"] = Budget.objects.create(owner_ref=TEAM, measure="count", limit=100).pk
    numbers["webhooks"] = WebhookEndpoint.objects.create(url="https://example.com/hook", ciphertext=b"").pk
    numbers["clusters"] = Cluster.objects.create(name=f"{CANARY}-cluster", server="https://k8s.example.com").pk
    numbers["cloud-accounts"] = CloudAccount.objects.create(name="main-account", region="eu-central-1").pk
    numbers |= {"sources": source.pk, "locations": source.pk, "people": alice.pk, "deliveries": delivery.pk}
    delegation = delegate(to="bob", begin=None, end=timezone.now() + timedelta(days=1), reason=CANARY, by=alice)
    numbers["delegations"] = delegation.pk
    PolicyRule.objects.create(
        name="freeze", text="effect: deny", declaration={"effect": "deny", "reason": "No"}, enabled=False
    )
    BreakGlass.objects.create(
        request=waiting, by=create_user(name="ada", role="platform-admin"), reason=CANARY, digest=""
    )
    return World(numbers, str(Entity.objects.get(ref="component:default/orders").uid))


@pytest.fixture
def outsiders(charlie: User, client_for: Callable[[User], Client], api_for: Callable[..., APIClient]) -> list[Client]:
    """A developer of another team, in a browser and with a token that may do everything its person may."""
    return [client_for(charlie), api_for(charlie)]


def entity(kind: str, name: str, **spec: Any) -> dict[str, Any]:
    """A document of the catalog."""
    return {"apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec}


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    """Every address that the portal knows."""
    for pattern in patterns:
        route = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        else:
            yield route


def send(client: Client, method: str, path: str) -> Any:
    """Ask with every wish at once, as a form or as JSON."""
    if path.startswith("/api/"):
        return client.generic(method, path, json.dumps(WISHES), content_type="application/json")
    form = {name: str(value) for name, value in WISHES.items()}
    return client.post(path, form) if method == "POST" else client.generic(method, path)


def text_of(answer: Any) -> str:
    """The whole body."""
    return (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode()


def rows() -> dict[str, Any]:
    """Everything that an outsider could have changed."""
    models: tuple[type[Model], ...] = (
        Request,
        Resource,
        Secret,
        Approval,
        Budget,
        Run,
        LogChunk,
        Source,
        WebhookEndpoint,
        BlueprintSource,
        BlueprintVersion,
        BreakGlass,
        Delegation,
        PolicyRule,
    )
    models += (Cluster, CloudAccount)
    found = {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}
    tokens = ApiToken.objects.filter(user__username="alice").order_by("pk").values("pk", "revoked_at")
    return found | {"ApiToken": list(tokens), "User": list(User.objects.order_by("pk").values("pk", "role"))}


def test_every_address_says_who_may_ask_for_it() -> None:
    sets = (PUBLIC, OWN_CREDENTIALS, OPEN, GUARDED, ADMINS)
    known = list(routes(get_resolver().url_patterns))
    assert sorted(set(known)) == sorted(route for each in sets for route in each), "put new addresses into a set above"


@pytest.mark.parametrize("route", sorted(r for r in OPEN | GUARDED | ADMINS if not r.startswith("api/")))
def test_a_stranger_is_sent_from_a_page_to_the_sign_in_and_back(route: str) -> None:
    path = ANY_WORLD.address(route)
    for method in METHODS:
        answer = Client().generic(method, path)
        assert (answer.status_code, answer["Location"]) == (302, f"/accounts/login/?next={path}"), method


@pytest.mark.parametrize("route", sorted(r for r in OPEN | GUARDED | ADMINS if r.startswith("api/v1/")))
def test_a_stranger_is_told_by_the_api_to_send_a_token(route: str) -> None:
    for method in METHODS:
        answer = send(Client(), method, ANY_WORLD.address(route))
        assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json"), method
        assert (answer.json()["id"], answer["WWW-Authenticate"]) == ("not-signed-in", "Bearer")
        assert answer.json()["request_id"] == answer["X-Request-ID"]


@pytest.mark.parametrize("route", sorted(r for r in OPEN if r.startswith("api/catalog/")))
def test_a_stranger_is_refused_by_the_catalog_api_in_its_own_words(route: str) -> None:
    answers = [send(Client(), method, ANY_WORLD.address(route)) for method in METHODS]
    refused = [answer for answer in answers if answer.status_code == 401]
    assert {answer.json()["error"]["name"] for answer in refused} == {"AuthenticationError"}
    # Methods that an address does not know are no question of who asks.
    assert {answer.status_code for answer in answers if answer not in refused} <= {405}


def test_a_part_of_a_page_that_a_stranger_asks_for_leads_the_whole_page_to_the_sign_in(db: None) -> None:
    answer = Client().get("/runs", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"], answer.content) == (401, "/accounts/login/", b"")


@pytest.mark.parametrize("path", ["/api/v1/requests", "/api/catalog/entities", "/api/v1/me"])
def test_a_token_that_nobody_made_opens_nothing(path: str, db: None) -> None:
    for text in ("crn_" + "x" * 40, "", "crn_'; --", "\\x00"):
        assert Client().get(path, headers={"Authorization": f"Bearer {text}"}).status_code == 401


@pytest.mark.parametrize("route", sorted(OWN_CREDENTIALS))
def test_doors_for_programs_take_neither_strangers_nor_sessions_nor_tokens(
    route: str, world: World, outsiders: list[Client]
) -> None:
    for client in (Client(), *outsiders):
        answers = [send(client, method, world.address(route)).status_code for method in METHODS]
        assert 401 in answers
        assert set(answers) <= {401, 405}


@pytest.mark.parametrize("route", sorted(GUARDED))
def test_to_another_team_a_thing_is_not_there(route: str, world: World, outsiders: list[Client]) -> None:
    before = rows()
    for client in outsiders:
        if not route.startswith("api/") and isinstance(client, APIClient):
            continue
        for method in METHODS:
            answer, nothing = (
                send(client, method, path) for path in (world.address(route), world.address_of_nothing(route))
            )
            assert answer.status_code in {403, 404, 405}, method
            assert answer.status_code == nothing.status_code, f"{method} tells that there is something"
            assert CANARY not in text_of(answer)
        reached = {send(client, method, world.address(route)).status_code for method in METHODS}
        assert reached & {403, 404}, "no method of this address asks who it is"
    assert rows() == before


@pytest.mark.parametrize("route", sorted(GUARDED))
def test_those_whose_it_is_come_in(
    route: str, world: World, alice: User, pat: User, client_for: Callable[[User], Client]
) -> None:
    decides = route.endswith(("decision", "approvals", "break-glass", "review"))
    client = client_for(pat if decides else alice)
    methods = ["GET"] if route in READ_BY_THEM else METHODS
    codes = {send(client, method, world.address(route)).status_code for method in methods}
    # 409: the request is in no state to be planned again.
    assert codes & {200, 201, 204, 302, 409}, codes
    assert not codes & {401, 403, 404}


@pytest.mark.parametrize("route", sorted(ADMINS))
def test_what_is_for_admins_refuses_developers(route: str, world: World, outsiders: list[Client]) -> None:
    before = rows()
    codes = {send(outsiders[0], method, world.address(route)).status_code for method in METHODS}
    assert 403 in codes
    assert codes <= {403, 405}
    assert rows() == before


@pytest.mark.parametrize("path", ["/api/v1/sources/{}", "/api/catalog/locations/{}"])
def test_only_admins_forget_a_source_by_script(path: str, world: World, charlie: User, api_for: Callable) -> None:
    assert api_for(charlie).delete(path.format(world.numbers["sources"])).status_code == 403
    assert Source.objects.filter(pk=world.numbers["sources"]).exists()


@pytest.mark.parametrize("path", [*sorted(OPEN), *QUESTIONS])
def test_nothing_that_everybody_may_read_names_what_another_team_has(
    path: str, world: World, outsiders: list[Client]
) -> None:
    address = path if path.startswith("/") else world.address(path)
    for client in outsiders[: 2 if address.startswith("/api/") else 1]:
        answer = client.get(address)
        # 400, 403 and 422: an address that wants parameters, or a password to be typed again.
        assert answer.status_code in {200, 302, 400, 403, 404, 405, 422}
        assert CANARY not in text_of(answer)


@pytest.mark.parametrize("path", [path for path in QUESTIONS if "q=" not in path])
def test_the_same_questions_tell_the_team_what_it_has(path: str, world: World, pat: User, client_for: Callable) -> None:
    assert CANARY in text_of(client_for(pat).get(path))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/requests", {"resource": "resources", "action": "delete"}),
        ("/api/v1/requests", {"resource": "resources", "action": "update", "inputs": {"allocated_storage": 99}}),
        ("/api/v1/requests", {"resource": "resources", "action": "delete", "dry_run": True}),
    ],
)
def test_nobody_changes_what_another_team_has_by_naming_it(
    path: str, body: dict[str, Any], world: World, outsiders: list[Client]
) -> None:
    before = rows()
    answer = outsiders[1].post(path, body | {"resource": world.numbers["resources"]}, format="json")
    assert answer.status_code == 404
    assert CANARY not in text_of(answer)
    assert rows() == before


def test_nobody_asks_on_a_form_or_by_manifest_in_the_name_of_another_team(
    world: World, outsiders: list[Client]
) -> None:
    before, (browser, script) = rows(), outsiders
    inputs = {"engine": "postgres", "engine_version": "15.4", "instance_class": "db.t3.micro"}
    form = {"name": "mine-now", "owner": TEAM, "environment": "production", "allocated_storage": "20"} | inputs
    assert browser.post("/self-service/database/new", form).status_code == 403
    answer = script.generic("POST", "/api/v1/namespace-requests", MANIFEST, "application/yaml")
    assert answer.status_code == 403
    assert rows() == before


@pytest.fixture
def viewer(alice: User) -> User:
    """A member of alice's team who reads and changes nothing."""
    return create_user(name="vera", role="viewer", member_of=[TEAM])


@pytest.mark.parametrize("route", sorted(GUARDED))
def test_a_viewer_of_the_team_reads_and_changes_nothing(
    route: str, world: World, viewer: User, client_for: Callable[[User], Client]
) -> None:
    before, client = rows(), client_for(viewer)
    codes = {method: send(client, method, world.address(route)).status_code for method in METHODS}
    assert codes["GET"] in {200, 404, 405, 409}  # 409: there is no newer version
    assert not {codes[method] for method in METHODS if method != "GET"} & {200, 201, 204, 302}
    assert rows() == before

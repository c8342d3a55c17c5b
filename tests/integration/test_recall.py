"""What was asked before is answered before Django hears of it, and never a moment longer than it is true."""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection

from accounts.actions import create_token, revoke_token
from accounts.models import ApiToken, User
from catalog.api.recall import Recall
from catalog.visibility_actions import add_rule
from tests.integration.test_catalog_sync import Folder, component
from tests.integration.test_token_requests import cut

NAMED = "/api/catalog/entities/by-name/component/default/orders"
REFS = "/api/catalog/entities/by-refs"
BODY = json.dumps({"entityRefs": ["component:default/orders"]}).encode()
Answer = tuple[str, dict[str, str], bytes]


class Portal:
    """The WSGI application, and how often Django was asked."""

    def __init__(self, token: str) -> None:
        self.token, self.django = token, 0
        handler = WSGIHandler()

        def counted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
            self.django += 1
            return handler(environ, start_response)

        self._application = Recall(counted)

    def ask(self, path: str = NAMED, body: bytes | None = None, **environ: str) -> Answer:
        given = {
            "REQUEST_METHOD": "GET" if body is None else "POST",
            "PATH_INFO": path.partition("?")[0],
            "QUERY_STRING": path.partition("?")[2],
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "HTTP_AUTHORIZATION": f"Bearer {self.token}",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body or b"")),
            "wsgi.input": io.BytesIO(body or b""),
            "wsgi.url_scheme": "http",
        }
        said: list[Any] = []
        content = b"".join(self._application({**given, **environ}, lambda *told: said.extend(told)))
        return said[0], dict(said[1]), content


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "one")
    made.write("a.yaml", component("orders"))
    made.sync()
    return made


@pytest.fixture
def token(folder: Folder, alice: User) -> tuple[ApiToken, str]:
    return create_token(user=alice, scopes=["catalog:read"], by=alice)


@pytest.fixture
def portal(token: tuple[ApiToken, str], request: pytest.FixtureRequest) -> Iterator[Portal]:
    signals = (request_started, request_finished)
    if not request.node.get_closest_marker("django_db").kwargs:
        for signal in signals:  # which would close the connection that holds the test's transaction
            signal.disconnect(close_old_connections)
    yield Portal(token[1])
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.mark.django_db
@pytest.mark.parametrize(("path", "body"), [(NAMED, None), (REFS, BODY)], ids=["get", "post"])
def test_the_same_question_again_does_not_reach_django(portal: Portal, path: str, body: bytes | None) -> None:
    first, again = portal.ask(path, body), portal.ask(path, body)
    assert portal.django == 1
    assert again[0] == "200 OK"
    assert again[2] == first[2]
    assert b"orders" in again[2]


@pytest.mark.django_db
def test_a_posted_question_that_is_another_reaches_its_view_whole(portal: Portal) -> None:
    portal.ask(REFS, BODY)
    other = portal.ask(REFS, BODY.replace(b"orders", b"nobody"))
    assert other[2] == b'{"items":[null]}'


@pytest.mark.django_db
def test_an_answer_has_the_headers_that_django_gives_it(portal: Portal) -> None:
    first, again = (portal.ask(HTTP_X_REQUEST_ID="asked-by-a-test")[1] for _ in range(2))
    again.pop("Content-Length")
    assert again == first
    assert portal.ask()[1]["X-Request-ID"] != portal.ask()[1]["X-Request-ID"]


@pytest.mark.django_db
def test_a_change_is_seen_at_once(portal: Portal, folder: Folder) -> None:
    portal.ask()
    folder.write("a.yaml", component("orders", owner="others"))
    folder.sync()
    assert b"others" in portal.ask()[2]
    assert b"others" in portal.ask()[2]


@pytest.mark.django_db
def test_a_token_that_is_revoked_or_made_up_gets_nothing(
    portal: Portal, token: tuple[ApiToken, str], alice: User
) -> None:
    portal.ask()
    assert portal.ask(HTTP_AUTHORIZATION="Bearer crn_made-up")[0].startswith("401")
    assert portal.ask(HTTP_AUTHORIZATION=f"Basic {token[1]}")[0].startswith(("401", "302"))
    revoke_token(token=token[0], by=alice)
    assert portal.ask()[0].startswith("401")


@pytest.mark.django_db
def test_a_token_without_the_scope_gets_nothing(portal: Portal, alice: User) -> None:
    portal.ask()
    _, other = create_token(user=alice, scopes=["runs:read"], by=alice)
    assert portal.ask(HTTP_AUTHORIZATION=f"Bearer {other}")[0].startswith("403")


@pytest.mark.django_db
def test_what_a_rule_hides_is_not_told_from_memory(portal: Portal, charlie: User) -> None:
    _, other = create_token(user=charlie, scopes=["catalog:read"], by=charlie)
    theirs = {"HTTP_AUTHORIZATION": f"Bearer {other}"}
    assert portal.ask(**theirs)[0] == portal.ask(**theirs)[0] == "200 OK"
    hides = {"name": "orders", "filter": "metadata.name=orders", "visibleTo": ["group:default/nobody-at-all"]}
    add_rule(declaration=hides, by=None, origin="page")
    assert portal.ask(**theirs)[0].startswith("404")


@pytest.mark.django_db
@pytest.mark.parametrize("length", ["", "-1", "many", "99999999999999999999"])
def test_a_length_that_cannot_be_is_left_to_django(portal: Portal, length: str) -> None:
    portal.ask(REFS, BODY)
    asked = portal.django
    portal.ask(REFS, b"", CONTENT_LENGTH=length)
    assert portal.django == asked + 1


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_died_is_made_anew(portal: Portal) -> None:
    for _ in range(2):
        assert portal.ask()[0] == "200 OK"
    cut()
    assert portal.ask()[0] == "200 OK"
    assert not connection.needs_rollback

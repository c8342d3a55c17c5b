"""What people and programs see when something goes wrong."""

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from rest_framework.request import Request
from rest_framework.views import APIView

from accounts.models import User
from common.errors import Conflict, FieldError, ProviderError, UserError
from portal import urls

pytestmark = pytest.mark.django_db

#: In every message that must stay inside.
CANARY = "canary-Zq7xWv9-inside"


def breaks(request: HttpRequest) -> HttpResponse:
    """A fault of ours."""
    raise RuntimeError(CANARY)


def refuses(request: HttpRequest) -> HttpResponse:
    """Django's own way to refuse."""
    raise PermissionDenied(CANARY)


def suspects(request: HttpRequest) -> HttpResponse:
    """Django's own way to say that a request is odd."""
    raise SuspiciousOperation(CANARY)


def disagrees(request: HttpRequest, kind: str) -> HttpResponse:
    """Our own ways."""
    fields = [FieldError("spec.owner", "There is no such <team>.")]
    raise {
        "user": UserError("This <b>cannot</b> be used.", hint="Mend & try again.", fields=fields),
        "conflict": Conflict("It has changed."),
        "provider": ProviderError("The cloud said no.", permanent=True),
    }[kind]


class BreaksApi(APIView):
    """A fault of ours behind the API."""

    def get(self, request: Request) -> HttpResponse:
        """Always."""
        raise RuntimeError(CANARY)


urlpatterns = [
    path("breaks", breaks),
    path("refuses", refuses),
    path("suspects", suspects),
    path("disagrees/<str:kind>", disagrees),
    path("api/v1/breaks", BreaksApi.as_view()),
    path("api/v1/refuses", refuses),
    path("api/v1/suspects", suspects),
    path("api/catalog/breaks", breaks),
    path("webhooks/odd/breaks", breaks),
    *urls.urlpatterns,  # after ours: the catalog API answers whatever is below it
]
handler400, handler403 = urls.handler400, urls.handler403
handler404, handler500 = urls.handler404, urls.handler500


@pytest.fixture(autouse=True)
def addresses(settings: Any) -> None:
    """The portal's, and some that fail."""
    settings.ROOT_URLCONF = __name__


@pytest.fixture
def signed_in(alice: User, client_for: Callable[[User], Client]) -> Client:
    """Signed in, and shown what a person would be shown."""
    client = client_for(alice)
    client.raise_request_exception = False
    return client


def too_many_fields(client: Client) -> Any:
    return client.post("/settings/tokens/new", {f"field-{number}": "x" for number in range(1200)})


FAILURES: dict[str, tuple[int, str, Callable[[Client], Any]]] = {
    "an address that leads nowhere": (404, "not-found", lambda c: c.get("/nowhere")),
    "a thing that is not there": (404, "not-found", lambda c: c.get("/runs/987654321")),
    "a page for admins": (403, "permission-refused", lambda c: c.get("/settings/people")),
    "a refusal of the framework": (403, "permission-refused", lambda c: c.get("/refuses")),
    "an odd request": (400, "bad-request", lambda c: c.get("/suspects")),
    "another host": (400, "bad-request", lambda c: c.get("/", headers={"Host": "evil.example"})),
    "too many fields": (400, "bad-request", too_many_fields),
    "the address of a form": (405, "method-not-allowed", lambda c: c.get("/runs/1/cancellation")),
    "a form sent to a page": (405, "method-not-allowed", lambda c: c.post("/runs", {})),
    "a fault": (500, "internal", lambda c: c.get("/breaks")),
    "a mistake": (422, "invalid", lambda c: c.get("/disagrees/user")),
    "a conflict": (409, "conflict", lambda c: c.get("/disagrees/conflict")),
    "a cloud that fails": (502, "provider", lambda c: c.get("/disagrees/provider")),
}
API_FAILURES: dict[str, tuple[int, str, Callable[[Client], Any]]] = {
    "an address that leads nowhere": (404, "not-found", lambda c: c.get("/api/v1/nowhere")),
    "a thing that is not there": (404, "not-found", lambda c: c.get("/api/v1/runs/987654321")),
    "another method": (405, "method-not-allowed", lambda c: c.delete("/api/v1/runs")),
    "a body that is no JSON": (400, "parse-error", lambda c: c.post("/api/v1/requests", "{", "application/json")),
    "a body of another type": (415, "unsupported-media-type", lambda c: c.post("/api/v1/requests", "x", "text/plain")),
    "a mistake": (422, "invalid", lambda c: c.get("/api/v1/runs?limit=x")),
    "a refusal": (403, "permission-refused", lambda c: c.get("/api/v1/refuses")),
    "an odd request": (400, "bad-request", lambda c: c.get("/api/v1/suspects")),
    "another host": (400, "bad-request", lambda c: c.get("/api/v1/me", headers={"Host": "evil.example"})),
    "a fault": (500, "internal", lambda c: c.get("/api/v1/breaks")),
    "a fault behind the catalog": (500, "internal", lambda c: c.get("/api/catalog/breaks")),
    "a fault behind a webhook": (500, "internal", lambda c: c.post("/webhooks/odd/breaks", "{}", "application/json")),
    "a webhook that is asked": (405, "method-not-allowed", lambda c: c.get("/webhooks/github")),
    "a state without credentials": (401, "state-credentials", lambda c: c.get("/terraform/state/orders")),
}


def looks_like_the_portal(answer: Any, status: int, id: str) -> str:
    """The text of an error page, once everything that every error page owes has been seen on it."""
    text: str = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])
    assert f"{status} · {id} · request {answer['X-Request-ID']}" in text
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "Traceback" not in text
    assert CANARY not in text
    return text


@pytest.mark.parametrize("what", FAILURES)
def test_an_error_page_is_one_of_the_portal_s_pages_and_names_its_request(what: str, signed_in: Client) -> None:
    status, id, ask = FAILURES[what]
    signed_in.cookies["theme"] = "dark"
    text = looks_like_the_portal(ask(signed_in), status, id)
    assert '<html lang="en" data-theme="dark">' in text
    assert 'class="gate"' in text
    assert 'href="/">Go home</a>' in text
    assert text.count("<h1>") == 1


def test_a_form_without_its_token_says_what_to_do(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    text = looks_like_the_portal(client.post("/preferences", {"theme": "dark"}), 403, "csrf")
    assert "reload the page" in text


def test_a_stranger_meets_the_same_page_for_an_odd_request(db: None) -> None:
    looks_like_the_portal(Client().get("/", headers={"Host": "evil.example"}), 400, "bad-request")


def test_what_is_said_about_a_mistake_is_text_and_never_markup(signed_in: Client) -> None:
    text = looks_like_the_portal(signed_in.get("/disagrees/user"), 422, "invalid")
    assert "This &lt;b&gt;cannot&lt;/b&gt; be used." in text
    assert "Mend &amp; try again." in text
    assert "<code>spec.owner</code> There is no such &lt;team&gt;." in text


def test_a_page_says_what_went_wrong_even_when_the_database_is_gone(
    alice: User, client_for: Callable[[User], Client], transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_for(alice)
    client.raise_request_exception = False
    with monkeypatch.context() as patch:
        connection.close()
        patch.setitem(connection.settings_dict, "PORT", "1")
        page, problem = client.get("/runs"), client.get("/api/v1/runs")
    connection.close()
    text = looks_like_the_portal(page, 503, "database-away")
    assert "Nothing that was under way is lost" in text
    assert (problem.status_code, problem.json()["id"]) == (503, "database-away")
    assert problem["Retry-After"] == "5"
    assert client.get("/runs").status_code == 200


@pytest.mark.parametrize("what", API_FAILURES)
def test_programs_are_told_in_a_problem_document(what: str, signed_in: Client) -> None:
    status, id, ask = API_FAILURES[what]
    answer = ask(signed_in)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    body = answer.json()
    assert (body["status"], body["id"], body["request_id"]) == (status, id, answer["X-Request-ID"])
    assert body["title"]
    assert body["detail"]
    assert body["type"] == f"/api/docs#error-{id}"
    assert CANARY not in answer.content.decode()
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_session_that_writes_by_the_api_without_its_token_is_told_so(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/api/v1/tokens", {"scopes": ["runs:read"]}, "application/json")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert "CSRF" in answer.json()["detail"]


@pytest.mark.parametrize("what", FAILURES)
def test_a_part_of_a_page_that_fails_is_answered_by_a_part(what: str, signed_in: Client) -> None:
    status, id, ask = FAILURES[what]
    signed_in.defaults["HTTP_HX_REQUEST"] = "true"
    answer = ask(signed_in)
    text = answer.content.decode()
    assert answer.status_code == status
    assert "<html" not in text
    assert f"{status} · {id} · request {answer['X-Request-ID']}" in text
    assert "HX-Request" in answer["Vary"]
    assert CANARY not in text


@pytest.mark.parametrize("address", ["/runs/1/cancellation", "/webhooks/github", "/api/v1/runs/1/cancellation"])
def test_a_method_that_is_not_answered_names_those_that_are(address: str, signed_in: Client) -> None:
    assert "POST" in signed_in.get(address)["Allow"]


def test_the_id_that_a_proxy_gave_is_kept_and_an_odd_one_is_not(signed_in: Client) -> None:
    answer = signed_in.get("/breaks", headers={"X-Request-ID": "proxy-12345.67"})
    assert answer["X-Request-ID"] == "proxy-12345.67"
    assert "request proxy-12345.67" in answer.content.decode()
    for odd in ("<script>alert(1)</script>", "short", "x" * 65, "two words"):
        answer = signed_in.get("/breaks", headers={"X-Request-ID": odd})
        assert odd not in answer.content.decode()
        assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])


def test_the_log_knows_a_fault_by_the_id_that_the_page_shows(signed_in: Client, caplog: Any) -> None:
    with caplog.at_level(logging.INFO):
        answer = signed_in.get("/breaks")
    events = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    assert {event["request_id"] for event in events} == {answer["X-Request-ID"]}
    assert any(CANARY in str(event) for event in events), "whoever runs the portal finds the reason in the log"

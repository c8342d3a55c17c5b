import re
from collections.abc import Callable

import pytest
from django.test import Client

from accounts.models import ApiToken, User
from audit.models import Event

pytestmark = pytest.mark.django_db
ClientFor = Callable[[User], Client]


def test_a_token_is_shown_once_and_works(client_for: ClientFor, alice: User) -> None:
    page = client_for(alice)
    made = page.post("/settings/tokens/new", {"name": "ci", "scopes": ["catalog:read"], "days": "30"})
    text = re.search(r"crn_[\w-]+", made.content.decode()).group()  # type: ignore[union-attr]
    assert made["Cache-Control"] == "no-store"
    assert text not in page.get("/settings").content.decode()
    me = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {text}"})
    assert me.json()["entity_ref"] == "user:default/alice"
    assert Event.objects.filter(verb="token.created").count() == 1


def test_a_form_that_is_refused_keeps_what_was_typed(client_for: ClientFor, alice: User) -> None:
    refused = client_for(alice).post("/settings/tokens/new", {"name": "my pipeline", "days": "30"})
    assert refused.status_code == 422
    assert 'value="my pipeline"' in refused.content.decode()


def test_somebody_elses_token_cannot_be_revoked(client_for: ClientFor, alice: User, bob: User) -> None:
    token = ApiToken.objects.create(user=alice, digest="x", hint="crn_abcd")
    assert client_for(bob).post(f"/settings/tokens/{token.pk}/revocation").status_code == 404
    token.refresh_from_db()
    assert token.revoked_at is None


def test_only_an_admin_sees_people_and_gives_roles(client_for: ClientFor, alice: User, pat: User) -> None:
    assert client_for(alice).get("/settings/people").status_code == 403
    assert client_for(alice).post(f"/settings/people/{alice.pk}/role", {"role": "platform-admin"}).status_code == 403
    admin = client_for(pat)
    assert admin.post(f"/settings/people/{alice.pk}/role", {"role": "approver"}).status_code == 302
    alice.refresh_from_db()
    assert alice.role == "approver"


def test_an_admin_adds_somebody_and_gets_a_link(client_for: ClientFor, pat: User) -> None:
    form = {"name": "erin", "role": "developer", "teams": "group:default/sre"}
    page = client_for(pat).post("/settings/people", form)
    link = re.search(r"/sign-in/[\w-]+", page.content.decode()).group()  # type: ignore[union-attr]
    assert Client().post(link).status_code == 302
    again = client_for(pat).post("/settings/people", form)
    assert again.status_code == 422
    assert "erin has an account already" in again.content.decode()


def test_a_bad_token_and_no_token_are_refused_in_the_same_shape() -> None:
    for headers in ({}, {"Authorization": "Bearer crn_nonsense"}):
        answer = Client().get("/api/v1/me", headers=headers)
        assert answer.status_code == 401
        assert answer["Content-Type"] == "application/problem+json"
        assert answer.json()["id"] == "not-signed-in"
        assert answer.json()["request_id"] == answer["X-Request-ID"]

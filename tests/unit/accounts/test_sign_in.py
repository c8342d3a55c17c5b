from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.actions import change_role, create_sign_in_link, create_user, first_admin
from accounts.models import ApiToken, SignInLink, User
from common.errors import Conflict

pytestmark = pytest.mark.django_db


def test_opening_a_link_spends_nothing_and_confirming_signs_in_once(client: Client, alice: User) -> None:
    path = create_sign_in_link(user=alice)
    assert client.get(path).status_code == 200
    assert client.get(path).status_code == 200
    assert client.post(path).status_code == 302
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert Client().post(path).status_code == 410
    assert Client().get(path).status_code == 410


def test_a_link_older_than_a_day_is_gone(client: Client, alice: User) -> None:
    path = create_sign_in_link(user=alice)
    SignInLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.post(path).status_code == 410


def test_a_link_does_not_lead_to_another_site(client: Client, alice: User) -> None:
    path = create_sign_in_link(user=alice)
    assert client.post(f"{path}?next=https://evil.example/")["Location"] == "/"


def test_a_stranger_is_sent_to_sign_in_and_back(client: Client) -> None:
    response = client.get("/settings?x=1")
    assert response.status_code == 302
    assert response["Location"] == "/accounts/login/?next=/settings%3Fx%3D1"


def test_signing_in_with_a_password(client: Client, alice: User) -> None:
    alice.set_password("a long enough secret")
    alice.save()
    form = {"login": "alice", "password": "wrong"}
    refused = client.post("/accounts/login/", form)
    assert refused.status_code == 200
    assert 'value="alice"' in refused.content.decode()
    assert client.post("/accounts/login/", form | {"password": "a long enough secret"}).status_code == 302


def test_nobody_signs_up_by_themselves(client: Client) -> None:
    client.post("/accounts/signup/", {"username": "mallory", "password1": "a long enough secret"})
    assert not User.objects.filter(username="mallory").exists()


def test_the_command_makes_a_user_and_prints_a_link_that_works(client: Client) -> None:
    out = StringIO()
    call_command("create_user", "erin", "--role", "approver", "--member-of", "group:default/sre", stdout=out)
    link = out.getvalue().strip()
    assert client.post("/" + link.split("/", 3)[3]).status_code == 302
    erin = User.objects.get(username="erin")
    assert (erin.role, erin.team_refs()) == ("approver", {"group:default/sre"})
    with pytest.raises(CommandError, match="erin has an account already"):
        call_command("create_user", "erin", stdout=out)


def test_the_command_prints_the_token_and_nothing_else(alice: User) -> None:
    out = StringIO()
    call_command("create_token", "--user", "alice", "--scopes", "catalog:read,runs:read", "--days", "7", stdout=out)
    token = ApiToken.objects.matching(out.getvalue().strip())
    assert token is not None
    assert token.scopes == ["catalog:read", "runs:read"]


def test_the_last_platform_admin_keeps_the_role() -> None:
    admin = first_admin()
    assert first_admin() == admin
    with pytest.raises(Conflict):
        change_role(user=admin, role="viewer", by=admin)
    create_user(name="second", role="platform-admin")
    change_role(user=admin, role="viewer", by=admin)
    admin.refresh_from_db()
    assert admin.role == "viewer"

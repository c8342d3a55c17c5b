"""What loses something is asked about where the browser runs no JavaScript, and loses nothing that was filled in."""

import re
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from catalog.models import Entity
from tests.integration.test_catalog_sync import Folder, component

pytestmark = pytest.mark.django_db


@pytest.fixture
def signed_in(pat: User) -> Client:
    client = Client()
    client.force_login(pat, backend="django.contrib.auth.backends.ModelBackend")
    return client


def form_of(html: str, holding: str) -> dict[str, str]:
    """The hidden fields of the form that holds a text."""
    (form,) = [form for form in re.findall(r"<form.*?</form>", html, re.DOTALL) if holding in form]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))


@pytest.fixture
def held(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "one")
    folder.write("a.yaml", *(component(f"one-{number}") for number in range(8)))
    folder.sync()
    folder.write("a.yaml", component("one-0"))
    folder.sync()
    folder.source.refresh_from_db()
    assert folder.source.state == "held"
    return folder


def test_a_question_is_asked_and_its_yes_does_it_with_every_field(signed_in: Client, held: Folder) -> None:
    address = f"{held.source.get_absolute_url()}/sync"
    fields = form_of(signed_in.get(held.source.get_absolute_url()).content.decode(), "Remove what is no longer there")
    headers = {"Referer": f"http://testserver{held.source.get_absolute_url()}?page=1"}
    asked = signed_in.post(address, fields, headers=headers).content.decode()
    assert Entity.objects.present().count() == 8
    assert "<h1>Remove what the source no longer says?</h1>" in asked
    assert f'href="{held.source.get_absolute_url()}?page=1">Keep it as it is' in asked
    signed_in.post(address, form_of(asked, "Remove it"))
    assert Entity.objects.present().count() == 1


@pytest.mark.parametrize("referer", ["https://elsewhere.example/page", "nonsense", ""])
def test_the_way_back_leads_nowhere_else(signed_in: Client, held: Folder, referer: str) -> None:
    address = f"{held.source.get_absolute_url()}/sync"
    asked = signed_in.post(address, {"ask": "<b>Sure?</b>", "ask_verb": "Yes"}, headers={"Referer": referer}).content
    assert b'href="/">Keep it as it is' in asked
    assert b"&lt;b&gt;Sure?&lt;/b&gt;" in asked


def test_a_question_without_a_sign_in_asks_nothing(client: Client, held: Folder) -> None:
    answer = client.post(f"{held.source.get_absolute_url()}/sync", {"ask": "Sure?", "ask_verb": "Yes"})
    assert answer.status_code == 302
    assert "sign" in answer["Location"] or "login" in answer["Location"]

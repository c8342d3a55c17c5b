"""Uploading entities, on the page and by a script."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from accounts.actions import create_user
from accounts.models import User
from audit.models import Event
from catalog.actions import put_portal_entities
from catalog.models import Entity, Source

pytestmark = pytest.mark.django_db
HEAD = "kind,name,owner,tags\n"
TWO = f"{HEAD}System,shop,ops,a;b\nSystem,mail,ops,\n"
PATH = "/api/v1/uploads"


@pytest.fixture
def api(alice: User, api_for: Callable[..., APIClient]) -> APIClient:
    return api_for(alice, ("catalog:write",))


@pytest.fixture
def browser(alice: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(alice)


def send(api: APIClient, text: str, query: str = "name=systems.csv", type: str = "text/csv") -> Any:
    return api.generic("POST", f"{PATH}?{query}", text.encode(), content_type=type)


def refs() -> list[str]:
    return sorted(Entity.objects.present().values_list("ref", flat=True))


def outcomes(answer: Any) -> list[tuple[int, str]]:
    return [(row["row"], row["outcome"]) for row in answer.json()["rows"]]


def test_a_table_becomes_entities_with_owner_and_tags(api: APIClient) -> None:
    answer = send(api, TWO)
    assert answer.status_code == 201
    assert outcomes(answer) == [(2, "added"), (3, "added")]
    assert refs() == ["system:default/mail", "system:default/shop"]
    shop = Entity.objects.get(ref="system:default/shop")
    assert (shop.owner_ref, shop.tags, shop.line) == ("group:default/ops", ["a", "b"], 2)
    event = Event.objects.get(verb="source.uploaded")
    assert (event.actor, event.subject_label, event.data["added"]) == ("user:default/alice", "upload:systems.csv", 2)


def test_a_dry_run_tells_the_same_and_keeps_nothing(api: APIClient) -> None:
    answer = send(api, f"{TWO}System,Sh op,ops,\n", "name=systems.csv&dry_run=true")
    assert answer.status_code == 200
    assert outcomes(answer) == [(2, "added"), (3, "added"), (4, "wrong")]
    assert answer.json()["source"] is None
    assert not refs()
    assert not Source.objects.exists()
    assert not Event.objects.filter(verb="source.uploaded").exists()


def test_the_same_name_again_replaces_what_it_said(api: APIClient) -> None:
    send(api, TWO)
    answer = send(api, f"{HEAD}System,shop,others,a;b\nSystem,pay,ops,\n")
    assert outcomes(answer) == [(2, "changed"), (3, "added")]
    assert answer.json()["removed"] == ["system:default/mail"]
    assert outcomes(send(api, f"{HEAD}System,shop,others,a;b\nSystem,pay,ops,\n")) == [
        (2, "unchanged"),
        (3, "unchanged"),
    ]
    send(api, f"{HEAD}System,other,ops,\n", "name=other.csv")
    assert refs() == ["system:default/other", "system:default/pay", "system:default/shop"]


def test_rows_that_are_wrong_stop_no_other_and_keep_what_was_good_before(api: APIClient) -> None:
    send(api, TWO)
    answer = send(api, f"{HEAD}System,shop,ops,NOT A TAG\nSystem,mail,others,\n")
    assert outcomes(answer) == [(2, "wrong"), (3, "changed")]
    row = answer.json()["rows"][0]
    assert (row["ref"], row["field"]) == ("system:default/shop", "metadata.tags.0")
    assert row["hint"]
    assert refs() == ["system:default/mail", "system:default/shop"]


def test_one_that_would_remove_most_of_what_it_said_waits_for_a_decision(api: APIClient) -> None:
    many = HEAD + "".join(f"System,s{n},ops,\n" for n in range(20))
    send(api, many)
    answer = send(api, f"{HEAD}System,s0,ops,\n")
    assert "more than half" in answer.json()["held"]
    assert len(refs()) == 20
    assert send(api, f"{HEAD}System,s0,ops,\n", "name=systems.csv&allow_removal=true").json()["counts"]["removed"] == 19
    assert refs() == ["system:default/s0"]


def test_what_another_source_says_already_is_told_and_stays(api: APIClient, alice: User) -> None:
    shop = {"apiVersion": "backstage.io/v1alpha1", "kind": "System", "metadata": {"name": "shop"}}
    put_portal_entities(source="test", documents=[shop | {"spec": {"owner": "first"}}], by=alice)
    answer = send(api, TWO)
    assert outcomes(answer) == [(2, "wrong"), (3, "added")]
    assert "said by portal:test already" in answer.json()["rows"][0]["message"]


def test_the_same_entity_twice_in_a_file_is_told(api: APIClient) -> None:
    assert outcomes(send(api, f"{TWO}System,shop,others,\n")) == [(2, "added"), (3, "added"), (4, "wrong")]


@pytest.mark.parametrize(
    ("name", "type", "text"),
    [
        (
            "a.json",
            "application/json",
            json.dumps(
                [
                    {
                        "apiVersion": "backstage.io/v1alpha1",
                        "kind": "System",
                        "metadata": {"name": "a"},
                        "spec": {"owner": "o"},
                    }
                ]
            ),
        ),
        (
            "a.yaml",
            "application/yaml",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {name: a}\nspec: {owner: o}\n",
        ),
    ],
)
def test_json_and_yaml_come_too_raw_and_as_a_form(api: APIClient, name: str, type: str, text: str) -> None:
    assert send(api, text, f"name={name}", type).status_code == 201
    file = SimpleUploadedFile(name, text.encode(), content_type=type)
    answer = api.post(PATH, {"file": file}, format="multipart")
    assert answer.status_code == 201
    assert [row["outcome"] for row in answer.json()["rows"]] == ["unchanged"]


@pytest.mark.parametrize(
    ("query", "type", "text", "says"),
    [
        ("", "text/csv", TWO, "needs the name of its file"),
        ("name=..%2Fa.csv", "text/csv", TWO, "needs the name of its file"),
        ("name=a", "application/octet-stream", TWO, "Nobody can tell what a is"),
        ("name=a.csv", "text/csv", "a,b\n1,2\n", "Nobody knows the column a"),
        ("name=a.csv", "text/csv", HEAD, "Nothing in this file can be used"),
        ("name=a.json", "application/json", "{", "It is not JSON"),
        ("name=a.csv", "text/csv", "x" * (5 * 1024 * 1024 + 1), "larger than 5 MB"),
    ],
)
def test_a_file_that_cannot_be_used_is_said(api: APIClient, query: str, type: str, text: str, says: str) -> None:
    answer = send(api, text, query, type)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    assert not Source.objects.exists()


def test_a_form_without_a_file_is_said(api: APIClient) -> None:
    answer = api.post(PATH, {"nothing": "x"}, format="multipart")
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "file")


def test_who_may_upload_and_replace(
    api: APIClient, alice: User, charlie: User, pat: User, api_for: Callable[..., APIClient]
) -> None:
    vera = create_user(name="vera", role="viewer")
    assert send(api_for(vera), TWO).status_code == 403
    assert send(api_for(alice, ("catalog:read",)), TWO).status_code == 403
    assert send(api, TWO).status_code == 201
    refused = send(api_for(charlie), f"{HEAD}System,mine,ops,\n")
    assert (refused.status_code, "uploaded by alice" in refused.json()["detail"]) == (403, True)
    assert send(api_for(pat), TWO).status_code == 201


def test_nobody_reads_an_upload_on_a_schedule_or_on_demand(api: APIClient, browser: Client) -> None:
    send(api, TWO)
    source = Source.objects.get()
    assert source.next_sync_at is None
    answer = api.post(f"/api/v1/sources/{source.pk}/sync")
    assert (answer.status_code, answer.json()["id"]) == (422, "not-read")
    assert refs() == ["system:default/mail", "system:default/shop"]
    assert "Upload again" in browser.get(f"/catalog/sources/{source.pk}").content.decode()


# --- On the page ----------------------------------------------------------------------------------------------------


def page(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status
    return str(answer.content.decode())


def test_the_page_shows_each_row_and_keeps_the_text_until_it_is_right(browser: Client) -> None:
    assert "kind,name,title" in page(browser.get("/catalog/upload"))
    file = SimpleUploadedFile("systems.csv", f"{HEAD}System,shop,ops,NO TAG\nSystem,mail,ops,\n".encode())
    html = page(browser.post("/catalog/upload", {"file": file, "action": "look"}))
    assert "1 added, 0 changed, 0 as before, 1 wrong" in html
    assert "System,shop,ops,NO TAG" in html
    assert 'value="systems.csv"' in html
    assert not refs()
    form = {"name": "systems.csv", "text": TWO, "action": "keep"}
    answer: Any = browser.post("/catalog/upload", form, follow=True)
    assert "2 added" in answer.content.decode()
    assert refs() == ["system:default/mail", "system:default/shop"]


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "There is no file yet"),
        ({"text": TWO}, "needs the name of its file"),
        ({"text": "a,b", "name": "a.csv"}, "Nobody knows the column a"),
        ({"text": HEAD, "name": "a.csv", "action": "keep"}, "Nothing in this file can be used"),
    ],
)
def test_what_is_wrong_with_the_whole_is_said_and_the_text_stays(
    browser: Client, form: dict[str, str], says: str
) -> None:
    html = page(browser.post("/catalog/upload", form), 422)
    assert says in html
    assert form.get("text", "") in html


def test_the_page_asks_before_most_of_it_goes(browser: Client) -> None:
    many = HEAD + "".join(f"System,s{n},ops,\n" for n in range(20))
    browser.post("/catalog/upload", {"name": "a.csv", "text": many, "action": "keep"})
    one = {"name": "a.csv", "text": f"{HEAD}System,s0,ops,\n"}
    assert "Remove what the file no longer says" in page(browser.post("/catalog/upload", one))
    allowed = page(browser.post("/catalog/upload", one | {"allow_removal": "1"}))
    assert "19 removed" in allowed
    assert '<input type="hidden" name="allow_removal" value="1">' in allowed
    browser.post("/catalog/upload", one | {"allow_removal": "1", "action": "keep"})
    assert refs() == ["system:default/s0"]

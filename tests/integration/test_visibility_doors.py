"""Rules of visibility are added on a page, by a script and in app-config.yaml, by those who run the portal."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Event
from catalog.model.visibility import complaints, declared_rules
from catalog.models import VisibilityRule
from catalog.tasks import sync_due_sources
from catalog.visibility_actions import add_rule, follow_rules, put_rule, remove_rule
from common.errors import Conflict, UserError
from tests.integration.test_catalog_sync import Folder, component

pytestmark = pytest.mark.django_db

RULE: dict[str, Any] = {"name": "secret", "filter": "metadata.name=orders", "visibleTo": ["owners"]}
FORM = {"name": "secret", "filter": "metadata.name=orders\r\nkind=api", "visibleTo": "owners, group:security"}


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    made = Folder(tmp_path / "one")
    made.write("a.yaml", component("orders"), component("stock"))
    made.sync()
    return made


@pytest.fixture
def browser(pat: User, client_for: Callable[[User], Client]) -> Client:
    return client_for(pat)


def rules() -> dict[str, list[str]]:
    return dict(VisibilityRule.objects.values_list("name", "filters"))


# --- On pages -------------------------------------------------------------------------------------------------------


def test_an_admin_adds_a_rule_and_sees_how_many_entities_it_takes(browser: Client, folder: Folder) -> None:
    answer: Any = browser.post("/catalog/visibility/new", FORM, follow=True)
    assert answer.redirect_chain == [("/catalog/visibility/secret", 302)]
    row = VisibilityRule.objects.get()
    assert (row.filters, row.visible_to) == (["metadata.name=orders", "kind=api"], ["group:default/security", "owners"])
    assert "1 entity now." in answer.content.decode()
    assert '<td class="num">1</td>' in browser.get("/catalog/visibility").content.decode()


def test_the_count_follows_what_is_typed(browser: Client, folder: Folder) -> None:
    def typed(text: str) -> str:
        return browser.post("/catalog/visibility/count", {"filter": text}).content.decode()

    assert "2 entities now." in typed("kind=component")
    assert "No entity now." in typed("kind=component,spec.type=none")
    for text in ("", "=", "\n,\n", "a=\x00"):
        assert "once it can be used" in typed(text)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Not A Name"}, "<code>name</code> must be lower-case letters"),
        ({"name": "count"}, "<code>name</code> is the name of a page"),
        ({"filter": ""}, "<code>filter</code> must not be empty"),
        ({"filter": "kind=api\r\n\r\n=x"}, "Line 3: <code>filter.2</code> Invalid filter"),
        ({"filter": ","}, "<code>filter</code> takes every entity"),
        ({"filter": "a=\x00"}, "<code>filter</code> must not hold NUL"),
        ({"visibleTo": ""}, "<code>visibleTo</code> must name somebody"),
        ({"visibleTo": "owners\r\northers"}, "Line 2: <code>visibleTo.1</code> Entity reference"),
        ({"visibleTo": "component:default/x"}, "is neither a group nor a user"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    change: dict[str, str], words: str, browser: Client
) -> None:
    form = FORM | change
    answer = browser.post("/catalog/visibility/new", form)
    html = answer.content.decode()
    assert answer.status_code == 422
    assert words in html
    assert f'value="{form["name"]}"' in html
    for line in (form["filter"] + "\n" + form["visibleTo"]).replace("\x00", "").split():
        assert line in html.replace("\x00", "")
    assert not VisibilityRule.objects.exists()


def test_a_rule_is_changed_under_its_name_and_a_taken_name_is_said(browser: Client) -> None:
    add_rule(declaration=RULE, by=None, origin="page")
    assert browser.post("/catalog/visibility/secret", FORM | {"name": "other", "filter": "kind=api"}).status_code == 302
    assert rules() == {"secret": ["kind=api"]}
    answer = browser.post("/catalog/visibility/new", FORM)
    assert answer.status_code == 409
    assert "there is a rule secret already" in answer.content.decode()


def test_removing_asks_first_and_says_what_would_be_seen(browser: Client, folder: Folder) -> None:
    add_rule(declaration=RULE, by=None, origin="page")
    asked = browser.post("/catalog/visibility/secret/removal")
    assert "1 entity would be seen by everybody" in asked.content.decode()
    assert rules()
    assert browser.post("/catalog/visibility/secret/removal", {"sure": "1"}).status_code == 302
    assert not rules()
    assert browser.get("/catalog/visibility/secret").status_code == 404
    assert browser.get("/catalog/visibility/%00").status_code == 404


def test_only_admins_read_them_since_a_filter_may_name_what_it_hides(
    alice: User, client_for: Callable[[User], Client], api_for: Callable[..., APIClient]
) -> None:
    add_rule(declaration=RULE, by=None, origin="page")
    for path in ("/catalog/visibility", "/catalog/visibility/secret", "/catalog/visibility/new"):
        assert client_for(alice).get(path).status_code == 403
    for path in ("/api/v1/visibility-rules", "/api/v1/visibility-rules/secret"):
        assert api_for(alice).get(path).status_code == 403
    assert "/catalog/visibility" not in client_for(alice).get("/catalog/kinds").content.decode()


# --- By scripts -----------------------------------------------------------------------------------------------------


def test_a_script_adds_reads_replaces_and_deletes(pat: User, api_for: Callable[..., APIClient], folder: Folder) -> None:
    api, path = api_for(pat, ("catalog:write",)), "/api/v1/visibility-rules"
    made = api.post(path, RULE, format="json")
    assert (made.status_code, made.json()["entities"]) == (201, 1)
    assert api.post(path, RULE, format="json").status_code == 409
    assert (
        api.put(f"{path}/secret", {"filter": ["kind=api"], "visibleTo": ["user:ada"]}, format="json").status_code == 200
    )
    found = api.get(f"{path}/secret").json()
    expected = {"name": "secret", "filter": ["kind=api"], "visibleTo": ["user:default/ada"], "origin": "api"}
    assert {name: found[name] for name in expected} == expected
    assert [one["name"] for one in api.get(path).json()["items"]] == ["secret"]
    assert api.put(f"{path}/another", RULE | {"name": "another"}, format="json").status_code == 201
    assert api.delete(f"{path}/secret").status_code == 204
    assert api.delete(f"{path}/secret").status_code == 404
    wrong = api.put(f"{path}/x", {"filter": [1], "visibleTo": "x", "more": 1}, format="json")
    assert wrong.status_code == 422
    assert {error["path"] for error in wrong.json()["errors"]} == {"filter", "visibleTo", "more"}
    assert api.post(path, [], format="json").status_code == 422
    assert api.put(f"{path}/x", RULE, format="json").status_code == 422, "a rule keeps its name"


def test_a_token_needs_the_scope(pat: User, api_for: Callable[..., APIClient]) -> None:
    reader = api_for(pat, ("catalog:read",))
    assert reader.get("/api/v1/visibility-rules").status_code == 200
    assert reader.post("/api/v1/visibility-rules", RULE, format="json").status_code == 403
    assert api_for(pat, ("metrics:read",)).get("/api/v1/visibility-rules").status_code == 403


def test_every_change_is_in_the_trail(pat: User) -> None:
    add_rule(declaration=RULE, by=pat, origin="page")
    put_rule(name="secret", declaration=RULE | {"filter": "kind=api"}, by=pat, origin="page")
    remove_rule(name="secret", by=pat)
    found = (
        Event.objects.filter(subject_kind="visibility-rule").order_by("pk").values_list("verb", "actor", "subject_id")
    )
    verbs = ["visibility_rule.added", "visibility_rule.changed", "visibility_rule.removed"]
    assert list(found) == [(verb, pat.entity_ref, "secret") for verb in verbs]


# --- In a file ------------------------------------------------------------------------------------------------------


def test_rules_of_the_configuration_come_and_go_with_it() -> None:
    declared = declared_rules([RULE])
    follow_rules(declared)
    assert VisibilityRule.objects.get().origin == "file"
    events = Event.objects.count()
    follow_rules(declared)
    assert Event.objects.count() == events, "nothing is written when nothing has changed"
    changes: list[Callable[[], object]] = [
        lambda: put_rule(name="secret", declaration=RULE, by=None, origin="api"),
        lambda: remove_rule(name="secret", by=None),
    ]
    for change in changes:
        with pytest.raises(Conflict, match=r"stands in app-config\.yaml"):
            change()
    follow_rules([])
    assert not rules()


def test_a_rule_of_a_page_stays_beside_those_of_a_file(browser: Client) -> None:
    add_rule(declaration=RULE | {"name": "mine"}, by=None, origin="page")
    follow_rules(declared_rules([RULE]))
    assert set(rules()) == {"mine", "secret"}
    html = browser.get("/catalog/visibility/secret").content.decode()
    assert "<textarea" not in html
    assert "catalog.visibility" in html
    assert browser.post("/catalog/visibility/secret", FORM).status_code == 409
    follow_rules([])
    assert set(rules()) == {"mine"}


def test_a_file_that_changes_counts_without_a_restart_and_one_that_breaks_changes_nothing(
    settings: Any, tmp_path: Path, browser: Client
) -> None:
    file = tmp_path / "app-config.yaml"
    settings.APP_CONFIG = (str(file),)
    file.write_text("catalog: {visibility: [{name: secret, filter: 'kind=api', visibleTo: [owners]}]}\n")
    sync_due_sources()
    assert rules() == {"secret": ["kind=api"]}
    file.write_text("catalog: {visibility: [{name: secret, filter: '', visibleTo: [owners]}]}\n")
    sync_due_sources()
    assert rules() == {"secret": ["kind=api"]}
    html = browser.get("/catalog/visibility").content.decode()
    assert "catalog.visibility[0].filter: must not be empty" in html


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, "catalog.visibility must be a list of rules"),
        (["x"], r"catalog.visibility\[0\]: must be an object"),
        ([RULE, RULE], r"catalog.visibility\[1\].name: secret stands there twice"),
        ([RULE | {"visibleTo": "owners"}], "must be a list of references"),
        ([RULE | {"filter": {"kind": "api"}}], "must be a text or a list of texts"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(given: Any, message: str) -> None:
    with pytest.raises(UserError, match=message):
        declared_rules(given)


def test_a_rule_has_bounds() -> None:
    assert complaints(RULE | {"filter": ["kind=api"] * 51})
    assert complaints(RULE | {"filter": "a" * 3000})
    assert complaints(RULE | {"visibleTo": ["owners"] * 201})
    assert complaints(RULE | {"visibleTo": ["user:default/\x00"]})

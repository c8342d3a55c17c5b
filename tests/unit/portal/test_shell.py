"""The shell's navigation and look."""

import pytest
from django.test import RequestFactory

from portal.shell import shell


def _shell(path="/", **cookies):
    request = RequestFactory().get(path)
    request.COOKIES.update(cookies)
    return shell(request)


@pytest.mark.parametrize(
    ("path", "here"),
    [("/", "Home"), ("/catalog/default/component/x", "Catalog"), ("/requests/3", "Self-service"), ("/ui/", None)],
)
def test_the_navigation_says_where_a_page_lies(path, here):
    assert [place["title"] for place in _shell(path)["places"] if place["here"]] == ([here] if here else [])


def test_a_look_that_is_not_offered_is_the_systems():
    look = _shell(theme="dark", density="><script>")
    assert (look["theme"], look["density"], look["rail"]) == ("dark", "", "")


def test_a_form_changes_only_the_part_of_the_look_that_it_names(alice, client_for):
    browser = client_for(alice)
    browser.post("/preferences", {"theme": "dark", "density": "compact"})
    browser.post("/preferences", {"rail": "narrow"})
    assert {name: browser.cookies[name].value for name in ("theme", "density", "rail")} == {
        "theme": "dark",
        "density": "compact",
        "rail": "narrow",
    }
    assert browser.post("/preferences", {"theme": ""}).cookies["theme"].value == ""


def test_preferences_never_lead_to_another_host(alice, client_for):
    answer = client_for(alice).post("/preferences", {"theme": "dark"}, HTTP_REFERER="https://evil.example/")
    assert answer["Location"] == "/settings"


def test_the_gallery_is_for_everyone_who_is_signed_in(alice, client_for, client):
    assert client_for(alice).get("/ui/").status_code == 200
    assert client.get("/ui/").status_code == 302

"""What app-config.yaml's ``proxy`` means, without a request."""

import re
from typing import Any

import pytest

from common.errors import UserError
from common.yaml12 import load
from portal.proxy.headers import incoming, outgoing
from portal.proxy.routes import Route, refuse_tricks, routes_of

SEED = """
proxy:
  '/catalog/api':
    target: http://localhost:7007
    changeOrigin: true
"""


def route(value: Any, key: str = "/x") -> Route:
    [found] = routes_of({"proxy": {key: value}}).usable
    return found


def test_the_guides_configuration_is_a_route() -> None:
    [found] = routes_of(load(SEED.encode())).usable
    assert (found.prefix, found.credentials, found.host) == ("/catalog/api", "require", "localhost:7007")
    assert found.address("/catalog/api/entities", "limit=1") == "http://localhost:7007/entities?limit=1"


def test_both_shapes_of_the_section_and_of_a_route_are_read() -> None:
    routes = routes_of(
        {
            "proxy": {
                "/old": "http://old.internal",
                "skipInvalidProxies": True,
                "endpoints": {"new/v1": {"target": "http://new.internal/svc.v1"}, "/new": "http://short.internal"},
            }
        }
    )
    assert [found.prefix for found in routes.usable] == ["/new/v1", "/old", "/new"]
    assert routes.find("/new/v1/a").address("/new/v1/a/b", "") == "http://new.internal/svc.v1/a/b"
    assert routes.find("/new/v2").prefix == "/new"
    assert routes.find("/news") is None
    assert routes_of({}).usable == ()


@pytest.mark.parametrize(
    ("rewrite", "path", "address"),
    [
        (None, "/x", "http://t.internal/base/"),
        (None, "/x/a%b c/ü", "http://t.internal/base/a%25b%20c/%C3%BC"),
        ({"^/api/proxy/x/v1": "/v2"}, "/x/v1/a", "http://t.internal/base/v2/a"),
        ({"/api/proxy/x/(\\w+)/(\\w+)": "/$2/$1"}, "/x/a/b", "http://t.internal/base/b/a"),
        ({"^/nothing": "/", "^/api/proxy": "", "^/api": "/never"}, "/x/a", "http://t.internal/base/x/a"),
        ({"^/api/proxy/x": "//evil.example"}, "/x/a", "http://t.internal/base//evil.example/a"),
        ({"^/api/proxy/x": "http://evil.example"}, "/x/a", "http://t.internal/base/http://evil.example/a"),
        ({"^/api/proxy/x": "@evil.example"}, "/x/a", "http://t.internal/base/@evil.example/a"),
    ],
)
def test_a_path_is_rewritten_below_the_target_and_nowhere_else(rewrite: Any, path: str, address: str) -> None:
    assert route({"target": "http://t.internal/base/", "pathRewrite": rewrite}).address(path, "") == address


@pytest.mark.parametrize(
    "path",
    [
        "/x/../y",
        "/x/..",
        "/x/%2e%2e/y",
        "/x/%252e%252e/y",
        "/x/%25252e%25252e/y",
        "/x/..%2fy",
        "/x/..\\y",
        "/x/..;/y",
        "/x/./y",
        "/x/a\x00b",
        "/x/a\r\nHost: b",
        "/x/" + "a" * 5000,
    ],
)
def test_a_path_that_climbs_or_hides_something_is_refused(path: str) -> None:
    with pytest.raises(UserError):
        refuse_tricks(path)


def test_a_rewrite_cannot_climb_either() -> None:
    with pytest.raises(UserError):
        route({"target": "http://t.internal/base", "pathRewrite": {"^/api/proxy/x": "/.."}}).address("/x/y", "")


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (None, "proxy./x"),
        (7, "proxy./x"),
        ({}, "proxy./x.target"),
        ({"target": None}, "proxy./x.target"),
        ("ftp://a", "proxy./x.target"),
        ("http://[", "proxy./x.target"),
        ("http://a:99999", "proxy./x.target"),
        ({"target": "http://a", "headers": {"X-Api-Key": None}}, "proxy./x.headers.X-Api-Key"),
        ({"target": "http://a", "headers": {"X-Api-Key": "a\nb"}}, "proxy./x.headers.X-Api-Key"),
        ({"target": "http://a", "headers": {"X Y": "a"}}, "proxy./x.headers.X Y"),
        ({"target": "http://a", "headers": []}, None),
        ({"target": "http://a", "headers": [1]}, "proxy./x.headers"),
        ({"target": "http://a", "allowedMethods": "GET"}, "proxy./x.allowedMethods"),
        ({"target": "http://a", "credentials": "maybe"}, "proxy./x.credentials"),
        ({"target": "http://a", "pathRewrite": {"(": "/"}}, "proxy./x.pathRewrite.("),
    ],
)
def test_a_route_that_is_wrong_is_named_and_stops_no_other(value: Any, field: str | None) -> None:
    routes = routes_of({"proxy": {"/x": value, "/good": "http://good.internal"}})
    assert routes.find("/good/a") is not None
    assert [error.path for error in routes.broken.values()] == ([field] if field else [])


def test_secrets_are_not_in_what_a_route_says_of_itself() -> None:
    found = route({"target": "http://user:hunter2@a.internal", "headers": {"X-Api-Key": "hunter2"}})
    assert "hunter2" not in repr(found)
    assert found.host == "a.internal"


# --- Headers --------------------------------------------------------------------------------------------------------

GIVEN = {
    "Accept": "application/json",
    "Authorization": "Bearer crn_secret",
    "Connection": "keep-alive, X-Hop",
    "Content-Type": "text/plain",
    "Cookie": "cairn_session=1",
    "Host": "portal.example",
    "Transfer-Encoding": "chunked",
    "X-Api-Key": "from the client",
    "X-Custom": "a",
    "X-Hop": "b",
    "X-Forwarded-For": "1.2.3.4",
}


def sent(**more: Any) -> dict[str, str]:
    return outgoing(route({"target": "http://t.internal:81", **more}), GIVEN, host="portal.example", cookies="other=2")


def test_few_headers_go_to_the_target_and_never_who_asks() -> None:
    assert sent() == {
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Content-Type": "text/plain",
        "Host": "t.internal:81",
        "User-Agent": "Cairn",
    }


def test_the_route_says_what_else_goes_and_what_it_adds_wins() -> None:
    found = sent(allowedHeaders=["X-Custom", "x-hop", "Cookie"], headers={"x-api-key": "ours"}, changeOrigin=False)
    assert (found["X-Custom"], found["x-api-key"], found["Host"]) == ("a", "ours", "portal.example")
    assert found["Cookie"] == "other=2"
    assert not {"X-Api-Key", "X-Hop", "Authorization", "Transfer-Encoding"} & found.keys()


def test_who_asks_is_told_only_where_the_route_says_so() -> None:
    assert sent(credentials="forward")["Authorization"] == "Bearer crn_secret"
    assert sent(allowedHeaders=["authorization"])["Authorization"] == "Bearer crn_secret"
    assert sent(credentials="forward", headers={"Authorization": "ours"})["Authorization"] == "ours"


def test_few_headers_come_back_and_no_cookie_among_them() -> None:
    found = route({"target": "http://t.internal", "allowedHeaders": ["ETag", "set-cookie"]})
    given = [("Content-Type", "text/html"), ("Set-Cookie", "a=b"), ("ETag", '"1"'), ("Server", "x"), ("Link", "y")]
    assert incoming(found, [*given, ("Content-Length", "3")], asked="http://t.internal/") == {
        "Content-Type": "text/html",
        "Etag": '"1"',
        "Content-Length": "3",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }


@pytest.mark.parametrize(
    ("location", "back"),
    [
        ("/base/b?c=d", "/api/proxy/x/b?c=d"),
        ("b", "/api/proxy/x/b"),
        ("http://t.internal/base", "/api/proxy/x/"),
        ("http://t.internal/other", None),
        ("http://t.internal/basement", None),
        ("https://t.internal/base/b", None),
        ("http://t.internal:8080/base/b", None),
        ("//evil.example/base/b", None),
        ("http://[", None),
    ],
)
def test_a_redirect_leads_back_through_the_proxy_or_nowhere(location: str, back: str | None) -> None:
    found = route({"target": "http://t.internal/base"})
    answered = incoming(found, [("Location", location)], asked="http://t.internal/base/a")
    assert answered.get("Location") == back


def test_rules_are_searched_as_javascript_does() -> None:
    assert route({"target": "http://a", "pathRewrite": {"b": "[$&$$1]"}}).rewrites == ((re.compile("b"), "[$&$$1]"),)
    assert route({"target": "http://a", "pathRewrite": {"b": "[$&$$1]"}}).address("/x/b/b", "").endswith("/x/[b$1]/b")

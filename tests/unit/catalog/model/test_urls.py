"""Addresses, with the vectors of Backstage's integrations and of WHATWG's URL parser."""

import pytest

from catalog.model.urls import is_url, raw_address, resolve_url, same_repository
from catalog.model.whatwg import is_absolute_url

BASE = "https://github.com/o/r/blob/main/d/catalog-info.yaml"
GITLAB = "https://gitlab.com/g/s/r/-/blob/main/c.yaml"


@pytest.mark.parametrize(
    ("target", "base", "address"),
    [
        ("./a.yaml", BASE, "https://github.com/o/r/tree/main/d/a.yaml"),
        ("../../../a.yaml", BASE, "https://github.com/o/r/a.yaml"),
        ("/a.yaml", BASE, "https://github.com/o/r/tree/main/a.yaml"),
        ("/a.yaml", GITLAB, "https://gitlab.com/g/s/r/-/blob/main/a.yaml"),
        (".", BASE, "https://github.com/o/r/tree/main/d/"),
        ("a b/é.yaml", BASE, "https://github.com/o/r/tree/main/d/a%20b/%C3%A9.yaml"),
        ("**/x.yaml", BASE, "https://github.com/o/r/tree/main/d/**/x.yaml"),
        ("https://github.com/o/q/raw/main/z.yaml", BASE, "https://github.com/o/q/raw/main/z.yaml"),
        ("https://github.com/o/q/blob/main/z.yaml", GITLAB, "https://github.com/o/q/blob/main/z.yaml"),
        ("./a.yaml", "https://github.com/o/r/blob/main/c.yaml?x=1", "https://github.com/o/r/tree/main/a.yaml?x=1"),
        ("?a", BASE, "https://github.com/o/r/tree/main/d/catalog-info.yaml"),
        ("./# a", BASE, "https://github.com/o/r/tree/main/d/#%20a"),
        (" a ", BASE, "https://github.com/o/r/tree/main/d/a"),
        ("a\t/\nb", BASE, "https://github.com/o/r/tree/main/d/a/b"),
        ("\\a", BASE, "https://github.com/a"),
        ("./%2e%2E/.%2e/a", BASE, "https://github.com/o/r/tree/a"),
        ("a//b/./c/..", BASE, "https://github.com/o/r/tree/main/d/a//b/"),
        ("/x/../a?b#c", BASE, "https://github.com/o/r/tree/main/a%3Fb%23c"),
        ("https://a>b/o/r/blob/main/a", BASE, "https://a>b/o/r/blob/main/a"),
        ("./a.yaml", "/srv/shop/catalog-info.yaml", "/srv/shop/a.yaml"),
    ],
)
def test_a_target_is_resolved_as_backstage_resolves_it(target: str, base: str, address: str) -> None:
    assert resolve_url(target, base) == address


def test_only_files_of_two_repositories_are_known_to_be_apart() -> None:
    assert not same_repository("https://github.com/o/q/blob/main/z.yaml", BASE)
    assert same_repository("https://github.com/o/r/tree/main/z.yaml", BASE)
    assert same_repository("https://example.com/z.json", BASE)


@pytest.mark.parametrize(
    "text",
    [
        "https://a",
        "https:a",
        "https://${HOST}/x",
        "https://[::1]/",
        "https://1.2.3",
        "mailto:a",
        "javascript:alert(1)",
        "file:///x",
        " https://a ",
        "https://a/b c",
        "slack://channel?id=x",
        "urn:x:y",
        "https://é.com",
        "https://xn--80ak6aa92e.com",
        "https://a:",
        "a://",
        "a:///x",
        "file://",
        "file:///c:/x",
        "file://C:",
    ],
)
def test_a_url_is_taken_as_browsers_take_it(text: str) -> None:
    assert is_absolute_url(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "./x",
        "/x",
        "example.com/a",
        "https://",
        "https://a b",
        "https://a%20b",
        "https://256.1.1.1",
        "https://a:65536",
        "https://u@",
        "https://{{ host }}/x",
        "https://<host>",
        "foo://h:99999",
        "https://[::1",
        "https://[::1]x",
        "https://[v1.a]",
        "https://%2f",
        "https://\xad",
        "https://\u0301",
        "https://אa",
        "https://a\u200db",
        "https://xn--",
        "https://xn--a",
        "a://@",
        "a://u@",
        "a://:80",
        "file://a:80",
    ],
)
def test_what_browsers_refuse_is_no_url(text: str) -> None:
    assert not is_absolute_url(text)


@pytest.mark.parametrize("target", ["http://[", "//[x", "https://exa℀mple.com/x", "http://[::1/a"])
@pytest.mark.parametrize("base", ["https://github.com/o/r/blob/main/a.yaml", "/r/a.yaml"])
def test_an_address_that_makes_no_sense_stops_nobody(target: str, base: str) -> None:
    address = resolve_url(target, base)
    assert not is_url(target)
    assert same_repository(address, base)
    assert raw_address(target) == target

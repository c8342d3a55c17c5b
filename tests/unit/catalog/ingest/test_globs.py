"""Patterns in the targets of Location entities."""

import time

import pytest

from catalog.ingest.documents import Problem
from catalog.ingest.globs import base_of, depth_of, is_glob, matches
from catalog.ingest.keep import Stored, last_good
from catalog.ingest.wanted import FileProblem


@pytest.mark.parametrize(
    ("pattern", "address", "named"),
    [
        ("/r/services/*/c.yaml", "/r/services/a/c.yaml", True),
        ("/r/services/*/c.yaml", "/r/services/a/b/c.yaml", False),
        ("/r/services/*/c.yaml", "/r/services/c.yaml", False),
        ("/r/**/c.yaml", "/r/c.yaml", True),
        ("/r/**/c.yaml", "/r/a/b/c.yaml", True),
        ("/r/**/c.yaml", "/r/a/b/xc.yaml", False),
        ("/r/**", "/r/a/b.yaml", True),
        ("/r/a?.yaml", "/r/ab.yaml", True),
        ("/r/a?.yaml", "/r/a/.yaml", False),
        ("/r/[id]/*.yaml", "/r/[id]/a.yaml", True),
        ("/r/*.yaml", "/r/a.yml", False),
        ("https://github.com/o/r/blob/main/*/c.yaml", "https://github.com/o/r/tree/main/x/c.yaml", True),
        ("https://github.com/o/r/blob/main/*/c.yaml", "https://github.com/o/r/tree/dev/x/c.yaml", False),
        (f"/r/{'a*' * 400}", "/r/a", False),
    ],
)
def test_a_pattern_names_files(pattern: str, address: str, named: bool) -> None:
    assert matches(pattern, address) is named


@pytest.mark.parametrize(
    ("address", "glob"),
    [
        ("/r/a.yaml", False),
        ("/r/*.yaml", True),
        ("https://example.com/a.yaml?at=*", False),
        ("https://example.com/*/a.yaml", True),
        ("https://example.com/a.yaml?x", False),
    ],
)
def test_the_query_of_a_url_is_no_pattern(address: str, glob: bool) -> None:
    assert is_glob(address) is glob


def test_a_pattern_begins_in_a_folder_and_reaches_so_deep() -> None:
    assert (base_of("/r/s/a*/b/c.yaml"), depth_of("/r/s/a*/b/c.yaml")) == ("/r/s/", 2)
    assert (base_of("/r/**/c.yaml"), depth_of("/r/**/c.yaml")) == ("/r/", None)


def test_no_pattern_holds_anybody_up() -> None:
    begun = time.monotonic()
    assert not matches("/r/" + "*a" * 100 + "b", "/r/" + "a" * 1500)
    assert time.monotonic() - begun < 5


def test_what_a_pattern_led_to_stays_when_the_pattern_could_not_be_followed() -> None:
    stored = [
        Stored("location:default/all", "/r/all.yaml", ("/r/s/*/c.yaml",)),
        Stored("component:default/a", "/r/s/a/c.yaml"),
        Stored("component:default/b", "/r/other.yaml"),
    ]
    failed = FileProblem("/r/s/*/c.yaml", Problem("read", "no"))
    assert last_good(stored, [failed]) == {"component:default/a"}
    broken = FileProblem("/r/all.yaml", Problem("kind", "no"), "location:default/all")
    assert last_good(stored, [broken]) == {"location:default/all", "component:default/a"}

import time

import pytest

from catalog.model.globs import has_wildcard, matches
from catalog.model.hosted import HostedFile, hosted_file, page_of, page_root


@pytest.mark.parametrize(
    ("pattern", "path", "meant"),
    [
        ("/catalog-info.yaml", "catalog-info.yaml", True),
        ("catalog-info.yaml", "a/catalog-info.yaml", False),
        ("**/catalog-info.yaml", "catalog-info.yaml", True),
        ("**/catalog-info.yaml", "a/b/catalog-info.yaml", True),
        ("**/catalog-info.yaml", "a/my-catalog-info.yaml", False),
        ("services/*/catalog-info.yaml", "services/a/catalog-info.yaml", True),
        ("services/*/catalog-info.yaml", "services/a/b/catalog-info.yaml", False),
        ("catalog-info.{yaml,yml}", "catalog-info.yml", True),
        ("/.backstage/**", ".backstage/a/b.yaml", True),
        ("a?.yaml", "ab.yaml", True),
        ("a.yaml", "abyaml", False),
        ("{a.yaml", "{a.yaml", True),
        ("a/**/b.yaml", "a/b.yaml", True),
        ("a/**/b.yaml", "a/x/y/b.yaml", True),
        ("*.y*ml", "catalog.yaml", True),
        ("*.y*ml", "catalog.yam", False),
        ("**/{a,b}/*.{yaml,yml}", "x/b/c.yml", True),
        ("a**b", "axxb", True),
    ],
)
def test_a_pattern_means_paths(pattern: str, path: str, meant: bool) -> None:
    assert matches(pattern, path) is meant


@pytest.mark.parametrize("pattern", ["*a" * 200 + "b", "**/" * 200 + "b", "{a,b}" * 40, "*?" * 100 + "/b"])
def test_no_pattern_takes_long(pattern: str) -> None:
    begun = time.monotonic()
    assert not matches(pattern, "/".join(["a" * 250] * 20))
    assert time.monotonic() - begun < 2


def test_a_plain_path_is_told_from_a_pattern() -> None:
    assert [has_wildcard(text) for text in ("/a/b.yaml", "*/b.yaml", "a.{yaml,yml}", "a{.yaml")] == [
        False,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("https://github.com/o/r/blob/main/d/c.yaml", HostedFile("github.com", "o/r", "main", "d/c.yaml")),
        ("https://github.com/o/r/tree/release%2F1/c.yaml", HostedFile("github.com", "o/r", "release/1", "c.yaml")),
        ("https://gitlab.com/g/s/r/-/blob/main/c.yaml", HostedFile("gitlab.com", "g/s/r", "main", "c.yaml")),
        ("https://raw.githubusercontent.com/o/r/main/c.yaml", HostedFile("github.com", "o/r", "main", "c.yaml")),
        ("https://git.example.com:8443/o/r/raw/v1/a%20b", HostedFile("git.example.com:8443", "o/r", "v1", "a b")),
        ("https://example.com/catalog-info.yaml", None),
        ("/srv/o/r/tree/main/c.yaml", None),
    ],
)
def test_the_page_of_a_file_tells_repository_ref_and_path(address: str, file: HostedFile | None) -> None:
    assert hosted_file(address) == file


def test_a_ref_with_a_slash_does_not_blur_where_the_path_begins() -> None:
    address = page_of(page_root("https://github.com/o/r", "release/1"), "d/a b%.yaml")
    assert address == "https://github.com/o/r/tree/release%2F1/d/a%20b%25.yaml"
    assert hosted_file(address) == HostedFile("github.com", "o/r", "release/1", "d/a b%.yaml")

"""References, with the vectors of Backstage's own parser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.model.refs import BadReference, EntityRef, parse_ref


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a", ("Component", "ns", "a")),
        ("b/a", ("Component", "b", "a")),
        ("k:a", ("k", "ns", "a")),
        ("K:B/A", ("K", "B", "A")),
        ("a:b:c", ("a", "ns", "b:c")),
        ("k:b/a/x", ("k", "b", "a/x")),
        ("b/k:a", ("Component", "b", "k:a")),
    ],
)
def test_a_reference_is_read_as_backstage_reads_it(text: str, parts: tuple[str, str, str]) -> None:
    assert parse_ref(text, default_kind="Component", default_namespace="ns") == EntityRef(*parts)


@pytest.mark.parametrize("text", ["", "/a", "k:", "k:/a", "k:b/", ":a", "a/"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    with pytest.raises(BadReference, match="Entity reference"):
        parse_ref(text, default_kind="Component")


def test_a_kind_must_be_written_where_none_is_meant() -> None:
    with pytest.raises(BadReference, match="missing or empty kind"):
        parse_ref("a")


def test_the_canonical_text_is_small_letters() -> None:
    assert str(parse_ref("Component:Default/Orders")) == "component:default/orders"


PART = st.text(st.characters(exclude_characters=":/"), min_size=1)


@given(PART, PART, PART)
def test_a_full_reference_comes_back_as_written(kind: str, namespace: str, name: str) -> None:
    assert parse_ref(f"{kind}:{namespace}/{name}") == EntityRef(kind, namespace, name)


@given(PART, PART, PART)
def test_the_canonical_text_means_itself(kind: str, namespace: str, name: str) -> None:
    canonical = str(EntityRef(kind, namespace, name))
    assert str(parse_ref(canonical)) == canonical.lower()

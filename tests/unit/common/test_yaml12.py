"""YAML as the rest of the world's 1.2 parsers read it, and the limits that keep the portal standing."""

import json
import time
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from common.yaml12 import MOST_BYTES, YamlProblem, load, load_documents


@pytest.mark.parametrize(
    "text",
    ["yes", "on", "Off", "n", "2024-01-01", "12:30", "1_000", "0b1", "0o8", "-0x1", "1__0", "nUll", "=", "1.2.3"],
)
def test_what_only_yaml_1_1_understands_stays_text(text: str) -> None:
    assert load(f"a: {text}\n".encode()) == {"a": text}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("+12", 12),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("-.inf", float("-inf")),
        ("~", None),
        ("", None),
        ("TRUE", True),
        ("false", False),
        ("!!str 1", "1"),
        ("! 1", "1"),
        ("!!int '1'", 1),
        ("!!int 1.5", "1.5"),
        ("!unknown 1", "1"),
        ("'1'", "1"),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: Any) -> None:
    assert load(f"a: {text}\n".encode()) == {"a": value}


def test_a_merge_key_is_a_key_like_any_other() -> None:
    assert load(b"base: &b {x: 1}\na:\n  <<: *b\n") == {"base": {"x": 1}, "a": {"<<": {"x": 1}}}


def test_a_duplicate_key_is_an_error_at_its_line() -> None:
    [document] = load_documents(b"a: 1\nb: 2\na: 3\n")
    assert document.problem is not None
    assert (document.problem.line, document.problem.column) == (3, 1)
    assert "a is here twice" in document.problem.message


@pytest.mark.parametrize(
    "text",
    [b"a: 1\n'a': 2\n", b"1: x\n1.0: y\n", b"~: x\nnull: y\n", b"a: {b: 1, b: 2}\n"],
)
def test_keys_that_mean_the_same_are_duplicates(text: bytes) -> None:
    assert load_documents(text)[0].problem is not None


def test_keys_that_are_numbers_become_text_as_in_javascript() -> None:
    assert load(b"1.0: a\n0x10: b\ntrue: c\n[d, e]: f\n") == {"1": "a", "16": "b", "true": "c", "[ d, e ]": "f"}


@pytest.mark.parametrize(
    "text",
    [
        b'a: "x\ny"\n',
        b"a: {\nb: 1\n}\n",
        b"a: [\n1\n]\n",
        b"a:\n\tb: c\n",
        b"a: 1\n%YAML 1.2\n",
        b"a: 1\rb: 2\r",
        b"a: `x`\n",
        b"a: [1\n",
        b"a: b: c\n",
    ],
)
def test_what_other_parsers_refuse_is_refused(text: bytes) -> None:
    assert load_documents(text)[0].problem is not None


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"a: {\n  b: 1\n}\n", {"b": 1}),
        (b'a: "x\n  y"\n', "x y"),
        (b"a:\tb\t\n", "b"),
        (b"a: |\n  x", "x\n"),
        (b"a: x\xe2\x80\xa8y\n", "x\u2028y"),
        (b"a: x\xc2\x85y\n", "x\x85y"),
        (b"a: x\x01y\n", "x\x01y"),
        (b"a: x\xef\xbf\xbey\n", "x\ufffey"),
        (b"a: \xff\n", "\ufffd"),
        (b"a: x\x00y\n", "x\ufffdy"),
        (b"\xef\xbb\xbfa: 1\r\n", 1),
        (b"%FOO bar\n---\na: 1\n", 1),
        (b"%YAML 1.3\n---\na: 1\n", 1),
        (b"%YAML 1.1\n---\na: yes\n", True),
        (b"a: !!binary aGk=\n", {"type": "Buffer", "data": [104, 105]}),
    ],
)
def test_what_other_parsers_take_is_taken(text: bytes, value: Any) -> None:
    assert load(text) == {"a": value}


def test_a_broken_document_leaves_the_others_whole() -> None:
    first, broken, third = load_documents(b"a: 1\n---\nb: [\n---\nc: 3\n")
    assert (first.value, third.value, third.line) == ({"a": 1}, {"c": 3}, 4)
    assert broken.problem is not None
    assert broken.problem.line >= 3


def test_a_document_may_follow_an_end_mark_with_a_comment() -> None:
    assert [document.value for document in load_documents(b"a: 1\n... # end\nb: 2\n")] == [{"a": 1}, {"b": 2}]


def test_positions_point_at_keys_and_items() -> None:
    [document] = load_documents(b"a:\n  b: 1\n  c:\n    - x\n    - y\n", positions=True)
    assert document.positions["a", "b"] == (2, 3)
    assert document.positions["a", "c", 1] == (5, 7)


def test_a_hundred_aliases_are_enough() -> None:
    text = "a: &a x\nlist:\n" + "  - *a\n" * 100
    assert len(load(text.encode())["list"]) == 100
    [document] = load_documents((text + "  - *a\n").encode())
    assert document.problem is not None
    assert document.problem.fatal


def test_an_alias_bomb_is_refused_at_once() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    begun = time.perf_counter()
    [document] = load_documents("\n".join(rows).encode())
    assert document.problem is not None
    assert "alias" in document.problem.message
    assert time.perf_counter() - begun < 0.5


@pytest.mark.parametrize(
    "text", [b"a: " + b"[" * 5000 + b"]" * 5000, b"- " * 5000 + b"x", b"a: *missing", b"a: &a [*a]"]
)
def test_what_would_break_the_stack_is_a_problem_and_no_crash(text: bytes) -> None:
    assert load_documents(text)[0].problem is not None


def test_two_megabytes_are_read_in_seconds() -> None:
    item = b"- name: one\n  tags: [a, b]\n  text: something longer\n"
    text = item * (2 * 1024 * 1024 // len(item))
    begun = time.perf_counter()
    assert len(load_documents(text)) == 1
    assert time.perf_counter() - begun < 10


def test_a_text_that_is_too_large_is_not_even_begun() -> None:
    with pytest.raises(YamlProblem, match="larger than"):
        load_documents(b"x" * (MOST_BYTES + 1))


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs", "Co"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="ascii", min_codepoint=32)), inner),
    max_leaves=20,
)


@given(JSON_VALUES)
def test_json_is_yaml(value: Any) -> None:
    assert load(json.dumps({"a": value}).encode()) == {"a": value}


@given(st.binary(max_size=200))
def test_no_bytes_crash_the_parser(data: bytes) -> None:
    for document in load_documents(data, positions=True):
        assert document.problem is None or document.problem.line > 0


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), st.from_regex(r"[a-z ]{1,20}", fullmatch=True)))
def test_text_is_read_as_written(value: dict[str, str]) -> None:
    assert load((yaml.safe_dump(value) or "{}").encode()) == value or not value

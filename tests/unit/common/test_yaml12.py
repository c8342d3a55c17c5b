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
        ("!!timestamp 2024-13-32", "2025-02-01T00:00:00.000Z"),
        ("!!timestamp 2024-01-02 3:04:05.5 +1:30", "2024-01-02T01:34:05.500Z"),
    ],
)
def test_scalars_follow_the_core_schema(text: str, value: Any) -> None:
    assert load(f"a: {text}\n".encode()) == {"a": value}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("YES", True),
        ("yEs", "yEs"),
        ("0b11", 3),
        ("-0b1_1", -3),
        ("017", 15),
        ("0o17", "0o17"),
        ("0x1_F", 31),
        ("1_000", 1000),
        ("1_0.5", 10.5),
        ("1_0e1", 100.0),
        ("1:30", 90),
        ("-1:30.5", -90.5),
        ("2024-01-02", "2024-01-02T00:00:00.000Z"),
        ("!!bool yes", True),
        ("~", None),
    ],
)
def test_a_document_may_ask_for_yaml_1_1(text: str, value: Any) -> None:
    assert load(f"%YAML 1.1\n---\na: {text}\n".encode()) == {"a": value}


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
        b"a: 'x'#y\n",
        b'a: "x"#y\n',
        b"a: [x]#y\n",
        b"a:\n  b: {}#y\n",
        b"a: |#y\n  x\n",
        b"a: 1\n\r",
        b"a: 1\n\n{b}: 2\n",
        b"a: 1\n# c\n[b]: 2\n",
        b"a:\n  b: 1\n  {{ c }}: 2\n",
        b"a:\n  - b: 1\n    [c]: 2\n",
        b"a: !!timestamp soon\n",
        b"a: !!set {x: 1}\n",
        b"a: !!omap [x: 1, x: 2]\n",
        b"- \ta: b\n",
        b"%YAML\n---\na: 1\n",
        b"%YAML 1\n---\na: 1\n",
        b"%TAG\n---\na: 1\n",
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
        (b"a: !!binary '?a-_/ x'\n", {"type": "Buffer", "data": [107, 239, 255]}),
        (b"a: !!set {x, y}\n", {}),
        (b"a: !!omap [x: 1, y: 2]\n", {}),
        (b"a: !!pairs [x: 1, y]\n", [{"x": 1}, {"y": None}]),
        (b"a: {.inf: 1, -.INF: 2, .NaN: 3}\n", {"Infinity": 1, "-Infinity": 2, "NaN": 3}),
        (b"a:\n- \tb\n", ["b"]),
        (b"a:\n  \tb\n", "b"),
        (b"a: b\n\t\n", "b"),
        (b"\t\n\t# c\na: b\n", "b"),
    ],
)
def test_what_other_parsers_take_is_taken(text: bytes, value: Any) -> None:
    assert load(text) == {"a": value}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        (b"a: 1\n{b}: 2\n", ["a", "{ b }"]),
        (b"a:\n\n{b}: 2\n", ["a", "{ b }"]),
        (b"a: |\n  x\n{b}: 2\n", ["a", "{ b }"]),
        (b"a: 1\n\n? {b}\n: 2\n", ["a", "{ b }"]),
        (b"\n# c\n{b}: 2\n[c]: 3\n{d}: 4\n", ["{ b }", "[ c ]", "{ d }"]),
    ],
)
def test_a_key_may_stand_in_brackets(text: bytes, keys: list[str]) -> None:
    assert list(load(text)) == keys


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b": x\n", {"": "x"}),
        (b"a: 1\n:\n", {"a": 1, "": None}),
        (b"a:\n  - : b\n  - c: 1\n    : d\n", {"a": [{"": "b"}, {"c": 1, "": "d"}]}),
        (b"a: {: x}\n", {"a": {"": "x"}}),
        (b"a: [b, :]\n", {"a": ["b", {"": None}]}),
        (b"a: {:}\n", {"a": {"": None}}),
        (b"'': x\n: y\n", {"": "y"}),
    ],
)
def test_a_key_may_be_left_out(text: bytes, value: Any) -> None:
    assert load(text) == value


def test_keys_that_are_left_out_are_duplicates_and_soon_too_many() -> None:
    assert load_documents(b": x\n: y\n")[0].problem is not None
    begun = time.perf_counter()
    assert load_documents(b"- : x\n" * 100_000)[0].problem is not None
    assert time.perf_counter() - begun < 10


def test_keys_in_brackets_are_no_duplicates_of_each_other() -> None:
    assert list(load(b"- [a]: 1\n- {b}: 1\n- {c: {d}}: 1\n")) == [{"[ a ]": 1}, {"{ b }": 1}, {"{ c: { d } }": 1}]


def test_comments_and_blank_lines_before_an_end_mark_are_an_empty_document() -> None:
    assert [document.value for document in load_documents(b"# c\n\n...\na: 'b'#c\n")][:1] == [None]


@pytest.mark.parametrize(("rest", "swallows"), [(b"", True), (b"b: 'x'\n", False)])
def test_a_quote_that_never_closes_swallows_the_documents_after_it(rest: bytes, swallows: bool) -> None:
    first, broken, third = load_documents(b"a: 1\n---\na: 'x\n---\nc: 2\n" + rest)
    assert broken.problem is not None
    assert (first.value, broken.problem.swallows, third.value["c"]) == ({"a": 1}, swallows, 2)


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


@pytest.mark.parametrize(("anchor", "most"), [("x", 99), ("[x]", 99), ("[[], {}]", 500), ("[&b x, *b]", 49)])
def test_an_anchor_may_be_used_until_it_stands_a_hundred_times(anchor: str, most: int) -> None:
    text = f"a: &a {anchor}\nlist:\n" + "  - *a\n" * most
    assert len(load(text.encode())["list"]) == most
    [document] = load_documents((text + "  - *a\n").encode())
    assert (document.problem is not None and document.problem.fatal) == (most < 100)


def test_an_anchor_that_is_set_anew_is_counted_anew() -> None:
    assert len(load(b"- &a x\n- *a\n" * 200)) == 400


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

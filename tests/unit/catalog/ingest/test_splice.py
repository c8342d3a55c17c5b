"""A document leaves its file and comes back, and the rest of the file does not notice."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from catalog.ingest.splice import part_of, ref_of, replaced
from common.errors import CairnError, Conflict, NotFound, UserError
from common.yaml12 import load_documents

REF = "component:default/orders"
ORDERS = "# who takes orders\napiVersion: v1\nkind: Component\nmetadata:\n  name: orders # short\nspec: {owner: a}\n"
comments = st.text("# abc:-'\"[{é", max_size=20).map(lambda text: f"# {text}\n")
others = st.one_of(
    comments,
    st.just(""),
    st.just("a: 'x\n"),
    st.just("- 1\n- |\n  ---\n  text\n"),
    st.from_regex(r"\Akind: System\nmetadata: \{name: [a-z]{1,5}\}\napiVersion: v1\n\Z"),
)
breaks = st.sampled_from(["---\n", "--- # next\n", "---   \n", "...\n---\n"])


@st.composite
def files(draw: st.DrawFn) -> tuple[bytes, bytes, bytes]:
    """What stands before the document, the document, and what follows it."""
    before = "".join(draw(st.lists(st.tuples(others, breaks).map("".join), max_size=3)))
    after = "".join(draw(st.lists(st.tuples(breaks, others).map("".join), max_size=3)))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    bom = b"\xef\xbb\xbf" if draw(st.booleans()) else b""
    own = draw(comments) + ORDERS
    made = tuple(text.replace("\n", end).encode() for text in (before, own, after))
    return bom + made[0], made[1], made[2]


@given(files())
def test_the_text_of_a_document_is_all_between_the_lines_that_part_it(file: tuple[bytes, bytes, bytes]) -> None:
    before, own, after = file
    part = part_of(before + own + after, REF)
    assert (part.start, part.end) == (len(before), len(before + own))
    assert part.text == own.decode().replace("\r\n", "\n")
    assert replaced(before + own + after, part, part.text) == before + own + after


@given(files(), st.text("ab:# -\n'\"[]{}|>&*!%.", max_size=40))
def test_what_is_around_a_new_text_is_kept_to_the_byte_or_the_text_is_refused(
    file: tuple[bytes, bytes, bytes], more: str
) -> None:
    before, own, after = file
    data = before + own + after
    part = part_of(data, REF)
    try:
        made = replaced(data, part, part.text.replace("{owner: a}", f"{{owner: b}}\nmore: {more}"))
    except UserError:
        return
    assert made.startswith(before)
    assert made.endswith(after)
    pairs = zip(load_documents(data), load_documents(made), strict=True)
    assert all(repr(old.value) == repr(new.value) for old, new in pairs if old.index != part.index)


@given(files())
def test_a_changed_text_is_found_again_with_the_line_ends_of_its_file(file: tuple[bytes, bytes, bytes]) -> None:
    before, own, after = file
    data = before + own + after
    part = part_of(data, REF)
    text = part.text.replace("owner: a", "owner: b")
    made = replaced(data, part, text)
    assert part_of(made, REF).text == text
    assert made.count(b"\r\n") == data.count(b"\r\n")
    assert replaced(made, part_of(made, REF), part.text) == data


@given(st.binary(max_size=60))
def test_no_bytes_are_too_strange_to_be_answered(noise: bytes) -> None:
    assume(b"\x00" not in noise)
    data = ORDERS.encode() + b"---\n" + noise
    try:
        part = part_of(data, REF)
    except CairnError:
        return
    assert replaced(data, part, part.text) == data


@pytest.mark.parametrize(
    "poison",
    [
        "x: 1\n---\nkind: Group\n",
        "...\nx: 1\n",
        "%TAG ! x\n",
        "a: \x00b\n",
        "a: \u202eb\n",
        "a: \ud800\n",
        "a: 1\rb: 2\n",
    ],
)
def test_a_text_that_is_more_than_one_document_or_hides_something_is_refused(poison: str) -> None:
    data = ORDERS.encode()
    with pytest.raises(UserError) as caught:
        replaced(data, part_of(data, REF), ORDERS + poison)
    assert caught.value.fields[0].line


def test_a_document_that_is_gone_or_there_twice_is_named() -> None:
    with pytest.raises(NotFound, match="no component:default/stock"):
        part_of(ORDERS.encode(), "component:default/stock")
    with pytest.raises(Conflict, match="2 times"):
        part_of(f"{ORDERS}---\n{ORDERS}".encode(), REF)


def test_directives_and_what_stands_beside_the_dashes_are_understood() -> None:
    body = "{apiVersion: v1, kind: Component, metadata: {name: orders}}\n"
    data = f"%YAML 1.2\n--- {body}--- \nb: 1\n".encode()
    part = part_of(data, REF)
    assert part.text.strip() == body.strip()
    assert replaced(data, part, ORDERS) == f"%YAML 1.2\n---{chr(10)}{ORDERS}--- \nb: 1\n".encode()


def test_the_last_line_ends_as_it_did() -> None:
    data = ORDERS.rstrip("\n").encode()
    made = replaced(data, part_of(data, REF), "# new\n" + ORDERS.rstrip("\n"))
    assert made == b"# new\n" + data
    assert ref_of(load_documents(made)[0]) == REF

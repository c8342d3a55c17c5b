"""The grammar of quantities. What the API server makes of them is held in tests/contract/test_kubernetes.py."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.quantities import Quantity, QuantityError, parse_quantity, same_quantity, total

AMOUNTS = st.decimals(min_value=0, max_value=10**15, places=3, allow_nan=False)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("1.5", "1500m"),
        ("1.5Gi", "1536Mi"),
        ("1024Ki", "1Mi"),
        ("1000m", "1"),
        ("1e3", "1k"),
        ("1E", "1E"),
        ("0.0001", "1m"),
        ("0.5Ki", "512"),
        ("0", "0"),
        ("0Gi", "0"),
    ],
)
def test_the_canonical_form_has_no_fraction_and_the_largest_suffix(text: str, canonical: str) -> None:
    assert str(parse_quantity(text)) == canonical


def test_the_same_amount_is_equal_however_it_is_written() -> None:
    assert parse_quantity("1.5Gi") == parse_quantity("1536Mi")
    assert hash(parse_quantity("1000m")) == hash(parse_quantity("1"))
    assert same_quantity("1k", "1e3")
    assert not same_quantity("1k", "1Ki")
    assert not same_quantity("1", "NaN")


def test_amounts_compare_across_families() -> None:
    assert parse_quantity("1G") < parse_quantity("1Gi")
    assert max(map(parse_quantity, ["900m", "1", "0.5"])) == parse_quantity("1")


def test_plain_numbers_are_read_as_they_stood_in_the_document() -> None:
    assert parse_quantity(10) == parse_quantity("10")
    assert parse_quantity(1.5) == parse_quantity("1500m")


def test_below_zero_is_refused_unless_asked_for() -> None:
    with pytest.raises(QuantityError, match="-1 is below zero"):
        parse_quantity("-1")
    assert parse_quantity("-1", negative=True).value == -1


@pytest.mark.parametrize(
    "given_value",
    [
        "", " 1", "1 Gi", "+1", "NaN", "Infinity", "1_000", "1K", "1ki", "1GB", "1e", "1e3Mi", "0x10", "١", "1\n",
        float("nan"), float("inf"), True, None, [], {}, "9223372036854775808", "1e400", "9" * 40, "Gi",
    ],
)  # fmt: skip
def test_everything_else_is_refused_with_a_hint(given_value: object) -> None:
    with pytest.raises(QuantityError) as refused:
        parse_quantity(given_value)
    assert refused.value.message
    assert refused.value.hint


@pytest.mark.parametrize(("text", "meant"), [("20GB", "20Gi"), ("1ki", "1Ki"), ("5 Gi", "without spaces")])
def test_the_hint_guesses_what_was_meant(text: str, meant: str) -> None:
    with pytest.raises(QuantityError) as refused:
        parse_quantity(text)
    assert meant in refused.value.hint


@given(AMOUNTS, st.booleans())
def test_the_canonical_form_says_the_amount(amount: Decimal, binary: bool) -> None:
    quantity = Quantity(amount, binary)
    again = parse_quantity(str(quantity))
    assert 0 <= again.value - amount < 1
    assert binary or again == quantity


@given(AMOUNTS, st.booleans())
def test_the_canonical_form_of_the_canonical_form_is_itself(amount: Decimal, binary: bool) -> None:
    text = str(Quantity(amount, binary))
    again = parse_quantity(text)
    # A plain number (25000) no longer tells that it was counted in Ki; Kubernetes reads it as decimal, too.
    assert str(again) == text or (binary and not again.binary)


QUANTITIES = st.builds(Quantity, AMOUNTS, st.booleans())


@pytest.mark.parametrize(
    ("sum_", "canonical"),
    [(("1500m", "500m"), "2"), (("1Gi", "512Mi"), "1536Mi"), (("0", "1Gi"), "1Gi"), (("1Gi", "1G"), "2073741824"),
     (("1G", "1Gi"), "2073741824"), ((), "0")],
)  # fmt: skip
def test_sums_are_exact_and_in_the_family_of_the_first(sum_: tuple[str, ...], canonical: str) -> None:
    assert str(total(map(parse_quantity, sum_))) == canonical


def test_differences_and_multiples() -> None:
    assert str(parse_quantity("2Gi") - parse_quantity("512Mi")) == "1536Mi"
    assert (parse_quantity("1") - parse_quantity("2")).value == -1
    assert str(parse_quantity("250m") * 3) == "750m"


@given(QUANTITIES, QUANTITIES, QUANTITIES)
def test_addition_is_that_of_the_amounts_in_any_order(one: Quantity, other: Quantity, third: Quantity) -> None:
    assert one + other == other + one
    assert (one + other) + third == one + (other + third)
    assert (one + other).value == one.value + other.value
    assert (one + other) - other == one


@given(QUANTITIES, QUANTITIES)
def test_order_is_that_of_the_amounts_and_addition_keeps_it(one: Quantity, other: Quantity) -> None:
    assert (one < other, one == other) == (one.value < other.value, one.value == other.value)
    assert (one <= other) == (one + other <= other + other)
    assert one + other >= one


@given(QUANTITIES, st.integers(min_value=0, max_value=1000))
def test_a_multiple_is_as_many_times_added(one: Quantity, times: int) -> None:
    assert (one * times).value == one.value * times


@given(st.text(max_size=40))
def test_any_text_is_a_quantity_or_refused(text: str) -> None:
    with contextlib.suppress(QuantityError):
        assert parse_quantity(text).value >= 0


@given(st.from_regex(r"[0-9]{1,9}(\.[0-9]{0,3})?(m|k|M|G|Ki|Mi|Gi)?", fullmatch=True))
def test_the_grammar_is_taken(text: str) -> None:
    number = text.rstrip("kKMGim")
    assert parse_quantity(text).value >= 0
    assert parse_quantity(number) == parse_quantity(f"{number}e0")

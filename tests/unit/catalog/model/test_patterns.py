"""Patterns of schemas: as Python understands them, in a time that no pattern and no text can stretch."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.model.patterns import BadPattern, compiled

PATTERNS = (
    r"^[a-z0-9]+(-[a-z0-9]+)*$",
    r"^(a+)+$",
    r"\bab\b",
    r"\Bb",
    r"a{2,3}b|-?d",
    r"^[^\d\s]+\w*$",
    r"^(?:a|b-)(0|1){2}$",
    r"^$",
    r"(a|ab)*z",
    r"a*?b.",
)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(text=st.text(alphabet="ab01-z _\n", max_size=12))
def test_what_is_found_is_what_python_finds(pattern: str, text: str) -> None:
    theirs = re.compile(pattern.replace("$", r"\Z"), re.ASCII)
    assert compiled(pattern).search(text) == bool(theirs.search(text))


@pytest.mark.parametrize("pattern", [r"^(a+)+$", r"^(a|a)*$", r"^(a|aa)+$", r"(a*)*b", r"a*a*a*a*a*a*a*c"])
def test_a_pattern_that_would_hang_others_answers_at_once(pattern: str) -> None:
    begun = time.monotonic()
    compiled(pattern).search("a" * 1999 + "!")
    assert time.monotonic() - begun < 2


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(", "no regular expression"),
        (r"(a)\1", "back-references"),
        ("(?=a)b", "looks around"),
        ("(?i)a", "flags"),
        ("a{5000}", "repeats too much"),
        ("(){900000000}", "repeats too much"),
        ("((a{99}){99}){99}", "repeats too much"),
        ("a" * 501, "longer than"),
    ],
)
def test_what_cannot_be_matched_in_time_is_refused_with_a_reason(pattern: str, why: str) -> None:
    with pytest.raises(BadPattern, match=why):
        compiled(pattern)


def test_a_text_that_is_too_long_is_not_looked_at() -> None:
    with pytest.raises(BadPattern, match="2000 characters"):
        compiled("a").search("b" * 2001)

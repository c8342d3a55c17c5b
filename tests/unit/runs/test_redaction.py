"""What must not reach a log."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runs.redaction import MASK, Redactor

SECRET = 'p4ss<word>&"quote'


@pytest.fixture
def redactor() -> Redactor:
    made = Redactor()
    made.add(SECRET)
    return made


@pytest.mark.parametrize(
    "spelling", [SECRET, json.dumps(SECRET), 'p4ss\\u003cword\\u003e\\u0026\\"quote', "p4ss%3Cword%3E%26%22quote"]
)
def test_a_secret_is_masked_however_it_is_escaped(redactor: Redactor, spelling: str) -> None:
    assert "p4ss" not in redactor.clean(f"before {spelling} after")
    assert redactor.clean(f"before {spelling} after").endswith("after")


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefghijkl",
        'password = "correcthorse"',
        "token: abcdefghijkl",
        "ghp_0123456789abcdefghijABCDEFGHIJ",
        "AKIAIOSFODNN7EXAMPLE",
        "-----BEGIN RSA PRIVATE KEY-----\nabcdefghijkl\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_what_looks_like_a_credential_is_masked_without_being_known(text: str) -> None:
    cleaned = Redactor().clean(text)
    assert MASK in cleaned
    assert not any(word in cleaned for word in ("abcdefghijkl", "correcthorse", "0123456789", "IOSFODNN7"))


def test_each_line_of_a_secret_is_masked(redactor: Redactor) -> None:
    redactor.add("first-line\nsecond-line")
    assert "second-line" not in redactor.clean("  second-line\n")


def test_short_words_are_left_alone(redactor: Redactor) -> None:
    redactor.add("on")
    assert redactor.clean("on and on") == "on and on"


def test_a_masked_word_does_not_reveal_a_longer_secret_around_it() -> None:
    redactor = Redactor()
    redactor.add("secret")
    redactor.add("secret-and-more")
    assert redactor.clean("secret-and-more") == MASK


def test_terminal_codes_and_control_characters_are_dropped() -> None:
    assert Redactor().clean("\x1b[1m\x1b[32mgreen\x1b[0m\x00\r\nnext\x1b]0;title\x07") == "green\nnext"


@given(st.text())
def test_whatever_is_logged_can_be_stored_and_is_clean_already(text: str) -> None:
    redactor = Redactor()
    once = redactor.clean(text)
    once.encode()
    assert "\x00" not in once
    assert redactor.clean(once) == once


@given(before=st.text(max_size=30), after=st.text(max_size=30))
def test_a_secret_never_survives(before: str, after: str) -> None:
    redactor = Redactor()
    redactor.add("Zq7-Xw9-secret")
    assert "Zq7-Xw9-secret" not in redactor.clean(f"{before}Zq7-Xw9-secret{after}")

"""Regular expressions whose time is bounded by text times pattern, whatever both are. Pure.

Python's engine tries one way after the other, so that ``(a+)+$`` from a schema could hang a server. Here all ways are
followed at once, as Thompson's machine does; what needs memory (back-references, looking around) is refused.
"""

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib import import_module
from typing import Any

# The tree that ``re`` itself works on, which nothing public gives.
parser: Any = import_module("re._parser")
op: Any = import_module("re._constants")

MOST_LETTERS = 500
MOST_STATES = 1000
#: Longer texts are not matched at all.
MOST_TEXT = 2000

Test = Callable[[str], bool]
_CATEGORIES: dict[Any, Test] = {
    op.CATEGORY_DIGIT: lambda char: "0" <= char <= "9",
    op.CATEGORY_NOT_DIGIT: lambda char: not "0" <= char <= "9",
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    op.CATEGORY_WORD: lambda char: _is_word(char),
    op.CATEGORY_NOT_WORD: lambda char: not _is_word(char),
}


class BadPattern(ValueError):
    """A text that is no regular expression, or one that is not offered here; the message says which."""


def _is_word(char: str) -> bool:
    return char == "_" or (char.isascii() and char.isalnum())


@lru_cache(maxsize=512)
def compiled(text: str) -> "Pattern":
    """The pattern that ``text`` is; BadPattern for what cannot be used."""
    return Pattern(text)


class Pattern:
    """A regular expression. ``size`` times the length of a text is what a search costs at most."""

    def __init__(self, text: str) -> None:
        if len(text) > MOST_LETTERS:
            raise BadPattern(f"is longer than {MOST_LETTERS} characters")
        self._tests: list[Test | None] = []
        self._exits: list[list[int]] = []
        self._places: dict[int, Any] = {}
        self._end = self._state(None)
        self._start = self._sequence(_parsed(text), self._end)

    @property
    def size(self) -> int:
        """The number of states."""
        return len(self._tests)

    def search(self, text: str) -> bool:
        """Whether the pattern is found anywhere in ``text``; BadPattern for a text that is too long to look at."""
        if len(text) > MOST_TEXT:
            raise BadPattern(f"is not looked for in more than {MOST_TEXT} characters")
        states: set[int] = set()
        for place in range(len(text) + 1):
            states = self._reached({*states, self._start}, text, place)
            if self._end in states:
                return True
            states = self._after(states, text[place : place + 1])
        return False

    def _after(self, states: Iterable[int], char: str) -> set[int]:
        if not char:
            return set()
        return {self._exits[state][0] for state in states if (test := self._tests[state]) and test(char)}

    def _reached(self, states: set[int], text: str, place: int) -> set[int]:
        """``states`` and all that they lead to without a character."""
        waiting, found = list(states), set(states)
        while waiting:
            state = waiting.pop()
            if self._tests[state] or (state in self._places and not _holds(self._places[state], text, place)):
                continue
            new = [following for following in self._exits[state] if following not in found]
            found.update(new)
            waiting += new
        return found

    def _state(self, test: Test | None, *exits: int) -> int:
        if len(self._tests) >= MOST_STATES:
            raise _too_much()
        self._tests.append(test)
        self._exits.append(list(exits))
        return len(self._tests) - 1

    def _sequence(self, items: Iterable[Any], after: int) -> int:
        for item in reversed(list(items)):
            after = self._item(item[0], item[1], after)
        return after

    def _item(self, code: Any, given: Any, after: int) -> int:
        if code in {op.MAX_REPEAT, op.MIN_REPEAT}:
            return self._repeat(given[0], given[1], given[2], after)
        if code is op.BRANCH:
            return self._state(None, *(self._sequence(branch, after) for branch in given[1]))
        if code is op.SUBPATTERN and not (given[1] or given[2]):
            return self._sequence(given[3], after)
        if code is op.AT:
            state = self._state(None, after)
            self._places[state] = given
            return state
        return self._state(_test(code, given), after)

    def _repeat(self, least: int, most: Any, items: Any, after: int) -> int:
        if least > MOST_STATES or (most is not op.MAXREPEAT and most > MOST_STATES):
            raise _too_much()
        if most is op.MAXREPEAT:
            loop = self._state(None)
            self._exits[loop] += [self._sequence(items, loop), after]
            after = loop
        else:
            for _ in range(int(most) - least):
                after = self._state(None, self._sequence(items, after), after)
        for _ in range(least):
            after = self._sequence(items, after)
        return after


def _too_much() -> BadPattern:
    return BadPattern("repeats too much; say lengths by minLength and maxLength")


def _parsed(text: str) -> Any:
    try:
        tree = parser.parse(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise BadPattern(f"is no regular expression: {error}") from None
    if tree.state.flags & ~re.UNICODE:
        raise BadPattern("has flags, which are not offered")
    return tree


def _holds(place: Any, text: str, at: int) -> bool:
    """Whether an anchor holds before the character at ``at``."""
    if place in {op.AT_BEGINNING, op.AT_BEGINNING_STRING}:
        return at == 0
    if place in {op.AT_END, op.AT_END_STRING}:
        return at == len(text)
    before, behind = at > 0 and _is_word(text[at - 1]), at < len(text) and _is_word(text[at])
    return (before != behind) == (place is op.AT_BOUNDARY)


def _test(code: Any, given: Any) -> Test:
    if code is op.LITERAL:
        return chr(given).__eq__
    if code is op.NOT_LITERAL:
        return chr(given).__ne__
    if code is op.ANY:
        return "\n".__ne__
    if code is op.IN:
        return _one_of(given)
    raise BadPattern("has back-references, looks around, or holds on to what it found, which is not offered")


def _one_of(items: list[Any]) -> Test:
    negated = items[0][0] is op.NEGATE
    tests = [_member(*item) for item in items if item[0] is not op.NEGATE]
    return lambda char: any(test(char) for test in tests) is not negated


def _member(code: Any, given: Any) -> Test:
    if code is op.RANGE:
        low, high = map(chr, given)
        return lambda char: low <= char <= high
    return _CATEGORIES[given] if code is op.CATEGORY else _test(code, given)

"""A cheap test before many anchored patterns: which of them could match this text?

What every match begins with, or else what it holds, is read off the patterns. A line of text is mostly out after a few
look-ups, where the patterns themselves would each have to fail.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import import_module
from itertools import accumulate, chain
from typing import Any, Final

from scrubber.segment.prepared import prepared

_REPEATS: Final = ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT")
_NO_WIDTH: Final = ("AT", "ASSERT", "ASSERT_NOT")
_DIGIT: Final = "\0"  # stands for any decimal digit of any script
LONGEST: Final = 6  # characters of a beginning
KEY: Final = 3  # of those, looked up first
MOST_CHARS: Final = 12  # of a set that is spelled out
MOST_STRINGS: Final = 12  # looked for in place of a pattern

Part = tuple[Any, Any]
Beginnings = set[tuple[str, bool]]  # a string, and whether what follows it is known


class Sieve:
    """`sift` finds for each text the patterns that match it at its beginning, and few others."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._told: dict[str, list[tuple[str, int]]] = {}  # beginnings by their first `KEY` characters
        self._short: dict[str, list[tuple[str, int]]] = {}  # shorter ones by their first character
        self._held: dict[str, list[tuple[str, int]]] = {}
        for number, pattern in enumerate(patterns):
            for text in alternatives(pattern):
                self._add(number, text)
        self._beginnings = {key: tuple({string for string, _ in told}) for key, told in self._told.items()}

    def _add(self, number: int, text: str) -> None:
        found, held = prepared().get(text) or told_of(text)
        for string in held:  # a sign that is looked for anyway stands for it alone
            self._held.setdefault(string.strip() if len(string.strip()) == 1 else string, []).append((text, number))
        for string in found:
            told = (
                self._told.setdefault(string[:KEY], []) if len(string) >= KEY else self._short.setdefault(string[0], [])
            )
            told.append((string.strip(_DIGIT), number))

    def sift(self, texts: Sequence[str]) -> dict[int, list[int]]:
        """For the index of a text, the numbers of the patterns that are worth trying, in order."""
        found: dict[int, set[int]] = {}
        for index, numbers in chain(self._by_beginning(texts), self._by_character(texts), self._by_held(texts)):
            found.setdefault(index, set()).update(numbers)
        return {index: sorted(numbers) for index, numbers in found.items()}

    def _by_beginning(self, texts: Sequence[str]) -> Iterator[tuple[int, list[int]]]:
        told = self._told
        for index in [i for i, text in enumerate(texts) if text[:KEY] in told]:
            text, key = texts[index], texts[index][:KEY]
            if text.startswith(self._beginnings[key]):
                yield index, [number for string, number in told[key] if text.startswith(string)]

    def _by_character(self, texts: Sequence[str]) -> Iterator[tuple[int, list[int]]]:
        """Few texts begin as the shorter beginnings do, or with a digit."""
        keys = {char: _DIGIT if char.isdecimal() else char for char in {text[:1] for text in texts}}
        keys = {char: key for char, key in keys.items() if key in self._short}
        for index in [i for i, text in enumerate(texts) if text[:1] in keys]:
            text = texts[index]
            if numbers := [number for string, number in self._short[keys[text[0]]] if text.startswith(string)]:
                yield index, numbers

    def _by_held(self, texts: Sequence[str]) -> Iterator[tuple[int, list[int]]]:
        """Searches all texts at once."""
        joined = "\n".join(texts)
        begins = list(accumulate((len(text) + 1 for text in texts), initial=0))
        for string, trials in self._held.items():
            at = joined.find(string) if string[0] in joined else -1  # one character is looked for much faster
            while at >= 0:
                index = bisect_right(begins, at) - 1
                if numbers := [number for pattern, number in trials if compiled(pattern).match(texts[index])]:
                    yield index, numbers
                at = joined.find(string, begins[index + 1])


def told_of(pattern: str) -> tuple[list[str], list[str]]:
    """What every match of a pattern begins with; where that is nothing, what it holds."""
    parts = _parser().parse(pattern)
    found = {string.split(_DIGIT)[0] or string for string, _ in _beginnings(parts)}
    return ([], sorted(_held(parts))) if "" in found else (sorted(found), [])


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern, compiled when it is first tried: most never are on a small input."""
    return re.compile(pattern)


def alternatives(pattern: str) -> Iterator[str]:
    """The parts of a pattern between the bars that stand in no bracket.

    >>> list(alternatives("a(?:b|c)|[|]d"))
    ['a(?:b|c)', '[|]d']
    """
    begin = depth = 0
    inside_set = False
    for token in re.finditer(r"\\.|[][()|]", pattern):
        char = token[0]
        if char in "[]":
            inside_set = char == "["
        elif not inside_set:
            depth += {"(": 1, ")": -1}.get(char, 0)
            if char == "|" and depth == 0:
                yield pattern[begin : token.start()]
                begin = token.end()
    yield pattern[begin:]


def _parser() -> Any:
    """That of `re` itself: what it says and we do not know, we let pass."""
    return import_module("re._parser")


def _beginnings(parts: Sequence[Part]) -> Beginnings:
    """Every match begins with one of these."""
    found: Beginnings = {("", True)}
    for part in parts:
        following = _first(part)
        found = {
            (f"{string}{more}"[:LONGEST], known and go_on)
            for string, go_on in found
            for more, known in (following if go_on and len(string) < LONGEST else {("", False)})
        }
    return found


def _first(part: Part) -> Beginnings:
    name, value = str(part[0]), part[1]
    if name in _NO_WIDTH:
        return {("", True)}
    if name == "LITERAL":
        return {(chr(value), True)}
    if name == "IN":
        return _spelled_out(value)
    found = {beginning for sequence in _inside(part) for beginning in _beginnings(sequence)} or {("", False)}
    if name in _REPEATS:
        least, most = value[:2]
        found = {(string, known and most == 1) for string, known in found} | ({("", True)} if least == 0 else set())
    return found


def _spelled_out(items: Sequence[Part]) -> Beginnings:
    """The characters of a set, if they are few and not said by what they are not."""
    chars: set[str] = set()
    for name, value in ((str(op), value) for op, value in items):
        if name == "LITERAL":
            chars.add(chr(value))
        elif name == "RANGE" and value[1] - value[0] < MOST_CHARS:
            chars.update(map(chr, range(value[0], value[1] + 1)))
        elif name == "CATEGORY" and str(value) == "CATEGORY_DIGIT":
            chars.add(_DIGIT)
        else:
            return {("", False)}
    return {(char, char != _DIGIT) for char in chars} if len(chars) <= MOST_CHARS else {("", False)}


def _inside(part: Part) -> list[Sequence[Part]]:
    """The sequences of which a part matches one."""
    name, value = str(part[0]), part[1]
    if name == "BRANCH":
        return list(value[1])
    if name == "ATOMIC_GROUP":
        return [value]
    return [value[-1]] if name in (*_REPEATS, "SUBPATTERN") else []


def _held(parts: Sequence[Part]) -> tuple[str, ...]:
    """Strings of which every match holds one, the most telling of those known; the empty string tells nothing."""
    choices: list[tuple[str, ...]] = []
    literal = ""
    for part in [*parts, (None, None)]:
        if str(part[0]) == "LITERAL":
            literal += chr(part[1])
        else:
            choices += [(literal,), _held_in(part)]
            literal = ""
    return max(choices, key=_tells)


def _held_in(part: Part) -> tuple[str, ...]:
    name, value = str(part[0]), part[1]
    if name == "IN":
        chars = _spelled_out(value)
        return tuple(sorted(char for char, known in chars)) if all(known for _, known in chars) else ()
    if name in _REPEATS and value[0] == 0:
        return ()
    each = [_held(sequence) for sequence in _inside(part)]
    return tuple(string for strings in each for string in strings) if each and all(each) else ()


def _tells(strings: tuple[str, ...]) -> float:
    """The longer and the fewer, the more texts are out."""
    few = 0 < len(strings) <= MOST_STRINGS and all(string.strip() for string in strings)
    return min(map(len, strings)) / len(strings) if few else 0.0

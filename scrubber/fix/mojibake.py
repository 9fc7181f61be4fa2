"""ftfy's mojibake detector, seen as pairs of neighbouring characters.

Each alternative of `ftfy.badness.BADNESS_RE` is a sequence of character sets. From each, the two neighbouring sets that
hold the fewest characters are taken: no text matches an alternative without two such neighbours in it. They are read
from the compiled pattern itself, so that a new release of ftfy brings its own.
"""

from __future__ import annotations

import importlib
from itertools import pairwise
from typing import Any, Final

Pair = tuple[frozenset[int] | None, frozenset[int] | None]  # None: any character, or the end of the text
_ANY_SIZE: Final = 5000  # how many characters an open set is taken to hold, when choosing which two to test


class UnknownPattern(Exception):  # noqa: N818  never leaves `mojibake_pairs`
    """A construct of regular expressions that is not read here."""


def mojibake_pairs() -> list[Pair]:
    """Pairs of neighbours, one of which stands in any text that ftfy takes for mojibake.

    Should a release of ftfy or Python bring a pattern that cannot be read here, any character above ASCII is suspect:
    slower, and as exact.
    """
    from ftfy.badness import BADNESS_RE

    try:
        tree: Any = importlib.import_module("re._parser").parse(BADNESS_RE.pattern, BADNESS_RE.flags)
        return [_narrowest(alternative) for alternative in _alternatives(tree)]
    except (ImportError, UnknownPattern):
        return [(frozenset(range(0x80, 0x110000)), None)]


def _alternatives(tree: Any) -> list[list[Any]]:
    if len(tree) != 1 or str(tree[0][0]) != "BRANCH":
        raise UnknownPattern
    return [list(alternative) for alternative in tree[0][1][1]]


def _narrowest(alternative: list[Any]) -> Pair:
    """The pair of adjacent sets in one alternative that admits the fewest texts."""
    sets: list[tuple[int, frozenset[int] | None]] = []
    run = 0
    for operation, argument in alternative:
        name = str(operation)
        if name == "AT":
            continue
        if name in ("MAX_REPEAT", "MIN_REPEAT"):  # what stands before it may not touch what stands behind
            run += 1
            continue
        sets.append((run, _characters(name, argument)))
    if not sets:
        raise UnknownPattern
    pairs: list[Pair] = [(a, b) for (m, a), (n, b) in pairwise(sets) if m == n]
    pairs += [(a, None) for _, a in sets]
    return min(pairs, key=lambda pair: _size(pair[0]) * _size(pair[1]))


def _size(side: frozenset[int] | None) -> int:
    return _ANY_SIZE if side is None else len(side)


def _characters(name: str, argument: Any) -> frozenset[int] | None:
    if name == "LITERAL":
        return frozenset([argument])
    if name == "ANY":
        return None
    if name != "IN":
        raise UnknownPattern
    found: set[int] = set()
    for kind, value in argument:
        match str(kind):
            case "LITERAL":
                found.add(value)
            case "RANGE":
                found.update(range(value[0], value[1] + 1))
            case _:  # a category or a negation: open
                return None
    return frozenset(found)

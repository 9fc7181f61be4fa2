"""Which words a line has, as hashes to look up: some by what they are, some by where they stand."""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from scrubber.segment.features.tokens import PAIR, Hashes, Ints, Tokens, mix

HEAD: Final = 16  # words looked at, so that prose costs no more than a menu
TAIL: Final = 8
PAIRS_TO: Final = 12
FIRST: Final = 3
LAST: Final = 2
WHOLE_TO: Final = 10  # words of a line that is looked up as a whole
_FIRST_SALT: Final = 0x51ED270B
_LAST_SALT: Final = 0x2545F491
_WHOLE_SALT: Final = 77


class Bag(NamedTuple):
    """Hashes of a kind, in order of rows. `placed`: at most one of each kind per row, and it says where it stands."""

    hash: Hashes
    row: Ints
    placed: bool


def bags(words: Tokens, line_hashes: Hashes) -> tuple[Bag, ...]:
    """Single words, pairs of words, the first and last words in their places, and the whole line if it is short."""
    near = np.flatnonzero((words.place < HEAD) | (words.left < TAIL))
    pair = np.flatnonzero((words.place > 0) & (words.place < PAIRS_TO))
    out = [
        Bag(mix(words.hash[near]), words.row[near], False),
        Bag(mix(words.hash[pair] * PAIR + words.hash[pair - 1]), words.row[pair], False),
    ]
    for salt, distance, depth in ((_FIRST_SALT, words.place, FIRST), (_LAST_SALT, words.left, LAST)):
        for place in range(depth):
            here = np.flatnonzero(distance == place)
            out.append(Bag(_salted(words.hash[here], salt * (place + 1)), words.row[here], True))
    short = np.flatnonzero((words.per_row > 0) & (words.per_row <= WHOLE_TO)).astype(np.int32)
    out.append(Bag(_salted(line_hashes[short], _WHOLE_SALT), short, True))
    return tuple(out)


def _salted(hashes: Hashes, salt: int) -> Hashes:
    return mix(hashes + np.uint32(salt & 0xFFFFFFFF))

"""Most keys that are looked up are not there. A filter says so with one look, where a search takes many."""

from __future__ import annotations

from typing import Final

import numpy as np

from scrubber.dedup.shingles import Hashes
from scrubber.dedup.view import Ints

_BITS_A_KEY: Final = 10  # at least: one in sixty of other keys passes, or fewer
_ROOM: Final = 1.5  # so many times as many keys as there are can be added before it is made anew
_PART: Final = 1 << 17  # keys added at a time
_PLACES: Final = (2, 8, 14)  # where the numbers of a key's bits begin; its first two bits are its sort
_HALF: Final = np.uint64(32)


class Sieve:
    """Three bits for each key, in one word: if one is not set, the key is not here."""

    def __init__(self, count: int) -> None:
        """`count` keys will be here at first."""
        self.most = int(count * _ROOM) + 1
        self._words: Hashes = np.zeros(self.most * _BITS_A_KEY // 64 + 1, np.uint64)

    def add(self, keys: Hashes) -> None:
        """Take in keys, which are in order."""
        for start in range(0, len(keys), _PART):
            some = np.asarray(keys[start : start + _PART])
            words, bits = self._places(some), _bits(some)
            first = np.flatnonzero(np.diff(words, prepend=-1))
            self._words[words[first]] |= np.bitwise_or.reduceat(bits, first)

    def passing(self, keys: Hashes) -> Ints:
        """The places of those keys that may be here: of all that are here, and of a few others."""
        bits = _bits(keys)
        return np.flatnonzero(self._words.take(self._places(keys)) & bits == bits)

    def _places(self, keys: Hashes) -> Ints:
        return ((keys >> _HALF) * np.uint64(len(self._words)) >> _HALF).view(np.int64)


def _bits(keys: Hashes) -> Hashes:
    bits = np.zeros(len(keys), np.uint64)
    for place in _PLACES:
        bits |= np.uint64(1) << (keys >> np.uint64(place) & np.uint64(63))
    return bits

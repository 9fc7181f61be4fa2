"""Keys that several pages of one call have, or several captions: only under these they can meet each other."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.shingles import Hashes
from scrubber.dedup.view import Ints

CROWD: Final = 16  # equal keys of one call that are paired with those behind them


def in_order(keys: Hashes) -> Ints:
    """The places of keys in their order, equal ones as they came: a stable `argsort` in a third of the time.

    Values are sorted faster than places, so the place of each key stands in for its last bits. The few pairs of keys
    that differ in these alone are seen afterwards.
    """
    if not len(keys):
        return np.empty(0, np.int64)
    places, free = np.arange(len(keys), dtype=np.uint64), np.uint64(64 - int(keys.max()).bit_length())
    mask = np.uint64((1 << len(keys).bit_length()) - 1)
    packed = (keys << free) & ~mask | places
    packed.sort()
    order: Ints = (packed & mask).view(np.int64)
    ordered = keys[order]
    return order if (ordered[1:] >= ordered[:-1]).all() else np.argsort(keys, kind="stable")


class Equal:
    """Which keys are equal: `before[i]` counts the same before key i, `again` says where there are several."""

    def __init__(self, keys: Hashes) -> None:
        self._order = in_order(keys)
        ordered = keys[self._order]
        fresh = np.ones(len(keys) + 1, np.bool_)
        np.not_equal(ordered[1:], ordered[:-1], out=fresh[1:-1])
        self._firsts = np.flatnonzero(fresh)
        begin = np.repeat(self._firsts[:-1], np.diff(self._firsts))
        self.before, self._begin = np.empty((2, len(keys)), np.int64)
        self.before[self._order], self._begin[self._order] = np.arange(len(keys)) - begin, begin
        self.again = np.empty(len(keys), np.bool_)
        self.again[self._order] = ~(fresh[:-1] & fresh[1:])

    def spread(self, some: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which keys are equal to one of some."""
        spread = some.copy()
        if len(some):
            found = np.logical_or.reduceat(some[self._order], self._firsts[:-1])
            spread[self._order] = np.repeat(found, np.diff(self._firsts))
        return spread

    def begin(self, place: int) -> int:
        """A number that all keys have that are equal to this one, and no others."""
        return self._begin.item(place)

    def earlier(self, place: int) -> Ints:
        """The places of the same key before this one."""
        begin, before = self._begin.item(place), self.before.item(place)
        return self._order[begin : begin + before]

    def pairs(self, places: Ints) -> tuple[Ints, Ints]:
        """Each of these places with the first `CROWD` places of the same key before it: the later, the earlier."""
        later, earlier = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
        for apart in range(CROWD):
            places = places[self.before[places] > apart]
            if not len(places):
                break
            later.append(places)
            earlier.append(self._order[self._begin[places] + apart])
        return np.concatenate(later), np.concatenate(earlier)

"""Pages that are settled together: who owns their keys, and which keys they share with each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.candidate import Candidate
from scrubber.dedup.equal import CROWD, Equal, in_order
from scrubber.dedup.signature import Sort, sort_of
from scrubber.dedup.table import NOBODY, OWNERS_MOST, Numbers, Owners, RankedOwners
from scrubber.dedup.view import Ints


class Pairs(NamedTuple):
    """Pages of a call, each with an owner of keys of it, in order; how many keys, and whether one is a band's.

    Owners from the number of known pages on are pages of the call.
    """

    page: Ints
    owner: Ints
    shared: Ints
    band: NDArray[np.bool_]

    def at(self, places: Ints | slice | NDArray[np.bool_]) -> Pairs:
        return Pairs(self.page[places], self.owner[places], self.shared[places], self.band[places])


class Call:
    """The keys of some pages, one page after the other; `known` pages stay already.

    Key i is the page's `whose[i]` and has `taken[i]` owners. In the course of the call `numbers` and `stays` are
    filled: for each page the number of the page that stays, and whether that is the page itself.
    """

    def __init__(self, pages: Sequence[Candidate], table: Owners | RankedOwners, known: int) -> None:
        self.pages, self.known = pages, known
        self.numbers, self.stays = [NOBODY] * len(pages), [True] * len(pages)
        self.keys = np.concatenate([page.keys for page in pages])
        self.weights = np.array([page.weight for page in pages], np.int64)
        self.lengths = np.array([len(page.ordered) for page in pages], np.int64)
        sizes = np.array([len(page.keys) for page in pages])
        self._ends, self.whose = np.cumsum(sizes), np.repeat(np.arange(len(pages)), sizes)
        self._owners = table.find(self.keys)
        self.taken = (self._owners != NOBODY).sum(axis=0)
        self._equal, self._full = Equal(self.keys), set[int]()
        self._shared = (self.taken < OWNERS_MOST) & (self._equal.before > 0)
        most = np.where(self._shared, self.taken + self._equal.before, 0)
        self._plain = np.maximum.reduceat(most, self._ends - sizes) <= OWNERS_MOST

    def meetings(self, *, inside: bool) -> tuple[Pairs, Pairs]:
        """Which pages share bands or anchors, and which the sequence of words, with known pages or `inside` the call.

        Under a key that more pages of the call have than `CROWD`, they meet the first of them alone.
        """
        level, key = np.nonzero(self._owners != NOBODY)
        owner = self._owners[level, key].astype(np.int64)
        if inside:
            later, earlier = self._equal.pairs(np.flatnonzero(self._shared))
            key, owner = np.concatenate([key, later]), np.concatenate([owner, self.whose[earlier] + self.known])
            away = self.whose[key] + self.known != owner
            key, owner = key[away], owner[away]
        same = sort_of(self.keys[key]) == Sort.SEQUENCE
        return self._pairs(key[~same], owner[~same]), self._pairs(key[same], owner[same])

    def _pairs(self, key: Ints, owner: Ints) -> Pairs:
        pairs = self.whose[key] << 32 | owner
        order = in_order(pairs.view(np.uint64))
        first = np.flatnonzero(np.diff(pairs[order], prepend=-1))
        band = sort_of(self.keys[key[order]]) == Sort.BAND
        band = np.logical_or.reduceat(band, first) if len(first) else band
        one = order[first]
        return Pairs(self.whose[key[one]], owner[one], np.diff(first, append=len(order)), band)

    def deep(self) -> dict[int, list[int]]:
        """The keys of each page that more than `CROWD` of the call have before it."""
        found: dict[int, list[int]] = {}
        places = np.flatnonzero(self._shared & (self._equal.before >= CROWD))
        for page, place in zip(self.whose[places].tolist(), places.tolist(), strict=True):
            found.setdefault(page, []).append(place)
        return found

    def is_full(self, place: int) -> bool:
        """Whether the first pages of the call with a key take all its room: later ones meet no other under it."""
        begin, taken = self._equal.begin(place), self.taken.item(place)
        if begin not in self._full:
            first = self._equal.earlier(place)[:CROWD]
            if taken + sum(self.stays[page] for page in self.whose[first].tolist()) < OWNERS_MOST:
                return False
            self._full.add(begin)
        return True

    def number(self, owner: int) -> int:
        """The number of an owner that stays, or `NOBODY` if it is a page of the call that is a copy."""
        page = owner - self.known
        return owner if page < 0 else self.numbers[page] if self.stays[page] else NOBODY

    def is_plain(self, page: int) -> bool:
        """Whether there is room under each key of a page for all that have it before: `meetings` has told them all."""
        return bool(self._plain[page])

    def owners(self, page: int) -> Numbers:
        """The owners of the keys of a page, those of the call too: all pages before it are settled."""
        end = self._ends.item(page)
        start = end - len(self.pages[page].keys)
        own = self._owners[:, start:end].copy()
        for place in (start + np.flatnonzero(self._shared[start:end])).tolist():
            free = self.taken.item(place)
            for other in self.whose[self._equal.earlier(place)].tolist():
                if self.stays[other] and other != page:
                    own[free, place - start] = self.numbers[other]
                    free += 1
                    if free == OWNERS_MOST:
                        break
        return own

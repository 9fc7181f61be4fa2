"""Clusters round representatives, in one pass: each page joins a page that stays, or stays.

Pages are taken in order. One that verifies against an earlier page that stayed is its copy; any other stays, and takes
the buckets that nobody owns. So there are no chains: a copy of a copy is compared with the page that stays, never with
the copy. In the order of arrival this is the `first` mode. In the order of the keeper, best first, it is peeling: the
best page represents, what verifies against it joins, the rest go round again, and the outcome depends on nothing but
the pages that share buckets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.candidate import Candidate
from scrubber.dedup.shingles import Hashes
from scrubber.dedup.signature import ANCHOR_SHARE
from scrubber.dedup.table import NOBODY, OWNERS_MOST, Numbers, Owners
from scrubber.dedup.verify import Criteria, Measure, duplicate
from scrubber.dedup.view import Ints
from scrubber.page import Duplicate

ANCHORS_SHARED: Final = 0.25 / ANCHOR_SHARE  # a copy shares this share of its shingles as anchors, four times over
_CROWD: Final = 16  # equal keys in one call from which their pages are looked at one by one
CANDIDATES_MOST: Final = 64  # owners verified per page, those with most shared buckets


class _Met(NamedTuple):
    """Keys that pages share with owners: which page, the place of the key in it, which owner, the owner's shingles."""

    page: Ints
    place: Ints
    owner: Ints
    kept: Ints

    def likely(self, sizes: Ints, bands: int, share: float) -> set[tuple[int, int]]:
        """Pages and sizes of owners that share a band, or at least `share` of the smaller one's shingles."""
        pairs = self.page << 32 | self.owner
        order = np.argsort(pairs)
        first = np.flatnonzero(np.diff(pairs[order], prepend=-1))
        count = np.diff(first, append=len(order))
        one = order[first]
        enough = one[count >= share * np.minimum(sizes[self.page[one]], self.kept[one])]
        found = np.concatenate([enough, np.flatnonzero((self.place > 0) & (self.place <= bands))])
        return set(zip(self.page[found].tolist(), self.kept[found].tolist(), strict=True))


class Known(Protocol):
    """The pages that stay: ids, numbers of shingles and digests by number, and how to compare with them."""

    ids: list[str]
    sizes: list[int]
    digests: list[bytes]

    def remember(self, pages: Sequence[Candidate], places: Sequence[int]) -> None: ...
    def compare(self, shingles: Hashes, number: int) -> Measure: ...


@dataclass(slots=True)
class Leaders:
    """The pages that stay, and who owns which bucket: the first `OWNERS_MOST` that have its key.

    `cut_short` counts the pages for which more owners were likely than are verified.
    """

    known: Known
    criteria: Criteria
    bands: int
    table: Owners = field(default_factory=Owners)
    cut_short: int = 0

    def settle(self, pages: Sequence[Candidate], places: Sequence[int]) -> list[tuple[Duplicate | None, int]]:
        """For each page what it is a copy of, or `None`, and the number of the page that stays.

        The pages are taken in order, and the outcome is the same for any division into calls. `places` are passed on
        to `Known.remember`.
        """
        if not pages:
            return []
        keys = np.concatenate([page.keys for page in pages])
        lengths = np.array([len(page.keys) for page in pages])
        starts = np.cumsum(lengths) - lengths
        owners, fresh = self.table.find(keys), dict[int, list[int]]()
        taken = (owners != NOBODY).sum(axis=0)
        shared = _repeated(keys) & (taken < OWNERS_MOST)
        loud = self._may_join(pages, keys, owners, shared)
        heard = shared & np.isin(keys, keys[shared & np.repeat(loud, lengths)])
        stir = np.flatnonzero(loud | np.logical_or.reduceat(heard, starts)).tolist()
        numbers, copies, last = np.full(len(pages), NOBODY, np.int32), dict[int, Duplicate](), 0
        for i in stir:  # the others stay, and no page that may be a copy meets them here
            numbers[last:i] = self._remember(pages[last:i], places[last:i])
            part = slice(int(starts[i]), int(starts[i] + lengths[i]))
            met, copy = np.flatnonzero(heard[part]), None
            if loud[i]:
                copy, numbers[i] = self._join(pages[i], _with_fresh(owners[:, part], pages[i].keys, met, fresh))
            if copy:
                copies[i] = copy
            else:
                numbers[i] = self._remember(pages[i : i + 1], places[i : i + 1])[0]
                for key in pages[i].keys[met].tolist():
                    fresh.setdefault(key, []).append(int(numbers[i]))
            last = i + 1
        numbers[last:] = self._remember(pages[last:], places[last:])
        stays = np.ones(len(pages), np.bool_)
        stays[list(copies)] = False
        whose = np.repeat(np.where(stays, numbers, NOBODY), lengths)
        self.table.add(keys[whose != NOBODY], taken[whose != NOBODY], whose[whose != NOBODY])
        return [(copies.get(i), number) for i, number in enumerate(numbers.tolist())]

    def _remember(self, pages: Sequence[Candidate], places: Sequence[int]) -> range:
        """Take in pages that stay; gives their numbers."""
        first = len(self.known.ids)
        self.known.remember(pages, places)
        return range(first, first + len(pages))

    def find(self, pages: Sequence[Candidate]) -> list[Duplicate | None]:
        """What each page is a copy of; nothing is remembered."""
        keys = np.concatenate([page.keys for page in pages]) if pages else np.empty(0, np.uint64)
        ends = np.cumsum([len(page.keys) for page in pages]).tolist()
        owners, found = self.table.find(keys), list[Duplicate | None]()
        for page, end in zip(pages, ends, strict=True):
            own = owners[:, end - len(page.keys) : end]
            found.append(self._join(page, own)[0] if (own != NOBODY).any() else None)
        return found

    def _may_join(
        self, pages: Sequence[Candidate], keys: Hashes, owners: Numbers, shared: NDArray[np.bool_]
    ) -> NDArray[np.bool_]:
        """Which pages can be copies of an owner of their keys, or of an earlier page of the call; few are."""
        lengths, sizes = [len(page.keys) for page in pages], np.array([len(page.shingles) for page in pages])
        whose, place = np.repeat(np.arange(len(pages)), lengths), np.concatenate([np.arange(n) for n in lengths])
        later, earlier, crowded = _meetings(keys, np.flatnonzero(shared))
        level, column = np.nonzero(owners != NOBODY)
        number = owners[level, column].astype(np.int64)
        known = np.array([self.known.sizes[one] for one in number.tolist()], np.int64)
        away = whose[later] != whose[earlier]
        later, earlier = later[away], earlier[away]
        met = _Met(
            np.concatenate([whose[column], whose[later]]),
            np.concatenate([place[column], place[later]]),
            np.concatenate([number, whose[earlier] + len(self.known.ids)]),
            np.concatenate([known, sizes[whose[earlier]]]),
        )
        loud = np.zeros(len(pages), np.bool_)
        loud[whose[crowded]] = True
        loud[met.page[met.place == 0]] = True
        share = ANCHORS_SHARED * self.criteria.least_share
        for page, kept in met.likely(sizes, self.bands, share):
            loud[page] = loud[page] or self.criteria.could_pass(int(sizes[page]), kept)
        return loud

    def _join(self, page: Candidate, owners: Numbers) -> tuple[Duplicate | None, int]:
        for first in owners[:, 0].tolist():
            if first != NOBODY and self.known.digests[first] == page.digest:
                return duplicate(self.known.ids[first], "exact", Measure(1.0, 1.0)), first
        for number in self._likely(page, owners):
            found = self.known.compare(page.shingles, number)
            mode = self.criteria.mode(found, len(page.shingles), self.known.sizes[number])
            if mode:
                return duplicate(self.known.ids[number], mode, found), number
        return None, NOBODY

    def _likely(self, page: Candidate, owners: Numbers) -> list[int]:
        """The owners that pass the length gate and share a band, or as many anchors as a copy would, at least."""
        keyed = owners[:, 1:]
        met = Counter(keyed[keyed != NOBODY].tolist())
        if not met:
            return []
        size, sizes, bands = len(page.shingles), self.known.sizes, set(keyed[:, : self.bands].ravel().tolist())
        share = ANCHORS_SHARED * self.criteria.least_share
        likely = [
            number
            for number, shared in met.items()
            if (number in bands or shared >= share * min(size, sizes[number]))
            and self.criteria.could_pass(size, sizes[number])
        ]
        if len(likely) > CANDIDATES_MOST:
            self.cut_short += 1
            likely = sorted(likely, key=lambda number: (-met[number], number))[:CANDIDATES_MOST]
        return sorted(likely)


def _with_fresh(owners: Numbers, keys: Hashes, met: Ints, fresh: dict[int, list[int]]) -> Numbers:
    """The owners of a page's keys; at the places `met`, pages of the same call that are not in the table yet may be."""
    for key, i in zip(keys[met].tolist(), met.tolist(), strict=True):
        if key in fresh:
            known = [number for number in owners[:, i].tolist() if number != NOBODY] + fresh[key]
            owners[: min(len(known), OWNERS_MOST), i] = known[:OWNERS_MOST]
    return owners


def _meetings(keys: Hashes, shared: Ints) -> tuple[Ints, Ints, Ints]:
    """The later and the earlier of two equal keys, for all pairs; and keys with too many equals to be paired."""
    order = shared[np.argsort(keys[shared], kind="stable")]
    ordered, left = keys[order], np.arange(len(order))
    later, earlier = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for apart in range(1, _CROWD):
        left = left[left + apart < len(order)]
        left = left[ordered[left] == ordered[left + apart]]
        later.append(order[left + apart])
        earlier.append(order[left])
    left = left[left + _CROWD < len(order)]
    left = left[ordered[left] == ordered[left + _CROWD]]
    crowded = np.isin(ordered, ordered[left]) if len(left) else np.zeros(len(order), np.bool_)
    return np.concatenate(later), np.concatenate(earlier), order[crowded]


def _repeated(keys: Hashes) -> NDArray[np.bool_]:
    """Which keys occur more than once: only there pages of one call can meet each other."""
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    repeated = np.zeros(len(keys), np.bool_)
    repeated[order[1:][same]] = True
    repeated[order[:-1][same]] = True
    return repeated

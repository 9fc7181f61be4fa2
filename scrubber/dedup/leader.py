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
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.candidate import Candidate
from scrubber.dedup.shingles import Hashes
from scrubber.dedup.signature import ANCHOR_SHARE
from scrubber.dedup.table import NOBODY, OWNERS_MOST, Numbers, Owners
from scrubber.dedup.verify import Criteria, Measure, duplicate
from scrubber.page import Duplicate

ANCHORS_SHARED: Final = 0.25 / ANCHOR_SHARE  # a copy shares this share of its shingles as anchors, four times over
CANDIDATES_MOST: Final = 64  # owners verified per page, those with most shared buckets


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
        owners, shared, fresh = self.table.find(keys), _repeated(keys), dict[int, list[int]]()
        stir = np.flatnonzero(np.logical_or.reduceat(shared | (owners[0] != NOBODY), starts)).tolist()
        numbers, copies, last = np.full(len(pages), NOBODY, np.int32), dict[int, Duplicate](), 0
        for i in stir:  # the others share no bucket with any page: they stay
            numbers[last:i] = self._remember(pages[last:i], places[last:i])
            part = slice(int(starts[i]), int(starts[i] + lengths[i]))
            copy, number = self._settle_one(pages[i], places[i], owners[:, part], shared[part], fresh)
            numbers[i], last = number, i + 1
            if copy:
                copies[i] = copy
        numbers[last:] = self._remember(pages[last:], places[last:])
        stays = np.ones(len(pages), np.bool_)
        stays[list(copies)] = False
        whose = np.repeat(np.where(stays, numbers, NOBODY), lengths)
        self.table.add(keys[whose != NOBODY], owners[:, whose != NOBODY], whose[whose != NOBODY])
        return [(copies.get(i), number) for i, number in enumerate(numbers.tolist())]

    def _remember(self, pages: Sequence[Candidate], places: Sequence[int]) -> range:
        """Take in pages that stay; gives their numbers."""
        first = len(self.known.ids)
        self.known.remember(pages, places)
        return range(first, first + len(pages))

    def _settle_one(
        self, page: Candidate, place: int, owners: Numbers, shared: NDArray[np.bool_], fresh: dict[int, list[int]]
    ) -> tuple[Duplicate | None, int]:
        """Settle a page that shares buckets; `fresh` are owners among pages of the same call, not in the table yet."""
        meets = np.flatnonzero(shared)
        met = page.keys[meets].tolist()
        for key, i in zip(met, meets.tolist(), strict=True):
            if key in fresh:
                known = [number for number in owners[:, i].tolist() if number != NOBODY] + fresh[key]
                owners[: min(len(known), OWNERS_MOST), i] = known[:OWNERS_MOST]
        copy, number = self._join(page, owners)
        if copy is None:
            number = self._remember([page], [place])[0]
            for key in met:
                fresh.setdefault(key, []).append(number)
        return copy, number

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


def _repeated(keys: Hashes) -> NDArray[np.bool_]:
    """Which keys occur more than once: only there pages of one call can meet each other."""
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    repeated = np.zeros(len(keys), np.bool_)
    repeated[order[1:][same]] = True
    repeated[order[:-1][same]] = True
    return repeated

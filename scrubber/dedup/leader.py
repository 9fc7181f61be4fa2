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
from itertools import pairwise
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.candidate import Candidate
from scrubber.dedup.shingles import Hashes
from scrubber.dedup.signature import ANCHOR_SHARE
from scrubber.dedup.table import NOBODY, Numbers, Table
from scrubber.dedup.verify import Criteria, Measure, duplicate
from scrubber.page import Duplicate

ANCHORS_SHARED: Final = 0.25 / ANCHOR_SHARE  # a copy shares this share of its shingles as anchors, four times over
CANDIDATES_MOST: Final = 16  # owners verified per page, those with most shared buckets


class Known(Protocol):
    """The pages that stay: ids, numbers of shingles and digests by number, and how to compare with them."""

    ids: list[str]
    sizes: list[int]
    digests: list[bytes]

    def remember(self, page: Candidate, place: int) -> int: ...
    def compare(self, shingles: Hashes, number: int) -> Measure: ...


@dataclass(slots=True)
class Leaders:
    """The pages that stay, and who owns which bucket.

    `cut_short` counts the pages for which more owners were likely than are verified.
    """

    known: Known
    criteria: Criteria
    bands: int
    table: Table = field(default_factory=Table)
    cut_short: int = 0

    def settle(self, pages: Sequence[Candidate], places: Sequence[int]) -> list[tuple[Duplicate | None, int]]:
        """For each page what it is a copy of, or `None`, and the number of the page that stays.

        The pages are taken in order, and the outcome is the same for any division into calls. `places` are passed on
        to `Known.remember`.
        """
        if not pages:
            return []
        keys = np.concatenate([page.keys for page in pages])
        owners, ends = self.table.find(keys), np.cumsum([0, *(len(page.keys) for page in pages)]).tolist()
        shared, fresh = _repeated(keys), dict[int, int]()
        settled = []
        for page, place, (a, b) in zip(pages, places, pairwise(ends), strict=True):
            meets = np.flatnonzero(shared[a:b]).tolist()
            self._meet(page.keys, owners[a:b], meets, fresh)
            copy, number = self._join(page, owners[a:b])
            if copy is None:
                number = self.known.remember(page, place)
                fresh.update((int(page.keys[i]), number) for i in meets if owners[a + i] == NOBODY)
            owners[a:b] = np.where(owners[a:b] == NOBODY, number, NOBODY) if copy is None else NOBODY
            settled.append((copy, number))
        self._own(keys, owners)
        return settled

    def _meet(self, keys: Hashes, owners: Numbers, meets: list[int], fresh: dict[int, int]) -> None:
        """Owners among the pages of the same call, which are not in the table yet."""
        for i in meets:
            owners[i] = fresh.get(int(keys[i]), owners[i])

    def _join(self, page: Candidate, owners: Numbers) -> tuple[Duplicate | None, int]:
        first = int(owners[0])
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
        size, sizes = len(page.shingles), self.known.sizes
        bands = set(owners[1 : 1 + self.bands].tolist()) - {NOBODY}
        met = Counter(owners[1:][owners[1:] != NOBODY].tolist())
        share = ANCHORS_SHARED * self.criteria.least_share
        likely = [
            number
            for number, shared in met.items()
            if self.criteria.could_pass(size, sizes[number])
            and (number in bands or shared >= share * min(size, sizes[number]))
        ]
        if len(likely) > CANDIDATES_MOST:
            self.cut_short += 1
            likely = sorted(likely, key=lambda number: (-met[number], number))[:CANDIDATES_MOST]
        return sorted(likely)

    def _own(self, keys: Hashes, owners: Numbers) -> None:
        mine = np.flatnonzero(owners != NOBODY)
        _, first = np.unique(keys[mine], return_index=True)
        self.table.add(keys[mine[first]], owners[mine[first]])


def _repeated(keys: Hashes) -> NDArray[np.bool_]:
    """Which keys occur more than once: only there pages of one call can meet each other."""
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    repeated = np.zeros(len(keys), np.bool_)
    repeated[order[1:][same]] = True
    repeated[order[:-1][same]] = True
    return repeated

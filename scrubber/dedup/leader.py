"""Clusters round representatives, in one pass: each page joins a page that stays, or stays.

Pages are taken in order. One that verifies against an earlier page that stayed is its copy; any other stays, and takes
the buckets that nobody owns. So there are no chains: a copy of a copy is compared with the page that stays, never with
the copy. In the order of arrival this is the `first` mode. In the order of the keeper, best first, it is peeling: the
best page represents, what verifies against it joins, the rest go round again, and the outcome depends on nothing but
the pages that share buckets.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from scrubber.dedup.call import Call
from scrubber.dedup.candidate import Candidate
from scrubber.dedup.doubts import ANCHORS_SHARED, Doubts, Known, Rival
from scrubber.dedup.shingles import Hashes
from scrubber.dedup.signature import Sort, sort_of
from scrubber.dedup.table import NOBODY, Numbers, Owners, RankedOwners
from scrubber.dedup.verify import Criteria, Measure, duplicate, measure, measured, sample, sampled
from scrubber.page import Duplicate

CANDIDATES_MOST: Final = 64  # owners verified per page, those with most shared buckets


@dataclass(slots=True)
class Leaders:
    """The pages that stay, and who owns which bucket: the first `OWNERS_MOST` that have its key.

    `cut_short` counts the pages for which more owners were likely than are verified.
    """

    known: Known
    criteria: Criteria
    table: Owners | RankedOwners = field(default_factory=Owners)
    cut_short: int = 0

    def settle(self, pages: Sequence[Candidate], places: Sequence[int]) -> list[tuple[Duplicate | None, int]]:
        """For each page what it is a copy of, or `None`, and the number of the page that stays.

        The pages are taken in order, and the outcome is the same for any division into calls. `places` are passed on
        to `Known.remember`.
        """
        if not pages:
            return []
        call = Call(pages, self.table, len(self.known.ids))
        doubts, deep = Doubts(call, self.known, self.criteria, inside=True), call.deep()
        copies, last = dict[int, Duplicate](), 0
        for i in sorted({*doubts, *deep}):  # the others stay
            self._remember(call, last, i, places)
            copy, number = self._join(call, doubts, deep.get(i, []), i)
            last = i
            if copy:
                copies[i], call.stays[i], call.numbers[i], last = copy, False, number, i + 1
        self._remember(call, last, len(pages), places)
        whose = np.where(call.stays, call.numbers, NOBODY).astype(np.int32)[call.whose]
        stays = whose != NOBODY
        self.table.add(call.keys[stays], call.taken[stays], whose[stays])
        return [(copies.get(i), number) for i, number in enumerate(call.numbers)]

    def find(self, pages: Sequence[Candidate]) -> list[Duplicate | None]:
        """What each page is a copy of; nothing is remembered."""
        found: list[Duplicate | None] = [None] * len(pages)
        if pages:
            call = Call(pages, self.table, len(self.known.ids))
            doubts = Doubts(call, self.known, self.criteria, inside=False)
            for i in doubts:
                found[i] = self._of(pages[i], doubts.same.get(i, []), doubts.near.get(i, []))[0]
        return found

    def close(self) -> None:
        """No page is to be remembered any more: what is looked up takes less memory from now on."""
        if isinstance(self.table, Owners):
            self.table.close()

    def _remember(self, call: Call, start: int, end: int, places: Sequence[int]) -> None:
        """Take in pages of a call that stay, and number them."""
        first = len(self.known.ids)
        self.known.remember(call.pages[start:end], places[start:end])
        call.numbers[start:end] = range(first, first + end - start)

    def _join(self, call: Call, doubts: Doubts, deep: list[int], i: int) -> tuple[Duplicate | None, int]:
        """What a page is a copy of, and the number of that, when all pages before it are settled; `deep` are keys."""
        near, same = doubts.near.get(i, []), doubts.same.get(i, [])
        if call.is_plain(i):
            near = [rival._replace(owner=call.number(rival.owner)) for rival in near]
            return self._of(call.pages[i], map(call.number, same), [rival for rival in near if rival.owner != NOBODY])
        if not near and not same and all(map(call.is_full, deep)):
            return None, NOBODY
        page, owners = call.pages[i], call.owners(i)
        sorts = sort_of(page.keys)
        return self._of(page, owners[:, sorts == Sort.SEQUENCE].ravel().tolist(), self._likely(page, owners, sorts))

    def _of(self, page: Candidate, same: Iterable[int], near: list[Rival]) -> tuple[Duplicate | None, int]:
        """What a page is a copy of: of those with the same sequence of words, or else of those that are near."""
        for number in same:
            if number != NOBODY and self.known.digest(number) == page.digest:
                return duplicate(self.known.ids[number], "exact", Measure(1.0, 1.0)), number
        if len(near) > CANDIDATES_MOST:
            self.cut_short += 1
            near = sorted(near, key=lambda rival: (-rival.shared, rival.owner))[:CANDIDATES_MOST]
        for rival in sorted(near):
            found, size = self._measure(page, rival)
            mode = self.criteria.mode(found, len(page.shingles), size)
            if mode:
                return duplicate(self.known.ids[rival.owner], mode, found), rival.owner
        return None, NOBODY

    def _measure(self, page: Candidate, rival: Rival) -> tuple[Measure, int]:
        """What a page shares with one that stays, and how many shingles that has."""
        kept = self.known.use(rival.owner)
        if kept is None:
            return self.known.estimate(page, rival.owner), self.known.size(rival.owner)
        if rival.both < 0:
            return measure(page.shingles, kept), len(kept)
        return measured(rival.both, len(page.shingles), len(kept)), len(kept)

    def _likely(self, page: Candidate, owners: Numbers, sorts: Hashes) -> list[Rival]:
        """Of the owners of a page's keys those that it may be a copy of: what `Doubts` does for many."""
        keyed = owners[:, sorts != Sort.SEQUENCE]
        met, bands = Counter(keyed[keyed != NOBODY].tolist()), set(owners[:, sorts == Sort.BAND].ravel().tolist())
        share, weights = ANCHORS_SHARED * self.criteria.least_share, self.known.weights
        return [
            Rival(number, shared)
            for number, shared in met.items()
            if (number in bands or shared >= share * min(page.weight, weights[number])) and self._may_hold(page, number)
        ]

    def _may_hold(self, page: Candidate, number: int) -> bool:
        """Whether a page can be a copy of one that stays, by their lengths and a sample of each."""
        kept, could_pass = self.known.lengths[number], self.criteria.could_pass
        if not could_pass(len(page.ordered), kept) and not could_pass(len(page.shingles), kept):
            return False
        shingles = self.known.shingles([number])[0]
        if shingles is None:
            return True
        return bool(sampled([sample(page.shingles)], [sample(shingles)], self.criteria.least_share)[0])

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
from scrubber.dedup.signature import ANCHOR_SHARE, Sort, sort_of
from scrubber.dedup.table import NOBODY, OWNERS_MOST, Numbers, Owners, RankedOwners, among, meetings, repeated
from scrubber.dedup.verify import Criteria, Measure, duplicate, sampled
from scrubber.dedup.view import Ints
from scrubber.page import Duplicate

ANCHORS_SHARED: Final = 0.25 / ANCHOR_SHARE  # a copy shares this share of its shingles as anchors, four times over
CANDIDATES_MOST: Final = 64  # owners verified per page, those with most shared buckets


class _Met(NamedTuple):
    """Keys that pages share with owners: which page, which owner, and whether the key is a band's.

    Owners from the number of known pages on are pages of the call.
    """

    page: Ints
    owner: Ints
    band: NDArray[np.bool_]

    def likely(self, weights: Ints, owner_weights: Ints, share: float) -> list[tuple[int, int]]:
        """Pages and owners that share a band, or at least `share` of the smaller one's shingles."""
        pairs = self.page << 32 | self.owner
        order = np.argsort(pairs)
        first = np.flatnonzero(np.diff(pairs[order], prepend=-1))
        count = np.diff(first, append=len(order))
        one = order[first]
        enough = count >= share * np.minimum(weights[self.page[one]], owner_weights[one])
        found = one[enough | np.logical_or.reduceat(self.band[order], first)] if len(one) else one
        return list(zip(self.page[found].tolist(), self.owner[found].tolist(), strict=True))


class Known(Protocol):
    """The pages that stay: ids and weights by number, and how to compare with them."""

    @property
    def ids(self) -> Sequence[str]: ...
    @property
    def weights(self) -> Sequence[int]: ...

    def remember(self, pages: Sequence[Candidate], places: Sequence[int]) -> None: ...
    def size(self, number: int) -> int: ...
    def length(self, number: int) -> int: ...
    def sample(self, number: int) -> Hashes | None: ...
    def digest(self, number: int) -> bytes: ...
    def compare(self, page: Candidate, number: int) -> Measure: ...


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
        keys = np.concatenate([page.keys for page in pages])
        lengths = np.array([len(page.keys) for page in pages])
        starts = np.cumsum(lengths) - lengths
        owners, fresh = self.table.find(keys), dict[int, list[int]]()
        taken = (owners != NOBODY).sum(axis=0)
        shared = repeated(keys) & (taken < OWNERS_MOST)
        loud = self._may_join(pages, keys, owners, shared)
        heard = shared & among(keys, keys[shared & np.repeat(loud, lengths)])
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

    def close(self) -> None:
        """No page is to be remembered any more: what is looked up takes less memory from now on."""
        if isinstance(self.table, Owners):
            self.table.close()

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
        whose, sorts = np.repeat(np.arange(len(pages)), [len(page.keys) for page in pages]), sort_of(keys)
        later, earlier, crowded = meetings(keys, np.flatnonzero(shared))
        level, column = np.nonzero(owners != NOBODY)
        away = whose[later] != whose[earlier]
        later, earlier = later[away], earlier[away]
        key = np.concatenate([column, later])
        loud = np.zeros(len(pages), np.bool_)
        loud[whose[crowded]] = True
        loud[whose[key[sorts[key] == Sort.SEQUENCE]]] = True
        number, weights = owners[level, column].astype(np.int64), np.array([page.weight for page in pages])
        met = _Met(
            whose[key],
            np.concatenate([number, whose[earlier] + len(self.known.ids)]),
            sorts[key] == Sort.BAND,
        )
        known = np.array([self.known.weights[one] for one in number.tolist()], np.int64)
        share = ANCHORS_SHARED * self.criteria.least_share
        for page, owner in met.likely(weights, np.concatenate([known, weights[whose[earlier]]]), share):
            loud[page] = loud[page] or self._may_hold(pages[page], owner, pages)
        return loud

    def _may_hold(self, page: Candidate, owner: int, pages: Sequence[Candidate] = ()) -> bool:
        """Whether a page can be a copy of an owner, by their lengths and a sample of each.

        Owners from the number of known pages on are `pages`.
        """
        inside = owner - len(self.known.ids)
        kept = self.known.length(owner) if inside < 0 else len(pages[inside].ordered)
        # repeats count in these lengths: only the kept page's may be taken for its size
        if not self.criteria.could_pass(len(page.ordered), kept) and not self.criteria.could_pass(
            len(page.shingles), kept
        ):
            return False
        sample = self.known.sample(owner) if inside < 0 else pages[inside].sample
        return sample is None or sampled(page.sample, sample, self.criteria.least_share)

    def _join(self, page: Candidate, owners: Numbers) -> tuple[Duplicate | None, int]:
        sorts = sort_of(page.keys)
        for first in owners[:, sorts == Sort.SEQUENCE].ravel().tolist():
            if first != NOBODY and self.known.digest(first) == page.digest:
                return duplicate(self.known.ids[first], "exact", Measure(1.0, 1.0)), first
        for number in self._likely(page, owners, sorts):
            found = self.known.compare(page, number)
            mode = self.criteria.mode(found, len(page.shingles), self.known.size(number))
            if mode:
                return duplicate(self.known.ids[number], mode, found), number
        return None, NOBODY

    def _likely(self, page: Candidate, owners: Numbers, sorts: Hashes) -> list[int]:
        """The owners that pass the length gate and share a band, or as many anchors as a copy would, at least."""
        keyed = owners[:, sorts != Sort.SEQUENCE]
        met = Counter(keyed[keyed != NOBODY].tolist())
        if not met:
            return []
        weights, bands = self.known.weights, set(owners[:, sorts == Sort.BAND].ravel().tolist())
        share = ANCHORS_SHARED * self.criteria.least_share
        likely = [
            number
            for number, shared in met.items()
            if (number in bands or shared >= share * min(page.weight, weights[number])) and self._may_hold(page, number)
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

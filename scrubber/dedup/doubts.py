"""Which pages of a call may be copies, and of what: found for all at once, before they are settled one by one."""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.call import Call, Pairs
from scrubber.dedup.candidate import Candidate, sort_all
from scrubber.dedup.shingles import Hashes
from scrubber.dedup.signature import ANCHOR_SHARE
from scrubber.dedup.verify import Criteria, Measure, measured, sample, sampled, shared
from scrubber.dedup.view import Ints

ANCHORS_SHARED: Final = 0.25 / ANCHOR_SHARE  # a copy shares this share of its shingles as anchors, four times over
_COMPARED_TOGETHER: Final = 512  # pairs whose shingles are held at a time


class Known(Protocol):
    """The pages that stay, by number: what is known of each, and how to compare with them."""

    @property
    def ids(self) -> Sequence[str]: ...
    @property
    def weights(self) -> array[int]: ...
    @property
    def lengths(self) -> array[int]: ...
    @property
    def forgets(self) -> bool: ...

    def remember(self, pages: Sequence[Candidate], places: Sequence[int]) -> None: ...
    def size(self, number: int) -> int: ...
    def shingles(self, numbers: Sequence[int]) -> Sequence[Hashes | None]: ...
    def digest(self, number: int) -> bytes: ...
    def use(self, number: int) -> Hashes | None: ...
    def estimate(self, page: Candidate, number: int) -> Measure: ...


class Rival(NamedTuple):
    """A page that stays and that a page may be a copy of: how many keys they share, and how many shingles.

    `both` is negative where shingles are not compared yet, or forgotten.
    """

    owner: int
    shared: int
    both: int = -1


class Doubts:
    """Of the pages of a call that may be copies: what they may be copies of, in order of staying.

    Exactly, for pages with the same sequence of words, or by their shingles: those that share a band, or as many
    anchors as a copy would at least, and pass the length gate and the comparison of samples. With known pages, or with
    those `inside` the call too.
    """

    def __init__(self, call: Call, known: Known, criteria: Criteria, *, inside: bool) -> None:
        self._call, self._known, self._criteria = call, known, criteria
        self.near: dict[int, list[Rival]] = {}
        self.same: dict[int, list[int]] = {}
        met, same = call.meetings(inside=inside)
        for page, owner in zip(same.page.tolist(), same.owner.tolist(), strict=True):
            self.same.setdefault(page, []).append(owner)
        weights = self._of_owners(known.weights, call.weights, met.owner)
        share = ANCHORS_SHARED * criteria.least_share
        met = met.at(met.band | (met.shared >= share * np.minimum(call.weights[met.page], weights)))
        met = met.at(self._fits(met))
        for start in range(0, len(met.page), _COMPARED_TOGETHER):
            self._compare(met.at(slice(start, start + _COMPARED_TOGETHER)))

    def __iter__(self) -> Iterator[int]:
        """The pages, in order."""
        return iter(sorted({*self.near, *self.same}))

    def _of_owners(self, known: array[int], inside: Ints, owners: Ints) -> Ints:
        """A number for each owner, from those of known pages and those of the call."""
        old, found = owners < self._call.known, np.empty(len(owners), np.int64)
        if old.any():
            found[old] = np.frombuffer(known, np.int64)[owners[old]]
        found[~old] = inside[owners[~old] - self._call.known]
        return found

    def _fits(self, met: Pairs) -> NDArray[np.bool_]:
        """The length gate. Repeats count in these lengths: only the kept page's may be taken for its size."""
        copies, kept = self._call.lengths[met.page], self._of_owners(self._known.lengths, self._call.lengths, met.owner)
        fits = self._criteria.may_pass(copies, kept)
        left = np.flatnonzero(~fits)
        pages = [self._call.pages[page] for page in met.page[left].tolist()]
        sort_all(pages)
        fits[left] = self._criteria.may_pass(np.array([len(page.shingles) for page in pages], np.int64), kept[left])
        return fits

    def _compare(self, met: Pairs) -> None:
        """Sort what is to be compared, compare samples, and the shingles of those that pass."""
        copies, kept = self._sets(met)
        gone = np.array([one is None for one in kept])
        there = [one if one is not None else copies[0][:0] for one in kept]
        passing = gone | sampled(list(map(sample, copies)), list(map(sample, there)), self._criteria.least_share)
        both, here = np.full(len(kept), -1), np.flatnonzero(passing & ~gone).tolist()
        both[here] = shared([copies[i] for i in here], [there[i] for i in here])
        page, owner, keys = met.page.tolist(), met.owner.tolist(), met.shared.tolist()
        for i in np.flatnonzero(passing).tolist():
            # whoever forgets pages has to know which were compared, be they copies or not
            if not self._known.forgets:
                found = measured(int(both[i]), len(copies[i]), len(there[i]))
                if self._criteria.mode(found, len(copies[i]), len(there[i])) is None:
                    continue
            self.near.setdefault(page[i], []).append(Rival(owner[i], keys[i], int(both[i])))

    def _sets(self, met: Pairs) -> tuple[list[Hashes], list[Hashes | None]]:
        """The shingles of the pages and of the owners."""
        call, pages = self._call, met.page.tolist()
        inside = [owner - call.known for owner in met.owner.tolist()]
        sort_all([call.pages[i] for i in dict.fromkeys(pages + inside) if i >= 0])
        old = iter(self._known.shingles([i + call.known for i in inside if i < 0]))
        return [call.pages[i].shingles for i in pages], [next(old) if i < 0 else call.pages[i].shingles for i in inside]

"""What is remembered of the pages that stay, so that later pages can be verified against them."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.candidate import Candidate
from scrubber.dedup.shingles import Hashes
from scrubber.dedup.signature import rekey, sign
from scrubber.dedup.verify import Measure, measure

SKETCH_BINS: Final = 128
_SKETCH_KEY: Final = 0x3C6E_F372_FE94_F82B  # apart from the buckets' key: the estimate is a second, independent draw

Sketches = NDArray[np.uint16]


def sketch(sets: list[Hashes], seed: int) -> Sketches:
    """16 bits of each bin of a second signature: what verifies where the shingles themselves are gone."""
    hashes, bounds = rekey(sets, seed ^ _SKETCH_KEY)
    return sign(hashes, bounds, SKETCH_BINS).astype(np.uint16)


def estimate(copy: Sketches, kept: Sketches, copy_size: int, kept_size: int) -> Measure:
    """Jaccard from the share of equal bins (less what 16 bits match by chance), containment from it and the sizes."""
    equal = float((copy == kept).mean())
    jaccard = max(0.0, (equal - 2.0**-16) / (1 - 2.0**-16))
    shared = jaccard * (copy_size + kept_size) / (1 + jaccard)
    return Measure(jaccard, min(1.0, shared / max(1, copy_size)), estimated=True)


class Memory:
    """Ids, sizes, digests and sketches of all pages that stay; the shingles of as many as `shingle_bytes` holds.

    The least recently used shingles are forgotten first. Then two pages are compared by their sketches, and the
    measure says `estimated`.
    """

    def __init__(self, seed: int, shingle_bytes: int) -> None:
        self._seed, self._left = seed, shingle_bytes
        self._shingles: OrderedDict[int, Hashes] = OrderedDict()
        self._sketches: Sketches = np.empty((0, SKETCH_BINS), np.uint16)
        self.ids: list[str] = []
        self.sizes: list[int] = []
        self.digests: list[bytes] = []

    def __len__(self) -> int:
        return len(self.ids)

    def remember(self, pages: Sequence[Candidate], places: Sequence[int]) -> None:
        """Take in pages that stay; they are numbered in the order in which they come."""
        for number, page in enumerate(pages, len(self.ids)):
            self._shingles[number] = page.shingles.copy()  # a view would keep all pages of its batch in memory
            self._left -= page.shingles.nbytes
        self.ids.extend([page.id for page in pages])
        self.sizes.extend([len(page.shingles) for page in pages])
        self.digests.extend([page.digest for page in pages])
        if self._left < 0:
            self._forget()

    def compare(self, shingles: Hashes, number: int) -> Measure:
        """What a page shares with the page that stays."""
        known = self._shingles.get(number)
        if known is None:
            own = sketch([shingles], self._seed)[0]
            return estimate(own, self._sketches[number], len(shingles), self.sizes[number])
        self._shingles.move_to_end(number)
        return measure(shingles, known)

    def _forget(self) -> None:
        gone = []
        while self._left < 0 and self._shingles:
            number, shingles = self._shingles.popitem(last=False)
            self._left += shingles.nbytes
            gone.append((number, shingles))
        if gone:
            self._reserve(len(self.ids))
            self._sketches[[number for number, _ in gone]] = sketch([shingles for _, shingles in gone], self._seed)

    def _reserve(self, count: int) -> None:
        if count > len(self._sketches):
            grown = np.zeros((max(1024, 2 * count), SKETCH_BINS), np.uint16)
            grown[: len(self._sketches)] = self._sketches
            self._sketches = grown

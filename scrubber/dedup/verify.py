"""The decision: is this page a copy of that one? Buckets only propose; nothing is removed that fails here."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Final, NamedTuple

import numpy as np

from scrubber.dedup.shingles import Hashes, distinct
from scrubber.errors import ConfigError
from scrubber.page import Duplicate

SHINGLES_LEAST: Final = 8  # with fewer, one shared phrase is a large share: such pages are compared exactly only

_QUARTER: Final = np.uint64(1 << 62)
_SAMPLE_LEAST: Final = 12  # shingles in a sample; with fewer, the pages are measured


class Measure(NamedTuple):
    """What two pages share: `jaccard` of both, `containment` of the copy in the page that stays."""

    jaccard: float
    containment: float
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Criteria:
    """When a page is a copy.

    `near`: Jaccard >= `threshold`. `contained`: at least `containment` of the copy's shingles are in the page that
    stays, and `margin` more where the copy has fewer than `short` shingles: notices and comment rules that a site puts
    under each short page reach .75 of it. Chosen on the evaluation kit; benchmarks/dedup.md shows both halves of its
    sites. A containment of `None` turns the mode off.
    """

    threshold: float = 0.8
    containment: float | None = 0.7
    short: int = 128
    margin: float = 0.1

    def __post_init__(self) -> None:
        for name, value in (("threshold", self.threshold), ("containment", self.containment)):
            if value is not None and not 0 < value <= 1:
                raise ConfigError(f"dedup {name} lies above 0 and up to 1, not {value!r}")

    @property
    def least_share(self) -> float:
        """The smallest share of its shingles that a copy has in common with the page that stays."""
        return min(self.threshold, self.contained_from(self.short))

    def could_pass(self, copy: int, kept: int) -> bool:
        """The length gate: can a page of `copy` shingles be a copy of one of at most `kept`?"""
        least = min(self.threshold, self.contained_from(copy))
        return min(copy, kept) >= SHINGLES_LEAST and least * copy <= kept

    def contained_from(self, copy: int) -> float:
        if self.containment is None:
            return inf
        return min(1.0, self.containment + (self.margin if copy < self.short else 0.0))

    def mode(self, found: Measure, copy: int, kept: int) -> str | None:
        """`near`, `contained`, or `None` for pages that are not copies; `copy` and `kept` count shingles."""
        if min(copy, kept) < SHINGLES_LEAST:
            return None
        if found.jaccard >= self.threshold:
            return "near"
        return "contained" if found.containment >= self.contained_from(copy) else None


def sample(hashes: Hashes) -> Hashes:
    """A quarter of the shingles of a page, the same quarter for all pages."""
    return distinct(hashes[hashes < _QUARTER])


def sampled(copy: Hashes, kept: Hashes, share: float) -> bool:
    """Whether a third of what a copy has at least, `share`, is in the page that stays, by a sample of each.

    That takes a tenth of the time of measuring. It tells apart nearly all pages that share no more than a phrase, and
    misses one copy in some thousands of those that have just `share`.
    """
    if len(copy) < _SAMPLE_LEAST or not len(kept):
        return len(copy) < _SAMPLE_LEAST
    places = kept.searchsorted(copy)
    places[places == len(kept)] = 0
    return bool(3 * np.count_nonzero(kept[places] == copy) >= share * len(copy))


def measure(copy: Hashes, kept: Hashes) -> Measure:
    """Exact Jaccard and containment of two sets of shingles, each sorted and without repeats."""
    if not len(copy) or not len(kept):
        return Measure(0.0, 0.0)
    few, many = (copy, kept) if len(copy) <= len(kept) else (kept, copy)
    places = many.searchsorted(few)
    places[places == len(many)] = 0
    shared = int((many[places] == few).sum())
    return Measure(shared / (len(copy) + len(kept) - shared), shared / len(copy))


def duplicate(of: str, mode: str, found: Measure) -> Duplicate:
    """The record of a removal."""
    return Duplicate(of, mode, round(found.jaccard, 6), round(found.containment, 6), found.estimated)

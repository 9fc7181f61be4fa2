"""The decision: is this page a copy of that one? Buckets only propose; nothing is removed that fails here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from scrubber.dedup.shingles import Hashes
from scrubber.dedup.view import Ints
from scrubber.errors import ConfigError
from scrubber.page import Duplicate

SHINGLES_LEAST: Final = 8  # with fewer, one shared phrase is a large share: such pages are compared exactly only

_QUARTER: Final = np.uint64(1 << 62)
_SAMPLE_LEAST: Final = 12  # shingles in a sample; with fewer, the pages are measured
_APART: Final = 8  # so many times as large, a set is searched and not sorted
_TOGETHER: Final = 256  # pairs sorted in one array


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

    def may_pass(self, copies: Ints, kept: Ints) -> NDArray[np.bool_]:
        """The same for many pairs."""
        short, long = (min(self.threshold, self.contained_from(size)) for size in (0, self.short))
        least = np.where(copies < self.short, short, long)
        return (np.minimum(copies, kept) >= SHINGLES_LEAST) & (least * copies <= kept)

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


def sample(shingles: Hashes) -> Hashes:
    """A quarter of the shingles of a page, the same quarter for all pages: those that come first."""
    return shingles[: shingles.searchsorted(_QUARTER)]


def sampled(copies: Sequence[Hashes], kept: Sequence[Hashes], share: float) -> NDArray[np.bool_]:
    """Of pairs of pages by a sample of each: whether a third of what a copy has at least, `share`, is in the other.

    That takes a tenth of the time of measuring. It tells apart nearly all pages that share no more than a phrase, and
    misses one copy in some thousands of those that have just `share`.
    """
    sizes = np.array([len(copy) for copy in copies], np.int64)
    return (sizes < _SAMPLE_LEAST) | (3 * shared(copies, kept) >= share * sizes)


def shared(some: Sequence[Hashes], others: Sequence[Hashes]) -> Ints:
    """How many hashes two sets have in common, for many pairs; each set is sorted and without repeats."""
    counts, close = np.zeros(len(some), np.int64), list[int]()
    for i, (one, other) in enumerate(zip(some, others, strict=True)):
        few, many = (one, other) if len(one) <= len(other) else (other, one)
        if _APART * len(few) < len(many):
            counts[i] = _found(few, many)
        else:
            close.append(i)
    for part in range(0, len(close), _TOGETHER):
        places = close[part : part + _TOGETHER]
        counts[places] = _merged([one for i in places for one in (some[i], others[i])])
    return counts


def _merged(sets: list[Hashes]) -> Ints:
    """How many hashes each two sets in a row have in common: what occurs twice when they are sorted together."""
    ends = np.cumsum([len(one) for one in sets])[1::2]
    flat, before = np.concatenate(sets), np.zeros(int(ends[-1]) + 1, np.int64)
    for a, b in pairwise([0, *ends.tolist()]):
        flat[a:b].sort()
    twice = np.zeros(len(flat), np.bool_)
    np.equal(flat[1:], flat[:-1], out=twice[:-1])
    twice[ends[ends > 0] - 1] = False
    np.cumsum(twice, out=before[1:])
    counts: Ints = np.diff(before[ends], prepend=0)
    return counts


def _found(few: Hashes, many: Hashes) -> int:
    places = many.searchsorted(few)
    places[places == len(many)] = 0
    return int(np.count_nonzero(many[places] == few))


def measure(copy: Hashes, kept: Hashes) -> Measure:
    """Exact Jaccard and containment of two sets of shingles, each sorted and without repeats."""
    if not len(copy) or not len(kept):
        return Measure(0.0, 0.0)
    both = _found(copy, kept) if len(copy) <= len(kept) else _found(kept, copy)
    return measured(both, len(copy), len(kept))


def measured(both: int, copy: int, kept: int) -> Measure:
    """The measure of two pages of so many shingles, `both` of them in common."""
    return Measure(both / (copy + kept - both), both / copy) if copy and kept else Measure(0.0, 0.0)


def duplicate(of: str, mode: str, found: Measure) -> Duplicate:
    """The record of a removal."""
    return Duplicate(of, mode, round(found.jaccard, 6), round(found.containment, 6), found.estimated)

"""Pages as their starts make them, and the passages of text in them.

Probabilities and letters are whole numbers here: their sums are exact, whatever stands before them in the window.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.candidates import FirstLook, Rows

APART: Final = 6  # rows left out in a row that part two passages
NOWHERE: Final = 1 << 40
TEXT_ZONE: Final = 7  # its place in `Text.said`
Reals = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pages:
    """For each row its page; for each page its first row and one past its last."""

    page: Rows
    first: Rows
    end: Rows

    @classmethod
    def of(cls, starts: Rows, rows: int) -> Pages:
        """The pages that begin at `starts`, of which row 0 is the first."""
        begins = np.zeros(rows, np.int64)
        begins[starts] = 1
        return cls(np.cumsum(begins) - 1, starts, np.append(starts[1:], rows))

    def low(self, at: Rows) -> Rows:
        return self.first[self.page[at]]

    def high(self, at: Rows) -> Rows:
        return self.end[self.page[at]]


@dataclass(frozen=True, slots=True)
class Spans:
    """Passages, in order: kept rows of a page, at most `APART` others between them. The last one stands for none."""

    page: Rows
    first: Rows
    last: Rows
    size: Reals  # letters
    sure: Reals  # mean probability of text, by letters
    zone: Reals  # mean probability that it stands in the text, by letters
    longest: Reals  # letters of its longest row
    core: Rows  # for each page its longest passage
    number: Rows  # for each page how many it has

    @classmethod
    def of(cls, pages: Pages, kept: Rows, keep: Reals, zone: Reals, letters: Reals) -> Spans:
        """The passages of the rows `kept`."""
        page, size = pages.page[kept], letters[kept]
        begins = np.flatnonzero((np.diff(kept, prepend=-NOWHERE) > APART + 1) | (np.diff(page, prepend=-1) > 0))
        none, owner = len(begins), page[begins]
        if none:
            sizes, sure, inside = (np.add.reduceat(x, begins) for x in (size, keep[kept] * size, zone[kept] * size))
            longest = np.maximum.reduceat(size, begins)
        else:
            sizes = sure = inside = longest = np.zeros(0)
        order = np.lexsort((-sizes, owner))
        core = np.full(len(pages.first), none)
        heads = order[np.diff(owner[order], prepend=-1) > 0]
        core[owner[heads]] = heads
        return cls(
            np.append(owner, -1),
            np.append(kept[begins], NOWHERE),
            np.append(kept[np.append(begins[1:], len(kept)) - 1] if none else kept, -NOWHERE),
            np.append(sizes, 0),
            np.append(sure / np.maximum(sizes, 1), -1),
            np.append(inside / np.maximum(sizes, 1), -1),
            np.append(longest, 0),
            core,
            np.bincount(owner, minlength=len(pages.first)),
        )

    def around(self, at: Rows, page: Rows) -> tuple[Rows, Rows]:
        """The passages that begin last before the rows `at` and first after them, in the same page."""
        none = len(self.first) - 1
        after = np.searchsorted(self.first, at, "right")
        before = np.where(self.page[after - 1] == page, after - 1, none)
        return before, np.where(self.page[after] == page, after, none)


@dataclass(frozen=True, slots=True)
class Text:
    """What the net says of the rows, in whole `STEPS`, and the pages and passages that follow from it."""

    STEPS: ClassVar[int] = 4096

    said: Reals  # (rows, 9): labels and zones
    keep: Reals
    kept: npt.NDArray[np.bool_]
    letters: Reals
    pages: Pages
    spans: Spans
    in_core: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, look: FirstLook, starts: Rows) -> Text:
        said = np.rint(np.concatenate([look.labels, look.zones], 1).astype(np.float64) * cls.STEPS)
        keep, letters = said[:, 0] + said[:, 1], np.rint(look.features.layout.letters().astype(np.float64))
        kept, pages = keep > cls.STEPS / 2, Pages.of(starts, len(keep))
        spans = Spans.of(pages, np.flatnonzero(kept), keep, said[:, TEXT_ZONE], letters)
        core, rows = spans.core[pages.page], np.arange(len(keep))
        in_core = kept & (rows >= spans.first[core]) & (rows <= spans.last[core])
        return cls(said, keep, kept, letters, pages, spans, in_core)

"""Pages that have no text of their own, told by their build: an offer to pay under a menu, a numbered list of results.

They are too few among labelled pages for a model to learn, and taken for the end of the page before them they would add
their lines to it.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.page import Label
from scrubber.segment.features import Features
from scrubber.segment.features.layout import Layout
from scrubber.segment.rule import rulebook

Flags = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.int64]

PROSE: Final = 140  # characters of running text
CJK_PROSE: Final = 50
SHORT: Final = 60
OFFERS: Final = 3  # offers to pay that make a wall, as in `kind`
ITEMS: Final = 8  # numbered lines, each with something under it, that make a listing
HEADING: Final = 20  # characters
REACH: Final = 40  # rows


class Around:
    """Counts of flagged rows before and after each row, within its document."""

    def __init__(self, page: Layout) -> None:
        self.low, self.high, self.here = page.low, page.high, np.arange(page.rows)

    def before(self, flags: Flags, reach: int) -> Counts:
        return self._sum(flags, np.maximum(self.here - reach, self.low), self.here)

    def after(self, flags: Flags, reach: int) -> Counts:
        return self._sum(flags, np.minimum(self.here + 1, self.high), np.minimum(self.here + 1 + reach, self.high))

    @staticmethod
    def _sum(flags: Flags, begin: Counts, end: Counts) -> Counts:
        total = np.concatenate([[0], np.cumsum(flags)])
        result: Counts = total[end] - total[begin]
        return result


def openings(features: Features, rules: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Rows that begin a wall or a listing right after running text."""
    page, near = features.layout, Around(features.layout)
    column = {name: features.column(name) > 0 for name in ("bullet", "numbered", "begins_upper")}
    prose = page.chars >= np.where(features.column("cjk") > 0.3, CJK_PROSE, PROSE)
    bullet, numbered = column["bullet"] & (page.chars <= SHORT), column["numbered"] & ~prose
    offer = _offers()[rules]
    if np.count_nonzero(offer) < OFFERS - 1 and np.count_nonzero(numbered) < ITEMS:
        return np.zeros(0, np.int64)
    after_text = near.before(prose, 12) >= 2
    menu = bullet & (near.before(bullet, 1) == 0) & (near.after(bullet, 3) >= 1)
    wall = (menu | offer) & (near.after(offer, REACH) >= OFFERS - 1) & (near.before(menu | offer, 12) == 0)
    item = numbered & (near.after(numbered, 1) == 0)
    heading = (page.chars <= HEADING) & column["begins_upper"] & (rules < 0) & ~numbered
    heading &= (near.after(numbered, 1) > 0) & (near.before(numbered, REACH) == 0)
    listing = heading & (near.after(item, REACH) >= ITEMS)
    return np.flatnonzero((wall & _text_free(prose, offer, near) | listing) & after_text)


def _text_free(prose: Flags, offer: Flags, near: Around) -> Flags:
    """Rows after which the offers come before any running text: fewer than half as many of it as of them."""
    return np.asarray(near.after(prose, REACH) * 2 <= near.after(offer, REACH))


def _offers() -> Flags:
    return np.array([rule.label is Label.PAYWALL for rule in rulebook().rules] + [False])

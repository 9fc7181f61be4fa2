"""From the odds of each line to begin a page to the starts that are chosen, left to right, with bounded lag."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

# probability from which a line may begin a page: on unseen sites .16 finds .004 more starts and .004 fewer whole pages
START_FROM: Final = 0.12
LEAD: Final = 2.0  # a line this much below the threshold may still be chosen, if it saves a better one
GAP: Final = 3  # rows; nearer starts exclude each other
LOOK_BACK: Final = 40  # candidates that may have begun the page before
THIN: Final = 150  # characters of substance that a page should have
THIN_COST: Final = 3.0
LONG: Final = 6000  # characters of substance from which a page costs more and more
LONG_COST: Final = 0.4  # for each LONG characters beyond
LAG: Final = 512  # lines after a start that are seen before it is final


@dataclass(slots=True)
class StartChooser:
    """Weighs whole pages: the sum of the odds of their starts, less a cost for each page with hardly any text.

    `feed` takes the rows of one chunk and gives the starts that are final. What it decides depends on the rows since
    the last final start and on where the chunks end, which depend on the content alone.
    """

    start_from: float = START_FROM
    start: int = 0
    _rows: int = 0
    _substance: float = 0.0
    _candidates: list[tuple[int, int, float, float]] = field(default_factory=list)  # line, row, odds, substance before

    def feed(
        self, lines: npt.NDArray[np.int64], odds: Floats, substance: Floats, end: int, last: bool
    ) -> list[tuple[int, float]]:
        """Rows (line number, odds of a start, characters of substance) up to line `end` -> starts that are final."""
        threshold = log(self.start_from / (1 - self.start_from))
        before = self._substance + np.concatenate([[0.0], np.cumsum(substance)])
        for i in np.flatnonzero(odds > threshold - LEAD).tolist():
            line = int(lines[i])
            if line > self.start:
                self._candidates.append((line, self._rows + i, float(odds[i]) - threshold, float(before[i])))
        self._rows += len(lines)
        self._substance = float(before[-1])
        odds_of = {line: odds + threshold for line, _, odds, _ in self._candidates}
        chosen = [(line, odds_of[line]) for line in self._best() if last or line < end - LAG]
        if chosen:
            self.restart(chosen[-1][0])
        return chosen

    def restart(self, line: int) -> None:
        """Make `line` the start of the open page: what comes before it is closed."""
        here = [c for c in self._candidates if c[0] <= line]
        if here:
            _, row, _, substance = here[-1]
            self._rows -= row
            self._substance -= substance
            self._candidates = [(n, r - row, o, s - substance) for n, r, o, s in self._candidates if n > line]
        self.start = line

    def _best(self) -> list[int]:
        nodes = [(0, 0.0, 0.0, 0, 0.0)]  # row, substance before, best score, node number, highest score so far
        before, highest = [0], 0.0
        for _, row, odds, substance in self._candidates:
            score, which = _best_before(nodes[: -LOOK_BACK - 1 : -1], row, odds, substance)
            highest = max(highest, score)
            nodes.append((row, substance, score, len(nodes), highest))
            before.append(which)
        ends = [score - cost(self._substance - s) for _, s, score, _, _ in nodes]
        at, chosen = max(range(len(nodes)), key=lambda i: (ends[i], -i)), []
        while at > 0:
            chosen.append(self._candidates[at - 1][0])
            at = before[at]
        return chosen[::-1]


def _best_before(
    nodes: list[tuple[int, float, float, int, float]], row: int, odds: float, substance: float
) -> tuple[float, int]:
    """The best score of a start after one of `nodes`, and which; of equals the first.

    `nodes` go backwards; once no node from here on has a score that is high enough, they need not be weighed. `cost`
    stands here once more: this is the innermost loop, and a call would take most of its time.
    """
    best, which, latest = -1e9, 0, row - GAP
    for at, before, score, number, highest in nodes:
        if highest + odds <= best:
            break
        if at > latest:
            continue
        size = substance - before
        score += odds
        if size < THIN:
            score -= THIN_COST
        elif size > LONG:
            score -= LONG_COST * (size / LONG - 1)
        if score > best:
            best, which = score, number
    return best, which


def cost(substance: float) -> float:
    """What speaks against a page with so many characters of substance."""
    if substance < THIN:
        return THIN_COST
    return LONG_COST * max(0.0, substance / LONG - 1)

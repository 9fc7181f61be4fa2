"""The pages that a window seems to hold, looked at alone: a worker that has its lines and scores can go on with them.

Which pages there are is decided later, with all that comes before the window. Nearly always the starts are the same
from the first one on; a page that turns out otherwise is worked out again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from scrubber.segment.decode import START_FROM
from scrubber.segment.run import Cut, Extent, Run, Scored
from scrubber.segment.scores import LineScores
from scrubber.segment.windows import Window

LONGEST: Final = 10_000  # lines of a page


@dataclass(frozen=True, slots=True)
class Foresee:
    """Cuts a window as `Segment` with the same `max_page_lines` and `start_from` cuts the whole."""

    max_page_lines: int = LONGEST
    start_from: float = START_FROM

    def __call__(self, window: Window, scores: LineScores | None) -> dict[Extent, Cut]:
        """The pages in a window's core, but for those that began before it or go on behind it."""
        if window.place is None or not window.core:
            return {}
        place, lines = replace(window.place, lines=tuple(window.own)), window.own
        run = Run(place, cuts=not place.single, max_page_lines=self.max_page_lines, start_from=self.start_from)
        run.note(place)
        cuts = list(run.decide(Window(lines, 0, len(lines), last=True), Scored(scores)))
        inside = slice(1 if window.margin else 0, None if window.last else -1)
        return {_extent(cut, place.line): cut for cut in cuts[inside]}


def _extent(cut: Cut, first: int) -> Extent:
    begin = cut.line - first
    return Extent(begin, begin + len(cut.lines), cut.page.start_score, cut.page.cut)

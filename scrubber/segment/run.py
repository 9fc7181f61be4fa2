"""A run: lines with no hard edge inside, which become one page or several."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np

from scrubber.page import Block, Label, Page
from scrubber.segment.decode import LAG, THIN, StartChooser
from scrubber.segment.label import KEEP_FROM, rule_verdicts
from scrubber.segment.scores import LineScores
from scrubber.segment.windows import Window, Windows

Rows = list[LineScores]  # of a page, in parts, line numbers from its first line

OFFER: Final = (
    50.0  # characters of substance that an offer to pay or a counter of results stands for: three make a page
)
PARAGRAPH: Final = (
    110  # letters of a line that may be text although the model doubts it: the second print of a story is
)
DOUBTED: Final = 0.5  # share of its letters that counts
CUT: Final = "max_page_lines"


class Extent(NamedTuple):
    """What tells two pages of one window apart: the lines it begins and ends at, and how it came to begin and end."""

    begin: int
    end: int
    start_score: float
    cut: str | None


class Scored(NamedTuple):
    """What is said of a window's core: its rows, numbered from its first line; `None` where all lines are blank.

    `pages` has what is known already of pages that it seems to hold, whoever has looked at it alone.
    """

    scores: LineScores | None
    pages: Mapping[Extent, Any] = {}


@dataclass(frozen=True, slots=True)
class Cut:
    """A page as it is cut from the stream, without labels, and what is said of its rows.

    `known` is what was found out of it already, in the terms of who did so; then its rows are not asked for.
    """

    page: Page
    rows: Rows
    extracted: bool
    known: Any = None

    @property
    def source(self) -> str:
        return self.page.source

    @property
    def line(self) -> int:
        return self.page.line

    @property
    def lines(self) -> tuple[str, ...]:
        return self.page.lines


class Run:
    """Takes blocks, gives windows to score; takes scores, gives cut pages. Offsets count lines from the first one."""

    def __init__(self, block: Block, *, cuts: bool, max_page_lines: int, start_from: float) -> None:
        self.first, self.cuts, self.max_page_lines = block, cuts and not block.extracted, max_page_lines
        self.windows = Windows()
        self._taken = self._laid = self._decided = 0
        self._lines: list[str] = []  # of the open page
        self._scores: list[LineScores] = []  # of the open page, line numbers as offsets
        self._open, self._odds, self._cut = 0, 1.0, False
        self._chooser = StartChooser(start_from)
        self._undecoded: deque[tuple[int, bytes]] = deque()
        self._unrepaired: deque[tuple[int, str]] = deque()
        self._known: dict[Extent, Any] = {}

    def continues(self, block: Block) -> bool:
        """Does the block go on where this run stands?"""
        first = self.first
        same = block.source == first.source and block.single == first.single and block.extracted == first.extracted
        same = same and block.encoding == first.encoding and block.meta == first.meta
        return same and block.line == first.line + self._taken

    def take(self, block: Block) -> Iterator[Window]:
        """Add the lines of a block; gives the windows that are complete."""
        self.note(block)
        return map(self._placed, self.windows.take(block.lines))

    def end(self) -> Iterator[Window]:
        """No more lines: gives what is left; the last window, which may be empty, is marked."""
        return map(self._placed, self.windows.end())

    def note(self, block: Block) -> None:
        """Remember what was noted of the lines of the next block."""
        at = self._taken
        self._undecoded.extend((at + i, raw) for i, raw in sorted(block.undecoded.items()))
        self._unrepaired.extend((at + i, text) for i, text in sorted(block.unrepaired.items()))
        self._taken += len(block.lines)

    def decide(self, window: Window, scored: Scored) -> Iterator[Cut]:
        """Take what is said of a window's core; gives the pages that are final."""
        at, self._decided = self._decided, self._decided + window.core
        scores = scored.scores
        self._lines.extend(window.own)
        self._known.update((e._replace(begin=e.begin + at, end=e.end + at), page) for e, page in scored.pages.items())
        if scores is not None:
            self._scores.append(scores.moved(at))
        if self.cuts:
            yield from self._cut_at(self._starts(scores.moved(at) if scores else None, window.last))
        seen = self._decided if window.last else self._decided - LAG
        yield from self._cut_pieces(seen)
        if window.last:
            yield self._close(self._decided)
        self._known = {extent: page for extent, page in self._known.items() if extent.begin >= self._open}

    def _placed(self, window: Window) -> Window:
        """The window with what is known of its core."""
        first, at, self._laid = self.first, self._laid, self._laid + window.core
        undecoded = {i - at: raw for i, raw in self._undecoded if at <= i < self._laid}
        unrepaired = {i - at: text for i, text in self._unrepaired if at <= i < self._laid}
        place = replace(
            first, line=first.line + at, lines=(), single=not self.cuts, undecoded=undecoded, unrepaired=unrepaired
        )
        return replace(window, place=place)

    def _starts(self, scores: LineScores | None, last: bool) -> list[tuple[int, float]]:
        if scores is None:
            nothing = np.zeros(0)
            return self._chooser.feed(nothing.astype(np.int64), nothing, nothing, self._decided, last)
        return self._chooser.feed(scores.line, scores.start, substance(scores), self._decided, last)

    def _cut_at(self, starts: list[tuple[int, float]]) -> Iterator[Cut]:
        for start, odds in starts:
            yield from self._cut_pieces(start)
            yield self._close(start)
            self._odds, self._cut = 1 / (1 + float(np.exp(-odds))), False

    def _cut_pieces(self, until: int) -> Iterator[Cut]:
        """Cut an open page that reaches farther than the limit before `until`."""
        while until - self._open > self.max_page_lines:
            self._cut = True
            yield self._close(self._open + self.max_page_lines)
            self._chooser.restart(self._open)

    def _close(self, end: int) -> Cut:
        """The page from the open offset to `end`."""
        size = end - self._open
        own = self._lines[:size]
        del self._lines[:size]
        page = self._page(tuple(own), end)
        known = self._known.get(Extent(self._open, end, page.start_score, page.cut))
        rows = [] if known else [scores.between(self._open, end) for scores in self._scores]
        self._scores = [scores for scores in self._scores if len(scores.line) and scores.line[-1] >= end]
        self._open = end
        return Cut(page, [part for part in rows if len(part.line)], self.first.extracted, known)

    def _page(self, lines: tuple[str, ...], end: int) -> Page:
        begin = self._open
        undecoded = _until(self._undecoded, end)
        fields: dict[str, Any] = {"encoding": self.first.encoding} if undecoded else {}
        if undecoded:
            fields["undecoded"] = {i - begin: raw for i, raw in undecoded}
        if unrepaired := _until(self._unrepaired, end):
            fields["unrepaired"] = {i - begin: text for i, text in unrepaired}
        if self.first.meta:
            fields["meta"] = self.first.meta
        cut = CUT if self._cut else None
        return Page(self.first.source, self.first.line + begin, lines, start_score=self._odds, cut=cut, **fields)


def substance(scores: LineScores) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Characters that make a page worth its start: text, and of walls and listings offers, counters and their build."""
    kept = scores.classes[:, 0] + scores.classes[:, 1] >= KEEP_FROM
    verdicts = rule_verdicts()
    offer = np.array([v.label in (Label.PAYWALL, Label.LISTING) for v in verdicts] + [False])[scores.rule]
    doubted = (scores.rule < 0) & (scores.chars >= PARAGRAPH)
    share = np.where(kept, 1.0, np.where(doubted, DOUBTED, 0.0))
    result: np.ndarray[Any, np.dtype[np.float64]] = np.where(offer, OFFER, scores.chars * share)
    return np.where(scores.opens, np.maximum(result, THIN), result)


def _until(queue: deque[Any], end: int) -> list[Any]:
    taken = []
    while queue and queue[0][0] < end:
        taken.append(queue.popleft())
    return taken

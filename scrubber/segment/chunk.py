"""The `Segment` stage: a stream of blocks in, a stream of labelled pages out, in order.

Lines are scored in windows that depend on the content alone: from the beginning of a run of lines, cores of up to
8,192 lines (the first of 1,024) or a million characters, with a margin on both sides that is read but not decided. So
the size of the blocks that arrive changes nothing, and memory holds a window and the longest page. Small records are
scored many at a time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from scrubber.page import Block, Dead, Page
from scrubber.segment.assemble import labelled
from scrubber.segment.decode import START_FROM
from scrubber.segment.label import KEEP_FROM
from scrubber.segment.run import Cut, Run, Scored
from scrubber.segment.scorer import score_lines
from scrubber.segment.scores import LineScores
from scrubber.segment.windows import Window

Score = Callable[[Sequence[str], Sequence[int]], LineScores | None]
Batch = list[tuple[Run, Window] | Dead]
Lift = Callable[["ScoreWindows", Iterable[list[Window]]], Iterable[list[Scored]]]

BATCH_LINES: Final = 4096
FIRST_LINES: Final = 1024  # of the first batch; each is twice the one before
BATCH_CHARS: Final = 1 << 20
BATCH_ITEMS: Final = 512


@dataclass(frozen=True, slots=True)
class Segment:
    """Cut blocks into pages, label their lines and name the kind of each page.

    `split=False` makes each source, or each record, one page. A page longer than `max_page_lines` is cut and marked.
    A line is kept from the probability `keep_from` on, and may begin a page from `start_from` on.
    `score` says what the lines of documents are: lines, and the line number of each document's first line. `lift` runs
    the scoring over batches in order; `map` does it here, a runner may do it in several processes.
    """

    split: bool = True
    max_page_lines: int = 10_000
    keep_from: float = KEEP_FROM
    start_from: float = START_FROM
    score: Score = score_lines
    lift: Lift = map

    def __call__(self, items: Iterable[Block | Dead]) -> Iterator[Page | Dead]:
        """Pages in the order of their lines; `Dead` items pass at their place."""
        for item in self.cuts(items):
            yield item if isinstance(item, Dead) else label(item, self.keep_from)

    def cuts(self, items: Iterable[Block | Dead]) -> Iterator[Cut | Dead]:
        """The same pages before `label` has seen them: they may be labelled elsewhere, many at a time."""
        waiting: deque[Batch] = deque()

        def requests() -> Iterator[list[Window]]:
            for batch in self._batches(items):
                waiting.append(batch)
                yield [item[1] for item in batch if not isinstance(item, Dead)]

        for scored in self.lift(ScoreWindows(self.score), requests()):
            yield from _decided(waiting.popleft(), scored)

    def _batches(self, items: Iterable[Block | Dead]) -> Iterator[Batch]:
        """The windows of runs, and the dead items between them, in batches to score together."""
        queue, run = _Queue(), None
        for item in items:
            if isinstance(item, Dead):
                _end(run, queue)
                run = None
                queue.items.append(item)
            else:
                if run is None or not run.continues(item):
                    _end(run, queue)
                    cuts = self.split and not item.single
                    run = Run(item, cuts=cuts, max_page_lines=self.max_page_lines, start_from=self.start_from)
                for window in run.take(item):
                    queue.add(run, window)
                    yield from queue.full()
                if item.ends_page:
                    _end(run, queue)
                    run = None
            yield from queue.full()
        _end(run, queue)
        yield queue.items


def label(cut: Cut, keep_from: float = KEEP_FROM) -> Page:
    """Fill the verdicts, the kind and the id of a page that is cut."""
    return labelled(cut.page, cut.rows, cut.extracted, keep_from)


def _decided(batch: Batch, scored: list[Scored]) -> Iterator[Cut | Dead]:
    remaining = iter(scored)
    for item in batch:
        if isinstance(item, Dead):
            yield item
        else:
            run, window = item
            yield from run.decide(window, next(remaining))


@dataclass(slots=True)
class _Queue:
    """Windows that wait to be scored together, and dead items between them."""

    items: Batch = field(default_factory=list)
    lines: int = 0
    chars: int = 0
    enough: int = FIRST_LINES

    def add(self, run: Run, window: Window) -> None:
        self.items.append((run, window))
        self.lines += len(window.lines)
        self.chars += sum(map(len, window.lines))

    def full(self) -> Iterator[Batch]:
        """The batch, if it is large enough."""
        if self.lines >= self.enough or self.chars >= BATCH_CHARS or len(self.items) >= BATCH_ITEMS:
            items, self.items, self.lines, self.chars = self.items, [], 0, 0
            self.enough = min(2 * self.enough, BATCH_LINES)
            yield items


def _end(run: Run | None, queue: _Queue) -> None:
    if run is not None:
        for window in run.end():
            queue.add(run, window)


@dataclass(frozen=True, slots=True)
class ScoreWindows:
    """Scores of the core rows of windows, line numbers from the core's first line."""

    score: Score = score_lines

    def __call__(self, windows: list[Window]) -> list[Scored]:
        lines = [line for window in windows for line in window.lines]
        starts, at = [], 0
        for window in windows:
            starts.append(at)
            at += len(window.lines)
        scores = self.score(lines, starts) if lines else None
        return [
            Scored(_core(scores, start + window.margin, window)) for start, window in zip(starts, windows, strict=True)
        ]


def _core(scores: LineScores | None, begin: int, window: Window) -> LineScores | None:
    core = scores.between(begin, begin + window.core) if scores else None
    return core if core and len(core.line) else None

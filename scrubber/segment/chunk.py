"""The `Segment` stage: a stream of blocks in, a stream of labelled pages out, in order.

Lines are scored in windows that depend on the content alone: from the beginning of a run of lines, cores of up to 4,096
lines or a million characters, with a margin on both sides that is read but not decided. So the size of the blocks that
arrive changes nothing, and memory holds a window and the longest page. Small records are scored many at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from scrubber.page import Block, Dead, Page
from scrubber.segment.cues import LineScores, score_lines
from scrubber.segment.run import Run
from scrubber.segment.windows import Window

BATCH_LINES: Final = 4096
BATCH_CHARS: Final = 1 << 20
BATCH_ITEMS: Final = 512


@dataclass(frozen=True, slots=True)
class Segment:
    """Cut blocks into pages, label their lines and name the kind of each page.

    `split=False` makes each source, or each record, one page. A page longer than `max_page_lines` is cut and marked.
    """

    split: bool = True
    max_page_lines: int = 10_000

    def __call__(self, items: Iterable[Block | Dead]) -> Iterator[Page | Dead]:
        """Pages in the order of their lines; `Dead` items pass at their place."""
        queue, run = _Queue(), None
        for item in items:
            if isinstance(item, Dead):
                _end(run, queue)
                run = None
                queue.items.append(item)
            else:
                if run is None or not run.continues(item):
                    _end(run, queue)
                    run = Run(item, cuts=self.split and not item.single, max_page_lines=self.max_page_lines)
                for window in run.take(item):
                    queue.add(run, window)
                    yield from queue.drain_when_full()
                if item.ends_page:
                    _end(run, queue)
                    run = None
            yield from queue.drain_when_full()
        _end(run, queue)
        yield from queue.drain()


@dataclass(slots=True)
class _Queue:
    """Windows that wait to be scored together, and dead items between them."""

    items: list[tuple[Run, Window] | Dead] = field(default_factory=list)
    lines: int = 0
    chars: int = 0

    def add(self, run: Run, window: Window) -> None:
        self.items.append((run, window))
        self.lines += len(window.lines)
        self.chars += sum(map(len, window.lines))

    def drain_when_full(self) -> Iterator[Page | Dead]:
        if self.lines >= BATCH_LINES or self.chars >= BATCH_CHARS or len(self.items) >= BATCH_ITEMS:
            yield from self.drain()

    def drain(self) -> Iterator[Page | Dead]:
        items, self.items, self.lines, self.chars = self.items, [], 0, 0
        windows = [item[1] for item in items if not isinstance(item, Dead)]
        scores = iter(score_windows(windows))
        for item in items:
            if isinstance(item, Dead):
                yield item
            else:
                yield from item[0].decide(item[1], next(scores))


def _end(run: Run | None, queue: _Queue) -> None:
    if run is not None:
        for window in run.windows.end():
            queue.add(run, window)


def score_windows(windows: list[Window]) -> list[LineScores | None]:
    """Scores of the core rows of each window, line numbers from the core's first line; None: all blank."""
    lines = [line for window in windows for line in window.lines]
    starts, at = [], 0
    for window in windows:
        starts.append(at)
        at += len(window.lines)
    scores = score_lines(lines, starts) if lines else None
    return [_core(scores, start + window.margin, window) for start, window in zip(starts, windows, strict=True)]


def _core(scores: LineScores | None, begin: int, window: Window) -> LineScores | None:
    core = scores.between(begin, begin + window.core) if scores else None
    return core if core and len(core.line) else None

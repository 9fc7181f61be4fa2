"""Lines -> windows to score, laid out from the first line on by content alone, whatever the pieces they arrive in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from scrubber.page import Block

CORE_LINES: Final = 8192  # margins are scored twice: at 4,096 lines a core the stage took 1.2 times as long
FIRST_LINES: Final = 1024  # of the first core, so that the first pages come out soon
CORE_CHARS: Final = 1 << 20
MARGIN_LINES: Final = 512
MARGIN_CHARS: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Window:
    """Lines to score: `margin` lines that are only read, `core` lines that are decided, and again lines only read.

    `place` has what else is known of the core: where it stands, and what reading and repair noted. Its lines are `own`.
    """

    lines: list[str]
    margin: int
    core: int
    last: bool
    place: Block | None = None

    @property
    def own(self) -> list[str]:
        return self.lines[self.margin : self.margin + self.core]


@dataclass(slots=True)
class Windows:
    """Cuts a run of lines into windows: greedy cores, each with the lines before and after it as margins."""

    _before: list[str] = field(default_factory=list)
    _pending: list[str] = field(default_factory=list)
    _most: int = FIRST_LINES  # lines of a full core
    _core: int = 0  # lines of the core, once it is full
    _chars: int = 0  # of the core, or of the margin behind it
    _scanned: int = 0

    def take(self, lines: Iterable[str]) -> Iterator[Window]:
        """Add lines; gives the windows whose core and margin are complete."""
        self._pending.extend(lines)
        yield from self._complete()

    def end(self) -> Iterator[Window]:
        """No more lines: gives what is left; the last window, which may be empty, is marked."""
        while self._core:
            yield self._next(len(self._pending))
            yield from self._complete()
        self._core = len(self._pending)
        yield self._next(len(self._pending), last=True)

    def _complete(self) -> Iterator[Window]:
        while True:
            if not self._core:
                if not self._scan(self._most, CORE_CHARS):
                    return
                self._core, self._chars = self._scanned, 0
            if not self._scan(self._core + MARGIN_LINES, MARGIN_CHARS):
                return
            yield self._next(self._scanned)

    def _scan(self, most_lines: int, most_chars: int) -> bool:
        """Count waiting lines until there are so many of them or of their characters."""
        scanned, chars = self._scanned, self._chars
        full = False
        for size in map(len, self._pending[scanned:most_lines]):
            scanned, chars = scanned + 1, chars + size
            if scanned >= most_lines or chars >= most_chars:
                full = True
                break
        self._scanned, self._chars = scanned, chars
        return full

    def _next(self, until: int, last: bool = False) -> Window:
        core, margin = self._core, len(self._before)
        window = Window(self._before + self._pending[:until], margin, core, last)
        self._before = _margin(window.lines[: margin + core])
        del self._pending[:core]
        self._core = self._chars = self._scanned = 0
        self._most = CORE_LINES
        return window


def _margin(lines: list[str]) -> list[str]:
    """The last lines, as many as a margin may hold."""
    if sum(map(len, lines[-MARGIN_LINES:])) < MARGIN_CHARS:
        return lines[-MARGIN_LINES:]
    at, chars = len(lines), 0
    while at > max(0, len(lines) - MARGIN_LINES) and chars < MARGIN_CHARS:
        at -= 1
        chars += len(lines[at])
    return lines[at:]

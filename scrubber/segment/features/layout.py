"""Where lines are in the bytes, which are blank, and which document each belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.features import alphabet as abc
from scrubber.segment.features.alphabet import Bytes, classify
from scrubber.segment.features.tokens import Ints

# what is looked at of a long line: no line of running text is longer, and the cost stays bounded
HEAD: Final = 4096  # characters
TAIL: Final = 1024


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows are the lines with a visible character; everything is per row unless it says byte or line.

    A row of one document knows nothing of the rows of another: `low` and `high` bound what it may look at.
    """

    data: Bytes
    classes: Bytes
    signs: npt.NDArray[np.int64]  # the bytes that are no letters, digits or space
    row_of_byte: Ints  # -1 in blank lines
    line: npt.NDArray[np.int64]  # line number of each row
    counts: npt.NDArray[np.int32]  # characters' bytes by class, (rows, CLASSES)
    begin: npt.NDArray[np.int64]  # first byte of the line
    first: npt.NDArray[np.int64]  # first visible byte
    last: npt.NDArray[np.int64]  # last visible byte
    chars: npt.NDArray[np.float32]
    document: Ints
    low: Ints  # first row of the document
    high: Ints  # one past its last row

    @property
    def rows(self) -> int:
        return len(self.line)

    def count(self, *kinds: int) -> npt.NDArray[np.float32]:
        """Bytes of these classes in each row."""
        total = self.counts[:, kinds[0]]
        for kind in kinds[1:]:
            total = total + self.counts[:, kind]
        return total.astype(np.float32)

    def letters(self) -> npt.NDArray[np.float32]:
        """Characters of each row, a Chinese or Japanese one as the three letters that it is worth."""
        return self.chars + 2 * np.float32(1 / 3) * self.counts[:, abc.CJK].astype(np.float32)

    def per_row(self, places: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """How many of these bytes each row holds."""
        row = self.row_of_byte.take(places)
        return np.bincount(row[row >= 0], minlength=self.rows).astype(np.float32)


def shorten(line: str) -> str:
    """The part of a line that is looked at."""
    return line if len(line) <= HEAD + TAIL else line[:HEAD] + line[-TAIL:]


def lay_out(lines: Sequence[str], starts: Sequence[int] = (0,)) -> Layout | None:
    """Lay out lines (none holds a newline); a new document starts at each line number in `starts`. None: all blank."""
    if max(map(len, lines), default=0) > HEAD + TAIL:
        lines = [shorten(line) for line in lines]
    text = "\n".join(lines) + "\n"
    data = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    classes = classify(data)
    ends = np.flatnonzero(data == 10)
    begins = np.concatenate([[0], ends[:-1] + 1])
    sizes = ends - begins + 1
    counts = _count(np.repeat(np.arange(len(ends), dtype=np.int32), sizes), classes, sizes)
    visible = sizes - 1 - counts[abc.SPACE] - counts[abc.NBSP]
    line = np.flatnonzero(visible > 0)
    if not len(line):
        return None
    row_of_line = np.full(len(ends), -1, np.int32)
    row_of_line[line] = np.arange(len(line), dtype=np.int32)
    tails = np.add.reduceat((data & 0xC0) == 0x80, begins, dtype=np.int32)
    document, low, high = _documents(line, starts)
    return Layout(
        data,
        classes,
        np.flatnonzero(classes > abc.LAST_WORD),
        np.repeat(row_of_line, sizes),
        line,
        counts.take(line, 1).astype(np.int32).T,
        begins[line],
        _visible(classes, begins[line], 1),
        _visible(classes, ends[line] - 1, -1),
        np.maximum(visible - tails, 1).astype(np.float32)[line],
        document,
        low,
        high,
    )


def _count(line_of_byte: Ints, classes: Bytes, sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Bytes of each class in each line, (classes, lines). Most are small letters: what the others leave."""
    others = np.flatnonzero(classes != abc.LOWER)
    keys = classes.take(others) * np.int64(len(sizes))
    keys += line_of_byte.take(others)
    counts = np.bincount(keys, minlength=abc.CLASSES * len(sizes)).reshape(abc.CLASSES, -1)
    counts[abc.LOWER] = sizes - counts.sum(0)
    return counts


def _visible(classes: Bytes, places: npt.NDArray[np.int64], step: int) -> npt.NDArray[np.int64]:
    """The nearest visible byte from each place on, in steps of one; there is one in each line."""
    hidden = np.arange(len(places))
    while len(hidden):
        here = classes.take(places[hidden])
        hidden = hidden[(here == abc.SPACE) | (here == abc.NBSP)]
        places[hidden] += step
    return places


def _documents(line: npt.NDArray[np.int64], starts: Sequence[int]) -> tuple[Ints, Ints, Ints]:
    document = np.searchsorted(np.asarray(starts), line, "right").astype(np.int32)
    low = np.searchsorted(document, document, "left").astype(np.int32)
    high = np.searchsorted(document, document, "right").astype(np.int32)
    return document, low, high

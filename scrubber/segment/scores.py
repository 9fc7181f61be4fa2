"""What is said of the lines of a window before they are pages: the seam between the model and the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.features.alphabet import COMMA, DOT, UPPER
from scrubber.segment.features.layout import Layout
from scrubber.segment.rule import rulebook

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

CLASSES: Final = "KtDCmo"  # text, title, chrome, caption, byline or date, comment: the letters of the training labels
QUERY_LENGTH: Final = 60
QUERY_TIMES: Final = 3


@dataclass(frozen=True, slots=True)
class LineScores:
    """Per row (non-blank line): number, P over `CLASSES`, log-odds of a page start, rule (-1: none), echo, letters.

    `opens`: whether the row begins a wall or a listing by its build. `verdict` is its first verdict, as a place in
    `label.all_verdicts`.
    """

    line: Ints
    classes: Floats
    start: npt.NDArray[np.float64]
    rule: Ints
    echo: npt.NDArray[np.bool_]
    chars: Floats
    opens: npt.NDArray[np.bool_]
    verdict: npt.NDArray[np.int16]

    def between(self, begin: int, end: int) -> LineScores:
        """The rows of lines `begin` to `end`, numbered from `begin`."""
        low, high = self.line.searchsorted((begin, end)).tolist()
        return self._at(slice(low, high), begin)

    def only(self, wanted: Sequence[bool]) -> LineScores:
        """The rows that are wanted: those that Python, too, thinks are not blank."""
        return self if all(wanted) else self._at(np.array(wanted, bool))

    def moved(self, lines: int) -> LineScores:
        """The same rows, numbered `lines` higher."""
        return self._at(slice(None), -lines)

    def _at(self, rows: slice | npt.NDArray[np.bool_], first: int = 0) -> LineScores:
        """Some rows, numbered from line `first` on."""
        return LineScores(
            self.line[rows] - first,
            self.classes[rows],
            self.start[rows],
            self.rule[rows],
            self.echo[rows],
            self.chars[rows],
            self.opens[rows],
            self.verdict[rows],
        )


def rules_of(lines: Sequence[str], page: Layout) -> Ints:
    """The number of the rule that names each row, or -1."""
    return np.array(rulebook().find_all([lines[i] for i in page.line.tolist()]), np.int64)


def echoes(lines: Sequence[str], page: Layout) -> npt.NDArray[np.bool_]:
    """Rows that are search words standing for photos: short, lower case, without a stop, three times in the window."""
    quiet = (page.chars <= QUERY_LENGTH) & (page.counts[:, (UPPER, DOT, COMMA)].sum(1) == 0)
    texts = {row: lines[page.line[row]].strip() for row in np.flatnonzero(quiet).tolist()}
    keys = {row: (int(page.document[row]), text) for row, text in texts.items() if _is_query(text)}
    times = Counter(keys.values())
    result = np.zeros(page.rows, bool)
    result[[row for row, key in keys.items() if times[key] >= QUERY_TIMES]] = True
    return result


def _is_query(text: str) -> bool:
    return len(text) <= QUERY_LENGTH and " " in text and text.replace(" ", "").isalnum() and text.islower()

"""Plain text lines -> one row of numbers per non-blank line, numpy on the UTF-8 bytes, no Python loop over lines.

Everything that a row says is read within `REPEAT_REACH` rows of it and within its own document, whatever else is laid
out beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from scrubber.segment.features.chains import (
    LexicalWords,
    chains,
    lexical_words,
    line_hashes,
    line_keys,
    repeats,
)
from scrubber.segment.features.columns import Columns, Floats
from scrubber.segment.features.fingerprint import fingerprint
from scrubber.segment.features.layout import Layout, lay_out
from scrubber.segment.features.shape import shape
from scrubber.segment.features.tokens import Hashes, tokenise
from scrubber.segment.features.words import Bag, bags

__all__ = ["Bag", "Features", "LexicalWords", "featurise"]


@dataclass(frozen=True, slots=True)
class Features:
    """What the net reads of each non-blank line."""

    layout: Layout
    names: tuple[str, ...]
    matrix: Floats  # (rows, names)
    bags: tuple[Bag, ...]
    keys: Hashes  # equal for lines with the same words; 0 without words
    topic: LexicalWords

    @property
    def line(self) -> npt.NDArray[np.int64]:
        """The line number of each row."""
        return self.layout.line

    def column(self, name: str) -> Floats:
        """The column of this name."""
        return self.matrix[:, self.names.index(name)]

    def at(self, rows: npt.NDArray[np.int64], names: Sequence[str]) -> Floats:
        """Some rows of some columns, (rows, names): the matrix is stored column by column, and is read so."""
        return np.stack([self.column(name).take(rows) for name in names], 1)


def featurise(
    lines: Sequence[str], starts: Sequence[int] = (0,), common: npt.NDArray[np.bool_] | None = None
) -> Features | None:
    """Features of lines, a new document beginning at each line number in `starts`; `None` when all lines are blank.

    `common` is a bit map over word hashes: words too common to say what a passage is about.
    """
    page = lay_out(lines, starts)
    if page is None:
        return None
    words = tokenise(page.data, page.classes, page.row_of_byte, page.rows)
    hashes = line_hashes(words)
    keys, topic = line_keys(words, hashes), lexical_words(words, common)
    out = Columns(page.rows)
    shape(out, page, words)
    repeats(out, page, keys)
    chains(out, page, topic)
    fingerprint(out, page, words)
    return Features(page, tuple(out.names), out.matrix(), bags(words, hashes), keys, topic)

"""Where the model has no experience, a line is kept for its length, with a low score, rather than a page deleted.

A net that learned on a dozen languages takes the paragraphs of a script it never met for chrome: of 409 languages of
`langid.jsonl.gz` it dropped whole texts in Bengali, Khmer, Thai, Tibetan. Rules still name their furniture.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.features import Features
from scrubber.segment.features import alphabet as abc
from scrubber.segment.features.columns import Floats
from scrubber.segment.features.tokens import Ints

Flags = npt.NDArray[np.bool_]

REACH: Final = 30  # rows before and after that say what the passage is written in
STRANGE: Final = 0.5  # share of letters of scripts beside Latin, Greek, Cyrillic, Chinese and Japanese
KNOWN: Final = 0.1  # share of words in the vocabulary; English has .6, Polish .2, Turkish .08
PARAGRAPH: Final = 40  # characters, in a strange script
SENTENCE: Final = 80  # characters of a line that ends like a sentence, in a strange language
PROBABLY: Final = np.float32(0.55)


def long_lines(features: Features, rows_of_words: Ints) -> Flags:
    """Rows to keep for their length: the model knows neither script nor language. `rows_of_words`: of the first bag."""
    page = features.layout
    letters = page.counts[:, abc.FIRST_WORD : abc.LAST_WORD + 1].sum(1) - page.counts[:, abc.DIGIT]
    script = _share(features, page.counts[:, abc.LETTER], letters) > STRANGE
    words = features.bags[0]
    known = np.bincount(words.row[rows_of_words > 0], minlength=page.rows)
    number = np.bincount(words.row, minlength=page.rows)
    language = (_share(features, known, number) < KNOWN) & (number > 0)
    stop = features.column("ends_dot") > 0
    paragraph, sentence = page.chars >= PARAGRAPH, (page.chars >= SENTENCE) & stop
    return np.asarray(script & paragraph | language & sentence)


def _share(
    features: Features, part: npt.NDArray[np.integer], whole: npt.NDArray[np.integer]
) -> npt.NDArray[np.float64]:
    """Part over whole, within `REACH` rows of the same document."""
    page, here = features.layout, np.arange(features.layout.rows)
    low, high = np.maximum(here - REACH, page.low), np.minimum(here + REACH + 1, page.high)
    sums = [np.concatenate([[0], np.cumsum(x, dtype=np.int64)]) for x in (part, whole)]
    one, all_ = (total[high] - total[low] for total in sums)
    return np.asarray(one / np.maximum(all_, 1))


def keep_long(labels: Floats, rows: Flags) -> Floats:
    """Labels in which these rows are text with a probability of at least `PROBABLY`."""
    keep = labels[:, 0] + labels[:, 1]
    weak = np.flatnonzero(rows & (keep < PROBABLY))
    out = labels.copy()
    out[weak] *= ((1 - PROBABLY) / np.maximum(1 - keep[weak], np.float32(1e-6)))[:, None]
    out[weak, 0], out[weak, 1] = PROBABLY, 0
    return out

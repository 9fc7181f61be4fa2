"""What each line is, and where a page starts, from the look of lines and the rules: a small net.

The seam for any model is `score_lines`. The weights are data (`cues.npz`), made by
`python -m benchmarks.train.cues EVALDATA scrubber/segment/cues.npz`. Features and weights are whole numbers, so that
every sum is exact: no batch, tile or library can change a bit of the scores.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.resources import files
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.page import Label
from scrubber.segment.edges import Flags, edges, sure_edges
from scrubber.segment.features.alphabet import COMMA, DOT, UPPER
from scrubber.segment.features.chains import chains, lexical_words, line_hashes, line_keys, repeats
from scrubber.segment.features.columns import Columns
from scrubber.segment.features.layout import Layout, lay_out
from scrubber.segment.features.shape import shape
from scrubber.segment.features.tokens import tokenise
from scrubber.segment.rule import rulebook

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

CLASSES: Final = "KtDCmo"  # text, title, chrome, caption, byline or date, comment: the letters of the training labels
NEAR: Final = 4  # rows on either side that are read one by one
WIDE: Final = 12  # rows before and after that are read as a sum
GRAIN: Final = 32  # steps to 1.0 in a feature
MOST: Final = 255
HIDDEN_MOST: Final = 1023
SURE: Final = 2.0  # log-odds of a start where the structure alone says so
RELATIVE: Final = ("crossing_12", "crossing_share_12", "crossing_60", "crossing_share_60", "said_60", "used_60")
LABELS: Final = tuple(label for label in Label)
QUERY_LENGTH: Final = 60
QUERY_TIMES: Final = 3


@dataclass(frozen=True, slots=True)
class LineScores:
    """Per row (non-blank line): number, P over `CLASSES`, log-odds of a page start, rule (-1: none), echo, length."""

    line: Ints
    classes: Floats
    start: npt.NDArray[np.float64]
    rule: Ints
    echo: npt.NDArray[np.bool_]
    chars: Floats

    def between(self, begin: int, end: int) -> LineScores:
        """The rows of lines `begin` to `end`, numbered from `begin`."""
        rows = slice(*np.searchsorted(self.line, (begin, end)).tolist())
        return replace(self._at(rows), line=self.line[rows] - begin)

    def only(self, wanted: Sequence[bool]) -> LineScores:
        """The rows that are wanted: those that Python, too, thinks are not blank."""
        return self if all(wanted) else self._at(np.array(wanted, bool))

    def _at(self, rows: slice | npt.NDArray[np.bool_]) -> LineScores:
        return LineScores(
            self.line[rows], self.classes[rows], self.start[rows], self.rule[rows], self.echo[rows], self.chars[rows]
        )

    def moved(self, lines: int) -> LineScores:
        """The same rows, numbered `lines` higher."""
        return replace(self, line=self.line + lines)


@dataclass(frozen=True, slots=True)
class Weights:
    """Whole-number weights: `near` (2 NEAR + 1, columns, outputs), `before` and `after` (columns, outputs)."""

    names: tuple[str, ...]
    near: Floats
    before: Floats
    after: Floats
    scale: npt.NDArray[np.float64]
    bias: npt.NDArray[np.float64]
    heads: Floats  # (hidden, outputs)
    heads_scale: npt.NDArray[np.float64]
    heads_bias: npt.NDArray[np.float64]


@lru_cache(maxsize=1)
def weights() -> Weights:
    """The weights of the package."""
    with files("scrubber.segment").joinpath("cues.npz").open("rb") as file:
        data = np.load(file, allow_pickle=False)
        whole = {name: data[name].astype(np.float32) for name in ("near", "before", "after", "heads")}
        exact = {name: data[name] for name in ("scale", "bias", "heads_scale", "heads_bias")}
        return Weights(names=tuple(data["names"].tolist()), **whole, **exact)


def score_lines(lines: Sequence[str], starts: Sequence[int] = (0,)) -> LineScores | None:
    """Score the lines of one or more documents that begin at the line numbers `starts`; `None` when all are blank."""
    page = lay_out(lines, starts)
    if page is None:
        return None
    rule = rules_of(lines, page)
    echo = echoes(lines, page)
    names, columns, sure = line_columns(page, rule, echo)
    model = weights()
    if names != model.names:
        raise ValueError("cues.npz was made for other columns; run benchmarks/train/cues.py")
    score = _heads(model, _hidden(model, columns, page))
    start = np.where(sure, np.maximum(score[:, -1], SURE), score[:, -1])
    return LineScores(page.line, _softmax(score[:, :-1]), start, rule, echo, page.chars)


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


def line_columns(page: Layout, rule: Ints, echo: npt.NDArray[np.bool_]) -> tuple[tuple[str, ...], Floats, Flags]:
    """Names and whole-number columns (rows, names) that the net reads of each row, and which rows are sure edges."""
    words = tokenise(page.data, page.classes, page.row_of_byte, page.rows)
    out = Columns(page.rows)
    shape(out, page, words)
    repeats(out, page, line_keys(words, line_hashes(words)))
    chains(out, page, lexical_words(words, None))
    for name in RELATIVE:
        out.add(f"{name}_relative", _relative(out[name], page) + 1)
    _rule_columns(out, rule)
    out.add("echo", echo)
    edges(out, page, rule, echo)
    matrix = out.matrix()
    whole: Floats = np.clip(np.rint(matrix * GRAIN), 0, MOST).astype(np.float32)
    return tuple(out.names), whole, sure_edges(out, page, rule)


def _relative(column: Floats, page: Layout) -> Floats:
    """Values less the median of their document: pages that all tell one story still have edges."""
    result = column.copy()
    for low in np.unique(page.low).tolist():
        high = int(page.high[low])
        result[low:high] -= np.median(column[low:high])
    return result


def _rule_columns(out: Columns, rule: Ints) -> None:
    labels = [r.label for r in rulebook().rules]
    number = np.array([LABELS.index(label) for label in labels] + [-1])[rule]
    for label in sorted(set(labels)):
        out.add(f"rule_{label.value}", number == LABELS.index(label))


def _hidden(model: Weights, columns: Floats, page: Layout) -> Floats:
    """The hidden layer in whole numbers, from exact sums: (rows, hidden)."""
    rows, outputs = len(columns), len(model.bias)
    total = np.zeros((rows, outputs))
    here = np.arange(rows)
    flat = columns @ model.near.transpose(1, 0, 2).reshape(columns.shape[1], -1)
    for step, part in enumerate(np.split(flat, 2 * NEAR + 1, axis=1)):
        ahead, behind = min(rows, max(0, step - NEAR)), min(rows, max(0, NEAR - step))
        shifted = part[ahead : rows - behind]
        same = page.document[ahead : rows - behind] == page.document[behind : rows - ahead]
        total[behind : rows - ahead] += shifted if same.all() else shifted * same[:, None]
    for part, low, high in (
        (columns @ model.before, np.maximum(here - WIDE, page.low), here),
        (columns @ model.after, here, np.minimum(here + WIDE, page.high)),
    ):
        summed = np.concatenate([np.zeros((1, outputs)), np.cumsum(part, axis=0, dtype=np.float64)])
        total += summed[high] - summed[low]
    result: Floats = np.clip(np.rint((total * model.scale + model.bias) * GRAIN), 0, HIDDEN_MOST).astype(np.float32)
    return result


def _heads(model: Weights, hidden: Floats) -> npt.NDArray[np.float64]:
    """Class scores and the log-odds of a start: (rows, outputs)."""
    result: npt.NDArray[np.float64] = (hidden @ model.heads) * model.heads_scale + model.heads_bias
    return result


def _softmax(score: npt.NDArray[np.float64]) -> Floats:
    power = np.exp(score - score.max(1, keepdims=True))
    result: Floats = np.round(power / power.sum(1, keepdims=True), 4).astype(np.float32)
    return result

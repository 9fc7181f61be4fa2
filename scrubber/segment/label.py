"""A page's lines -> verdicts: firm rules first, then the model, then weak rules give a reason."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.page import BLANK_LINE, Label, Verdict
from scrubber.segment.measured import FIRM, OVERRULES, PRECISION, UNMEASURED
from scrubber.segment.rule import rulebook, verdicts_of
from scrubber.segment.scores import CLASSES, Floats, Ints

KEEP_FROM: Final = 0.4  # P(text) + P(title); of .3 to .5 the best for lines of pages and streams (docs/model.md)
CAPTION_FROM: Final = 0.2  # P(caption) from which a line is none of the text: a caption costs more than it is worth
OF_CLASS: Final = (Label.BODY, Label.TITLE, Label.BOILERPLATE, Label.CAPTION, Label.BYLINE, Label.COMMENT)
CAPTION: Final = CLASSES.index("C")
LEFT_OUT: Final = tuple(i for i, name in enumerate(CLASSES) if name not in "Kt")
ECHO: Final = Verdict(Label.QUERY, "query_echo", 0.97)


@lru_cache(maxsize=4096)
def said_by(label: Label, by: str, percent: int) -> Verdict:
    """The one shared verdict with these fields."""
    return Verdict(label, by, percent / 100)


@lru_cache(maxsize=1)
def rule_verdicts() -> tuple[Verdict, ...]:
    """The verdict of each rule."""
    return verdicts_of(rulebook().rules, PRECISION, UNMEASURED)


@lru_cache(maxsize=1)
def rule_limits() -> npt.NDArray[np.float64]:
    """For each rule the probability of text up to which it overrules the model."""
    limits = [1.0 if v.score >= FIRM else OVERRULES.get(v.by, 0.0) for v in rule_verdicts()]
    return np.array(limits) + 1e-6


@lru_cache(maxsize=1)
def all_verdicts() -> tuple[Verdict, ...]:
    """What `first_verdicts` chooses from: for each class one per percent, then the echo, then one per rule."""
    of_model = [said_by(label, "model", percent) for label in OF_CLASS for percent in range(101)]
    return (*of_model, ECHO, *rule_verdicts())


def first_verdicts(
    classes: Floats, rule: Ints, echo: npt.NDArray[np.bool_], keep_from: float = KEEP_FROM
) -> npt.NDArray[np.int16]:
    """For each row its verdict from rules and model, without context, as a place in `all_verdicts`.

    The model keeps a row from the probability of text `keep_from` on.
    """
    echoes = len(OF_CLASS) * 101
    keep = classes[:, 0] + classes[:, 1]
    kept = (keep >= keep_from) & (classes[:, CAPTION] <= CAPTION_FROM)
    inside = np.where(classes[:, 1] > classes[:, 0], 1, 0)
    outside = np.array(LEFT_OUT)[classes[:, LEFT_OUT].argmax(1)]
    percent = np.rint(np.where(kept, keep, 1 - keep) * 100).astype(int).clip(0, 100)
    overruled = (rule >= 0) & (~kept | (keep <= rule_limits()[rule]))
    of_model = np.where(kept, inside, outside) * 101 + percent
    chosen = np.where(overruled, echoes + 1 + rule, np.where(echo, echoes, of_model))
    return chosen.astype(np.int16)


def spread(lines: int, rows: Sequence[int], verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """Verdicts of rows -> verdicts of all lines; lines that are no row are blank."""
    result = [BLANK_LINE] * lines
    for row, verdict in zip(rows, verdicts, strict=True):
        result[row] = verdict
    return tuple(result)

"""The model behind the seam: lines -> probabilities of what each is and the log odds that it begins a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.candidates import FirstLook, among
from scrubber.segment.doubtful import doubtful, text_odds
from scrubber.segment.features import featurise
from scrubber.segment.features.columns import Floats
from scrubber.segment.label import CAPTION, first_verdicts
from scrubber.segment.model import LineNet
from scrubber.segment.openings import openings
from scrubber.segment.runs import level_lists
from scrubber.segment.scores import LineScores, echoes, rules_of
from scrubber.segment.second_pass import first_look, start_odds
from scrubber.segment.trees import START_TREES, TEXT_TREES, Trees
from scrubber.segment.unfamiliar import keep_long, long_lines

OPENING: Final = 0.0  # log odds of a start that only the build of a wall or a listing tells; see docs/model.md
TEXT_CLASSES: Final = 2  # of the labels, that are text: text and title
TINY: Final = 1e-6
FINE: Final = 1e4  # probabilities are rounded to steps of 1 / FINE


@dataclass(frozen=True, slots=True)
class Scorer:
    """A net, the trees of the second looks, and the maps from what they say to what was so on sites not trained on."""

    net: LineNet
    start_trees: Trees
    text_trees: Trees
    keep_said: Floats  # probabilities of the net that a row is text, and what was so
    keep_was: Floats
    odds_said: Floats  # log odds that it begins a page, likewise
    odds_was: Floats
    text_said: Floats  # log odds of the second look that a row is text, and the probability that it was
    text_was: Floats

    @classmethod
    def load(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Scorer:
        """A scorer from the arrays of a weights file."""
        names = (f"{of}_{part}" for of in ("keep", "odds", "text") for part in ("said", "was"))
        maps = (np.asarray(arrays[name], np.float32) for name in names)
        return cls(LineNet.load(arrays), Trees.load(arrays, START_TREES), Trees.load(arrays, TEXT_TREES), *maps)

    @classmethod
    def of(cls, path: Path) -> Scorer:
        """A scorer from a weights file."""
        with path.open("rb") as file:
            return cls.load(dict(np.load(file, allow_pickle=False)))

    def __call__(self, lines: Sequence[str], starts: Sequence[int] = (0,)) -> LineScores | None:
        """Score the lines of documents that begin at the line numbers `starts`; `None` when all lines are blank."""
        features = featurise(lines, starts, self.net.common)
        if features is None:
            return None
        page, words = features.layout, self.net.find(features)
        rules = rules_of(lines, page)
        look = first_look(self.net, features, rules, words)
        odds = np.interp(start_odds(look, self.start_trees), self.odds_said, self.odds_was)
        opens = among(openings(features, rules), page.rows)
        odds[opens] = np.maximum(odds[opens], OPENING)
        classes = level_lists(self._labels(look, odds), features)
        classes = keep_long(classes, long_lines(features, words[0]))
        echo = echoes(lines, page)
        verdicts = first_verdicts(classes, rules, echo)
        return LineScores(page.line, classes, np.round(odds, 3), rules, echo, page.letters(), opens, verdicts)

    def _labels(self, look: FirstLook, odds: npt.NDArray[np.float64]) -> Floats:
        """The net's labels, text and title adding up to how often such rows were text; doubtful rows get another look.

        The shares within text and title, and within the rest, stay; of captions the net knows more than the trees.
        """
        keep, caption = look.labels[:, :TEXT_CLASSES].sum(1), look.labels[:, CAPTION]
        net = np.interp(keep, self.keep_said, self.keep_was)
        was, again = net.copy(), doubtful(look)
        if len(again):
            starts = np.flatnonzero((odds > 0) | (np.arange(len(odds)) == look.features.layout.low))
            was[again] = np.interp(text_odds(look, again, starts, self.text_trees), self.text_said, self.text_was)
        captions = np.minimum(caption * (1 - net) / np.maximum(1 - keep, TINY), 1 - was)
        up, down = was / np.maximum(keep, TINY), (1 - was - captions) / np.maximum(1 - keep - caption, TINY)
        labels = look.labels * np.where(np.arange(look.labels.shape[1]) < TEXT_CLASSES, up[:, None], down[:, None])
        labels[:, CAPTION] = captions
        return np.asarray(np.round(labels * FINE) / FINE, np.float32)


@lru_cache(maxsize=1)
def scorer() -> Scorer:
    """The scorer of the package."""
    return Scorer.of(Path(__file__).with_name("weights.npz"))


def score_lines(lines: Sequence[str], starts: Sequence[int] = (0,)) -> LineScores | None:
    """Score with the weights of the package."""
    return scorer()(lines, starts)

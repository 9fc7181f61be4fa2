"""The model behind the seam: lines -> probabilities of what each is and the log odds that it begins a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.features import featurise
from scrubber.segment.features.columns import Floats
from scrubber.segment.label import first_verdicts
from scrubber.segment.model import LineNet
from scrubber.segment.openings import openings
from scrubber.segment.runs import level_lists
from scrubber.segment.scores import LineScores, echoes, rules_of
from scrubber.segment.second_pass import first_look, start_odds
from scrubber.segment.trees import Trees
from scrubber.segment.unfamiliar import keep_long, long_lines

OPENING: Final = 0.0  # log odds of a start that only the build of a wall or a listing tells; see docs/model.md
FINE: Final = 1e4  # probabilities are rounded to steps of 1 / FINE


@dataclass(frozen=True, slots=True)
class Scorer:
    """A net, the trees of the second look, and the maps from what they say to what was so on sites not trained on."""

    net: LineNet
    trees: Trees
    keep_said: Floats
    keep_was: Floats
    odds_said: Floats
    odds_was: Floats

    @classmethod
    def load(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Scorer:
        """A scorer from the arrays of a weights file."""
        maps = (np.asarray(arrays[name], np.float32) for name in ("keep_said", "keep_was", "odds_said", "odds_was"))
        return cls(LineNet.load(arrays), Trees.load(arrays), *maps)

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
        odds = np.interp(start_odds(look, self.trees), self.odds_said, self.odds_was)
        opened = openings(features, rules)
        odds[opened] = np.maximum(odds[opened], OPENING)
        classes = self._calibrated(level_lists(look.labels, features))
        classes = keep_long(classes, long_lines(features, words[0]))
        echo = echoes(lines, page)
        verdicts = first_verdicts(classes, rules, echo)
        return LineScores(page.line, classes, np.round(odds, 3), rules, echo, page.letters(), verdicts)

    def _calibrated(self, labels: Floats) -> Floats:
        """Labels whose text and title add up to how often such lines were text; the shares within both halves stay."""
        keep = labels[:, 0] + labels[:, 1]
        was = np.interp(keep, self.keep_said, self.keep_was)
        up, down = was / np.maximum(keep, 1e-6), (1 - was) / np.maximum(1 - keep, 1e-6)
        scale = np.where(np.arange(labels.shape[1]) < 2, up[:, None], down[:, None])
        return np.asarray(np.round(labels * scale * FINE) / FINE, np.float32)


@lru_cache(maxsize=1)
def scorer() -> Scorer:
    """The scorer of the package."""
    return Scorer.of(Path(__file__).with_name("weights.npz"))


def score_lines(lines: Sequence[str], starts: Sequence[int] = (0,)) -> LineScores | None:
    """Score with the weights of the package."""
    return scorer()(lines, starts)

"""A second look at the lines that may begin a page, by the pages that they would make.

The net sees some thirty lines around each line. Whether the text before and after is about the same thing, whether the
page that would result has a title and a text, whether this line begins other pages too: that takes the pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.candidates import GAP, NO_ROLE, ROLES, FirstLook, describe
from scrubber.segment.features import Features
from scrubber.segment.features.columns import Floats
from scrubber.segment.features.tokens import Ints
from scrubber.segment.model import LineNet
from scrubber.segment.rule import rulebook
from scrubber.segment.scores import CLASSES, rules_of
from scrubber.segment.trees import Trees

WORTH_A_LOOK: Final = 0.03  # of the net, which counts a start for four
START_WEIGHT: Final = 4.0  # of a page start against any other line where the net is trained


def first_look(net: LineNet, features: Features, rules: npt.NDArray[np.int64], words: Sequence[Ints]) -> FirstLook:
    """Probabilities of the net. `rules`: the rule that names each row, or -1; `words`: what `find` found."""
    scores, kinds = net(features, words), len(CLASSES)
    labels, zones = _softmax(scores[:, :kinds]), _softmax(scores[:, kinds + 1 :])
    return FirstLook(features, labels, scores[:, kinds], zones, role_of_rule()[rules])


def look_at(net: LineNet, features: Features, lines: Sequence[str]) -> FirstLook:
    """The first look at lines whose features are known."""
    return first_look(net, features, rules_of(lines, features.layout), net.find(features))


@lru_cache(maxsize=1)
def role_of_rule() -> npt.NDArray[np.int8]:
    """The role of each rule; the last is that of no rule."""
    roles = [ROLES.index(rule.label) if rule.label in ROLES else NO_ROLE for rule in rulebook().rules]
    return np.array([*roles, NO_ROLE], np.int8)


def _softmax(scores: Floats) -> Floats:
    """Column by column: numpy is slow with many short rows."""
    columns = np.ascontiguousarray(scores.T)
    columns -= columns.max(0)
    powers = np.exp(columns, out=columns)
    powers /= powers.sum(0)
    return np.ascontiguousarray(powers.T)


def candidates(look: FirstLook) -> npt.NDArray[np.int64]:
    """Rows that may begin a page, but not within the shortest page after the edge of their document."""
    limit = np.log(WORTH_A_LOOK / (1 - WORTH_A_LOOK))
    here = np.arange(len(look.odds))
    return np.flatnonzero((look.odds > limit) & (here - look.features.layout.low >= GAP))


def start_odds(look: FirstLook, trees: Trees) -> Floats:
    """Log odds that each row begins a page; what is not worth a second look keeps the net's, the weight undone."""
    odds = np.minimum(look.odds, np.float32(np.log(WORTH_A_LOOK / (1 - WORTH_A_LOOK)))) - np.float32(
        np.log(START_WEIGHT)
    )
    at = candidates(look)
    if len(at):
        odds[at] = trees(describe(look, at).matrix())
    return odds

"""The trees that look again at the lines of which a net is not sure, on sites that it was not trained on."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from benchmarks.train import second
from benchmarks.train.calibrate import FLOOR, Said, lines_and_labels, rising
from benchmarks.train.glue import Gluer, neighbours
from benchmarks.train.pages import LabelledPage
from benchmarks.train.unseen import gold_streams
from scrubber.segment.doubtful import describe, doubtful
from scrubber.segment.features import featurise
from scrubber.segment.model import LineNet
from scrubber.segment.scores import CLASSES
from scrubber.segment.second_pass import look_at, start_odds
from scrubber.segment.trees import START_TREES, TEXT_TREES, Trees

PARAMETERS: Final[dict[str, Any]] = {**second.PARAMETERS, "num_leaves": 24, "max_depth": 6, "min_data_in_leaf": 300}
ROUNDS: Final = 150
EPOCHS_OF_STREAMS: Final = 3
GOLD_STREAMS: Final = 0.6  # of 150 streams
COPIES: Final = 0.15  # of the others, in which two papers print one story
TEXT: Final = "Kt"
SCORED: Final = "KDC"
Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class LineTable:
    """Doubtful lines with their features, label letters and letters of text."""

    matrix: npt.NDArray[np.float32]
    label: npt.NDArray[np.str_]
    letters: npt.NDArray[np.float32]


def unseen_doubts(weights: Mapping[str, npt.NDArray[Any]], pages: Sequence[LabelledPage], seed: int) -> LineTable:
    """Doubtful lines of pages, alone and glued, that net and start trees in `weights` were not trained on."""
    net, trees = LineNet.load(weights), Trees.load(weights, START_TREES)
    parts = []
    for lines, labels in _texts(pages, seed):
        features, label = featurise(lines, common=net.common), np.array(list(labels))
        if features is None or len(features.matrix) != len(label):
            continue
        look = look_at(net, features, lines)
        at = doubtful(look)
        at = at[np.isin(label[at], list(CLASSES))]
        if len(at):
            odds = np.interp(start_odds(look, trees), weights["odds_said"], weights["odds_was"])
            starts = np.flatnonzero((odds > 0) | (np.arange(len(odds)) == features.layout.low))
            parts.append((describe(look, at, starts).matrix(), label[at], features.layout.letters()[at]))
    return LineTable(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _texts(pages: Sequence[LabelledPage], seed: int) -> Iterator[tuple[list[str], str]]:
    """Lines and their label letters: single pages in both forms, gold streams, and streams as the net is trained on."""
    for page in pages:
        for form in (page.full, page.light):
            yield lines_and_labels(form)
    for gold in gold_streams(pages, seed, GOLD_STREAMS):
        yield gold.lines, gold.labels
    gluer, rnd = Gluer(pages, neighbours(pages), whole=0.4, copies=COPIES), random.Random(seed)
    for _ in range(EPOCHS_OF_STREAMS):
        for stream in gluer.epoch(rnd):
            yield stream.lines, "".join(CLASSES[c] if c < len(CLASSES) else "x" for c in stream.classes)


def fit_text_trees(tables: Sequence[LineTable]) -> Arrays:
    """The arrays of `Trees.load`. Long lines count more, as they do in the score; captions and titles are few."""
    import lightgbm

    label = np.concatenate([table.label for table in tables])
    weight = 0.5 + np.minimum(np.concatenate([table.letters for table in tables]), 400) / 100
    weight *= np.select([label == "C", label == "t", label == "o"], [1.5, 2, 0.5], 1)
    data = lightgbm.Dataset(np.concatenate([t.matrix for t in tables]), np.isin(label, list(TEXT)), weight=weight)
    return second.flatten(lightgbm.train(PARAMETERS, data, ROUNDS).dump_model()["tree_info"], TEXT_TREES)


def said_by(trees: Arrays, table: LineTable) -> Said:
    """What trees say of the scored lines of a table, log odds, and what is so."""
    scored = np.isin(table.label, list(SCORED))
    odds = Trees.load(trees, TEXT_TREES)(table.matrix[scored]).astype(np.float64)
    return Said(odds, table.label[scored] == "K")


def text_map(parts: Sequence[Said]) -> Arrays:
    """A rising map from log odds to probabilities."""
    x, y = rising(np.concatenate([part.said for part in parts]), np.concatenate([part.was for part in parts]))
    return {"text_said": x.astype(np.float32), "text_was": np.clip(y, FLOOR, 1 - FLOOR).astype(np.float32)}

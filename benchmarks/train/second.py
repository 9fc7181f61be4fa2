"""The second look's trees, trained with LightGBM on what nets say of sites that they were not trained on."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.train.glue import Gluer, neighbours
from benchmarks.train.pages import LabelledPage
from benchmarks.train.unseen import gold_streams
from scrubber.segment.candidates import describe
from scrubber.segment.features import featurise
from scrubber.segment.model import LineNet
from scrubber.segment.second_pass import candidates, look_at
from scrubber.segment.trees import START_TREES

PARAMETERS: Final[dict[str, Any]] = {
    "objective": "binary",
    "learning_rate": 0.08,
    "num_leaves": 31,
    "max_depth": 9,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5,
    "num_threads": 1,
    "deterministic": True,
    "verbose": -1,
    "seed": 1,
}
ROUNDS: Final = 200


@dataclass(frozen=True, slots=True)
class Table:
    """Candidates with their features, whether they begin a page, and whether their stream's pages are only glued."""

    matrix: npt.NDArray[np.float32]
    truth: npt.NDArray[np.bool_]
    plain: npt.NDArray[np.bool_]


class UnseenStream(NamedTuple):
    """Lines of pages that a net was not trained on, and the lines at which pages begin."""

    lines: list[str]
    starts: list[int]
    plain: bool  # pages are only glued, in the mixture of the kit


def unseen_streams(pages: Sequence[LabelledPage], seed: int, epochs: int) -> Iterator[UnseenStream]:
    """Streams as the net is trained on, and as many that are only glued."""
    gluer, rnd = Gluer(pages, neighbours(pages), whole=0.4), random.Random(seed)
    for epoch in range(epochs):
        for stream in gluer.epoch(rnd):
            places = [i for i, line in enumerate(stream.lines) if line.strip()]
            yield UnseenStream(stream.lines, [places[i] for i in np.flatnonzero(stream.starts)], plain=False)
        for gold in gold_streams(pages, seed * 1000 + epoch, len(pages) / 1800):
            yield UnseenStream(gold.lines, gold.starts, plain=True)


def unseen_candidates(net: LineNet, streams: Iterable[UnseenStream]) -> Table:
    """Candidates of streams glued from pages that `net` was not trained on."""
    parts = []
    for stream in streams:
        features = featurise(stream.lines, common=net.common)
        if features is None:
            continue
        look = look_at(net, features, stream.lines)
        at = candidates(look)
        if len(at):
            matrix = np.ascontiguousarray(describe(look, at).matrix())
            parts.append((matrix, np.isin(features.line[at], stream.starts), np.full(len(at), stream.plain)))
    return Table(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def fit_trees(tables: Sequence[Table], rounds: int = ROUNDS) -> dict[str, npt.NDArray[Any]]:
    """The arrays of `Trees.load`."""
    import lightgbm

    matrix = np.concatenate([table.matrix for table in tables])
    truth = np.concatenate([table.truth for table in tables])
    booster = lightgbm.train(PARAMETERS, lightgbm.Dataset(matrix, truth), rounds)
    return flatten(booster.dump_model()["tree_info"], START_TREES)


def flatten(trees: Sequence[dict[str, Any]], name: str) -> dict[str, npt.NDArray[Any]]:
    """All nodes of LightGBM's trees in one row, for the weights file under `name`; a leaf is its own child."""
    column, limit, left, right, value = [], [], [], [], []

    def place(node: dict[str, Any]) -> int:
        here = len(column)
        column.append(node.get("split_feature", 0))
        limit.append(node.get("threshold", 0.0))
        value.append(node.get("leaf_value", 0.0))
        left.append(here)
        right.append(here)
        if "split_feature" in node:
            left[here] = place(node["left_child"])
            right[here] = place(node["right_child"])
        return here

    roots = [place(tree["tree_structure"]) for tree in trees]
    # a limit is between two float32 values: rounded down, it stays there
    limits = np.array(limit, np.float64)
    rounded = limits.astype(np.float32)
    rounded = np.where(rounded > limits, np.nextafter(rounded, np.float32(-np.inf)), rounded)
    found = {
        "root": np.array(roots, np.uint16),
        "column": np.array(column, np.uint8 if max(column) < 256 else np.uint16),
        "limit": rounded.astype(np.float32),
        "left": np.array(left, np.uint16),
        "right": np.array(right, np.uint16),
        "value": np.array(value, np.float32),
    }
    return {f"{name}_{part}": array for part, array in found.items()}

"""Streams as numbers: what the net of the training reads, words looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from benchmarks.train.glue import UNSCORED, Stream
from scrubber.segment.features import Bag, Features, featurise
from scrubber.segment.features.chains import line_hashes
from scrubber.segment.features.layout import lay_out
from scrubber.segment.features.tokens import tokenise
from scrubber.segment.features.words import bags
from scrubber.segment.scores import CLASSES
from scrubber.segment.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Example:
    """One stream, ready for the net."""

    matrix: npt.NDArray[np.float32]
    loose: npt.NDArray[np.int32]
    loose_known: npt.NDArray[np.int64]
    loose_number: npt.NDArray[np.float32]
    placed: npt.NDArray[np.int32]
    placed_known: npt.NDArray[np.int64]
    classes: npt.NDArray[np.int64]
    starts: npt.NDArray[np.float32]
    zones: npt.NDArray[np.int64]
    weight: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Batch:
    """Streams one after the other, as tensors."""

    matrix: Tensor
    loose: Tensor
    loose_known: Tensor
    loose_number: Tensor
    placed: Tensor
    placed_known: Tensor
    classes: Tensor
    starts: Tensor
    zones: Tensor
    weight: Tensor

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Batch:
        return cls(*(torch.from_numpy(np.concatenate([getattr(x, f) for x in examples])) for f in cls.__slots__))


def example(stream: Stream, vocabulary: Vocabulary, common: npt.NDArray[np.bool_]) -> Example | None:
    """The stream's features with words looked up; unknown words count but have no vector."""
    features = featurise(stream.lines, common=common)
    if features is None or len(features.matrix) != len(stream.classes):
        return None  # a line of control characters only: seen in two pages
    loose, loose_known = _known(features, vocabulary, placed=False)
    placed, placed_known = _known(features, vocabulary, placed=True)
    rows = len(stream.classes)
    number = 1 + sum(np.bincount(bag.row, minlength=rows) for bag in features.bags if not bag.placed)
    weight = _weights(features.layout.chars, stream.classes)
    matrix = np.ascontiguousarray(features.matrix)
    return Example(
        matrix,
        loose,
        loose_known,
        np.asarray(number, np.float32),
        placed,
        placed_known,
        stream.classes,
        stream.starts,
        stream.zones,
        weight,
    )


def bags_of(lines: Sequence[str]) -> tuple[Bag, ...]:
    """The words of lines as `featurise` gives them, without the rest, which takes most of its time."""
    page = lay_out(lines, (0,))
    if page is None:
        return ()
    words = tokenise(page.data, page.classes, page.row_of_byte, page.rows)
    return bags(words, line_hashes(words))


def _known(features: Features, vocabulary: Vocabulary, placed: bool) -> tuple[Any, Any]:
    chosen = [bag for bag in features.bags if bag.placed is placed]
    ids = vocabulary.find(np.concatenate([bag.hash for bag in chosen]))
    row = np.concatenate([bag.row for bag in chosen])
    row, ids = row[ids > 0], ids[ids > 0]
    return ids[np.argsort(row, kind="stable")], np.bincount(row, minlength=len(features.matrix)).astype(np.int64)


def _weights(chars: npt.NDArray[np.float32], classes: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
    """Long lines count more, as they do in the score; captions and titles are few."""
    weight = 0.5 + np.minimum(chars, 400) / 100
    weight[classes == CLASSES.index("C")] *= 2.5
    weight[classes == CLASSES.index("t")] *= 2
    weight[classes == UNSCORED] = 0
    return (weight / 2).astype(np.float32)

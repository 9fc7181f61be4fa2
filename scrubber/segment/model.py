"""A small convolution over lines: features -> what each line is, and how likely it begins a page. numpy alone.

The products are computed in tiles of one size, and documents are parted by rows of zeros wider than the reach of any
layer, so that a document's figures do not depend on what is computed beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from scrubber.segment.features import Features
from scrubber.segment.features.columns import Floats
from scrubber.segment.features.tokens import Ints
from scrubber.segment.vocabulary import Vocabulary

ZONES: Final = 3  # before, in and after the text of a page
TAPS: Final = 5
DILATIONS: Final = (1, 2, 4, 8)
REACH: Final = TAPS // 2 * sum(DILATIONS)
EDGE: Final = TAPS // 2 * max(DILATIONS)  # rows of zeros between documents
TILE: Final = 512
LIMIT: Final = np.float32(6)  # standard deviations


@dataclass(frozen=True, slots=True)
class LineNet:
    """The weights. Matrices are (inputs, outputs); `convolutions` are (taps, inputs, outputs)."""

    vocabulary: Vocabulary
    common: npt.NDArray[np.bool_]
    embedding: Floats
    mean: Floats
    scale: Floats
    from_words: Floats
    from_places: Floats
    from_matrix: Floats
    bias: Floats
    convolutions: tuple[tuple[Floats, Floats], ...]
    hidden: Floats
    hidden_bias: Floats
    heads: Floats
    heads_bias: Floats

    @classmethod
    def load(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> LineNet:
        """Weights from the arrays that `save` gave."""

        def get(name: str) -> Floats:
            return np.ascontiguousarray(arrays[name], np.float32)

        return cls(
            Vocabulary(np.asarray(arrays["mark"], np.uint16), np.asarray(arrays["row"], np.uint16)),
            np.unpackbits(np.asarray(arrays["common"], np.uint8)).astype(bool),
            get("embedding"),
            get("mean"),
            get("scale"),
            get("from_words"),
            get("from_places"),
            get("from_matrix"),
            get("bias"),
            tuple((get(f"conv{i}"), get(f"conv{i}_bias")) for i in range(len(DILATIONS))),
            get("hidden"),
            get("hidden_bias"),
            get("heads"),
            get("heads_bias"),
        )

    def find(self, features: Features) -> list[Ints]:
        """The vocabulary's row of each hash of each bag."""
        return [self.vocabulary.find(bag.hash) for bag in features.bags]

    def embed(self, features: Features, rows_of_bags: Sequence[Ints]) -> tuple[Floats, Floats]:
        """Sums of the embeddings of each row's words: as they come, scaled by their number, and in their places."""
        rows, width = len(features.matrix), self.embedding.shape[1]
        loose, placed = np.zeros((rows, width), np.float32), np.zeros((rows, width), np.float32)
        number = np.ones(rows, np.float32)
        for bag, found in zip(features.bags, rows_of_bags, strict=True):
            known = np.flatnonzero(found)
            row, vectors = bag.row[known], self.embedding[found[known]]
            if bag.placed:
                placed[row] += vectors
                continue
            number += np.bincount(bag.row, minlength=rows)
            if len(row):
                first = np.flatnonzero(np.diff(row, prepend=-1))
                loose[row[first]] += np.add.reduceat(vectors, first, axis=0)
        loose /= np.sqrt(number)[:, None]
        return loose, np.asarray(placed * np.float32(0.5), np.float32)

    def __call__(self, features: Features, rows_of_bags: Sequence[Ints]) -> Floats:
        """Scores before softmax and sigmoid, (rows, classes + start + zones). `rows_of_bags` is what `find` found."""
        loose, placed = self.embed(features, rows_of_bags)
        document = features.layout.document
        spread = np.arange(len(document)) + EDGE * np.cumsum(np.diff(document, prepend=document[0]) != 0)
        total = int(spread[-1]) + 1
        tiles = -(-total // TILE)
        live = np.zeros((tiles * TILE + 2 * REACH, 1), np.float32)
        live[spread + REACH] = 1
        state = np.zeros((len(live), len(self.bias)), np.float32)
        state[spread + REACH] = self._read(features.matrix, loose, placed)
        out = np.empty((tiles * TILE, self.heads.shape[1]), np.float32)
        for at in range(0, tiles * TILE, TILE):
            window = slice(at, at + TILE + 2 * REACH)
            out[at : at + TILE] = self._tile(state[window], live[window])
        return np.asarray(out[spread])

    def _read(self, matrix: Floats, loose: Floats, placed: Floats) -> Floats:
        out = np.empty((len(matrix), len(self.bias)), np.float32)
        inputs = np.zeros((TILE, len(self.mean)), np.float32)
        words = np.zeros((TILE, loose.shape[1]), np.float32)
        places = np.zeros((TILE, loose.shape[1]), np.float32)
        for at in range(0, len(matrix), TILE):
            here = slice(at, min(at + TILE, len(matrix)))
            size = here.stop - at
            np.subtract(matrix[here], self.mean, out=inputs[:size])
            inputs *= self.scale
            np.clip(inputs, -LIMIT, LIMIT, out=inputs)
            words[:size], places[:size] = loose[here], placed[here]
            sums = inputs @ self.from_matrix + words @ self.from_words + places @ self.from_places
            out[here] = np.maximum(sums + self.bias, 0)[:size]
        return out

    def _tile(self, state: Floats, live: Floats) -> Floats:
        """All layers on one tile with `REACH` rows on both sides; dead rows stay zero after every layer."""
        rows = len(state)
        for (taps, bias), dilation in zip(self.convolutions, DILATIONS, strict=True):
            margin = TAPS // 2 * dilation
            padded = np.zeros((rows + 2 * margin, state.shape[1]), np.float32)
            padded[margin : margin + rows] = state
            new = padded[:rows] @ taps[0]
            for tap in range(1, TAPS):
                new += padded[tap * dilation : tap * dilation + rows] @ taps[tap]
            new += bias
            np.maximum(new, 0, out=new)
            new += state
            new *= live
            state = new
        hidden = np.maximum(state[REACH : rows - REACH] @ self.hidden + self.hidden_bias, 0)
        return np.asarray(hidden @ self.heads + self.heads_bias, np.float32)
